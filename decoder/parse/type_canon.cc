#include "decoder/parse/type_canon.h"

#include "decoder/wasm/hash.h"

namespace umber::wasm {
namespace {

constexpr uint32_t kEmpty = 0xffff'ffff;

/// A recursion group among the types of the module.
struct Group {
  std::span<const TypeDef> types;  ///< all of the module
  uint32_t start;
  uint32_t size;

  [[nodiscard]] const TypeDef& operator[](uint32_t idx) const { return types[start + idx]; }
  /// A type index so that equal groups have equal numbers: position in the group, or the canonical index with a mark.
  [[nodiscard]] uint64_t relative(uint32_t type_idx) const {
    constexpr uint64_t kOutside = uint64_t{1} << 32;
    return type_idx >= start && type_idx - start < size ? type_idx - start : type_idx | kOutside;
  }
  [[nodiscard]] uint64_t relative(ValType type) const {
    if (!type.is_ref() || type.heap_type().is_abstract()) return type.bits();
    return relative(type.heap_type().type_idx()) << 8 | type.kind();
  }
};

void add_types(Hash& hash, const Group& group, std::span<const ValType> types) {
  hash.add(types.size());
  for (ValType type : types) hash.add(group.relative(type));
}

uint64_t hash_of(const Group& group, uint64_t seed) {
  Hash hash(seed);
  for (uint32_t i = 0; i < group.size; ++i) {
    const TypeDef& type = group[i];
    hash.add(static_cast<uint64_t>(type.kind) << 1 | static_cast<uint64_t>(type.is_final));
    hash.add(group.relative(type.super));
    add_types(hash, group, type.func.params);
    add_types(hash, group, type.func.results);
    hash.add(type.fields.size());
    for (const FieldType& field : type.fields) hash.add(group.relative(field.type) << 1 | static_cast<uint64_t>(field.is_mutable));
  }
  return hash.value();
}

bool same_types(const Group& a, std::span<const ValType> as, const Group& b, std::span<const ValType> bs) {
  if (as.size() != bs.size()) return false;
  for (size_t i = 0; i < as.size(); ++i)
    if (a.relative(as[i]) != b.relative(bs[i])) return false;
  return true;
}

bool same_fields(const Group& a, std::span<const FieldType> as, const Group& b, std::span<const FieldType> bs) {
  if (as.size() != bs.size()) return false;
  for (size_t i = 0; i < as.size(); ++i)
    if (as[i].is_mutable != bs[i].is_mutable || a.relative(as[i].type) != b.relative(bs[i].type)) return false;
  return true;
}

bool same_group(const Group& a, const Group& b) {
  if (a.size != b.size) return false;
  for (uint32_t i = 0; i < a.size; ++i) {
    if (a[i].kind != b[i].kind || a[i].is_final != b[i].is_final || a.relative(a[i].super) != b.relative(b[i].super)) return false;
    if (!same_types(a, a[i].func.params, b, b[i].func.params) || !same_types(a, a[i].func.results, b, b[i].func.results)) return false;
    if (!same_fields(a, a[i].fields, b, b[i].fields)) return false;
  }
  return true;
}

Group group_at(std::span<const TypeDef> types, uint32_t start) { return {types, start, types[start].group_size}; }

/// Makes the types of a group those of an equal earlier one.
void adopt(std::span<TypeDef> types, uint32_t start, uint32_t original) {
  for (uint32_t i = 0; i < types[start].group_size; ++i) {
    const TypeDef& from = types[original + i];
    TypeDef& to = types[start + i];
    to.canonical = original + i;
    to.super = from.super;
    to.func = from.func;
    to.fields = from.fields;
  }
}

/// The slot of a group equal to `group`, or the empty one where it belongs.
size_t find_slot(std::span<const uint32_t> slots, const Group& group, uint64_t hash) {
  const size_t mask = slots.size() - 1;
  size_t at = hash & mask;
  while (slots[at] != kEmpty && !same_group(group_at(group.types, slots[at]), group)) at = (at + 1) & mask;
  return at;
}

}  // namespace

bool TypeCanonicaliser::grow(std::span<const TypeDef> types) {
  const size_t size = hash_table_size(starts_.size() * 2 + 8);
  slots_.clear();
  if (!slots_.resize(size)) return false;
  for (uint32_t& slot : slots_) slot = kEmpty;
  for (uint32_t start : starts_) {
    const Group group = group_at(types, start);
    slots_[find_slot(slots_, group, hash_of(group, seed_))] = start;
  }
  return true;
}

bool TypeCanonicaliser::add_group(std::span<TypeDef> types, uint32_t start) {
  const auto size = static_cast<uint32_t>(types.size() - start);
  if (size == 0) return true;
  for (uint32_t i = start; i < types.size(); ++i) {
    types[i].canonical = i;
    types[i].group_start = start;
    types[i].group_size = size;
  }
  if (starts_.size() * 2 >= slots_.size() && !grow(types)) return false;
  const Group group = group_at(types, start);
  uint32_t& slot = slots_[find_slot(slots_, group, hash_of(group, seed_))];
  if (slot != kEmpty) {
    adopt(types, start, slot);
    return true;
  }
  slot = start;
  return starts_.push(start);
}

}  // namespace umber::wasm
