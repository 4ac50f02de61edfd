// Hash-consing of recursion groups. A group is encoded as words in which references to types of the same group are relative
// and all others are store ids; two groups are equivalent exactly if their words are equal. The words' hash is mixed with
// the registry's address (that of the first one, where one builds on another's types), so that a module can't be prepared to collide.
#include "runtime/type_registry.h"

#include "decoder/wasm/hash.h"
#include "decoder/wasm/limits.h"
#include "decoder/wasm/object_layout.h"

namespace umber {

using wasm::CompositeKind;
using wasm::FieldType;
using wasm::FuncType;
using wasm::HeapType;
using wasm::TypeDef;
using wasm::ValType;

namespace {

constexpr uint32_t kMaxStoreTypes = 0x7f'ffff;  // ids fit HeapType's 23 bits
constexpr size_t kArenaBlock = 1024;
constexpr uint32_t kRelative = 0x8000'0000;  // supertype word: position in the group
constexpr uint32_t kInGroupKind = 0x10;      // ValType word: kinds 0x63 and 0x64 become 0x73 and 0x74, used by no ValType

/// How a group's types name each other and others: `ids` are those of the module's type indices, null where indices are ids.
struct GroupScope {
  uint32_t start = 0;
  uint32_t size = 0;
  const uint32_t* ids = nullptr;

  [[nodiscard]] bool holds(uint32_t idx) const { return idx - start < size; }
  [[nodiscard]] uint32_t id_of(uint32_t idx) const { return ids == nullptr ? idx : ids[idx]; }
  [[nodiscard]] uint32_t word_of(ValType type) const {
    if (!type.is_ref() || type.heap_type().is_abstract()) return type.bits();
    const uint32_t idx = type.heap_type().type_idx();
    if (holds(idx)) return (idx - start) << 8 | (type.kind() | kInGroupKind);
    return ValType::ref(HeapType::of_index(id_of(idx)), type.is_nullable()).bits();
  }
};

/// Puts a type's words into `out`, as long as that takes them: its `push` says whether it did.
template <class Out>
bool encode(const TypeDef& type, const GroupScope& scope, Out& out) {
  uint32_t super = TypeDef::kNoSuper;
  if (type.super != TypeDef::kNoSuper) super = scope.holds(type.super) ? (type.super - scope.start) | kRelative : scope.id_of(type.super);
  if (!out.push(static_cast<uint32_t>(type.kind) | (type.is_final ? 1u : 0u) << 8) || !out.push(super)) return false;
  if (type.kind == CompositeKind::Func) {
    if (!out.push(static_cast<uint32_t>(type.func.params.size())) || !out.push(static_cast<uint32_t>(type.func.results.size()))) return false;
    for (const auto values : {type.func.params, type.func.results})
      for (const ValType value : values)
        if (!out.push(scope.word_of(value))) return false;
    return true;
  }
  if (!out.push(static_cast<uint32_t>(type.fields.size()))) return false;
  for (const FieldType& field : type.fields)
    if (!out.push(scope.word_of(field.type)) || !out.push(field.is_mutable ? 1 : 0)) return false;
  return true;
}

/// Takes words as long as they are those of a key.
struct KeyComparison {
  std::span<const uint32_t> key;
  size_t at = 0;
  [[nodiscard]] bool push(uint32_t word) { return at < key.size() && key[at++] == word; }
};

constexpr uint32_t kNoGroup = UINT32_MAX;

uint32_t slots_of(std::span<const ValType> types) {
  uint32_t slots = 0;
  for (ValType type : types) slots += type.slots();
  return slots;
}

}  // namespace

/// Takes words and has their hash.
struct TypeRegistry::KeyHash {
  explicit KeyHash(const void* seed) : hash(reinterpret_cast<uintptr_t>(seed)) {}
  [[nodiscard]] bool push(uint32_t word) {
    hash.add(word);
    return true;
  }
  wasm::Hash hash;
};

TypeRegistry::Tables::Tables(Allocator& allocator) : arena(allocator, kArenaBlock), types(allocator), buckets(allocator) {}

TypeRegistry::TypeRegistry(Allocator& allocator, const TypeRegistry* known) : seed_(known == nullptr ? this : known->seed_), key_(allocator) {
  if (known == nullptr) return;
  content_ = known->content_;
  view_ = known->view_;
}

TypeRegistry::~TypeRegistry() { key_.allocator().destroy(own_); }

HeapType TypeRegistry::to_store(HeapType type, const uint32_t* ids) {
  return type.is_abstract() ? type : HeapType::of_index(ids[type.type_idx()]);
}

ValType TypeRegistry::to_store(ValType type, const uint32_t* ids) {
  return type.is_ref() ? ValType::ref(to_store(type.heap_type(), ids), type.is_nullable()) : type;
}

/// Before a type is added. What known types point at stays where it is.
Status TypeRegistry::own_tables() {
  if (own_ != nullptr) return {};
  Allocator& allocator = key_.allocator();
  auto* own = allocator.create<Tables>(allocator);
  if (own == nullptr) return Error::out_of_memory("types");
  if (content_ != nullptr &&
      (!own->types.append(content_->types) || !own->buckets.append(content_->buckets))) {
    allocator.destroy(own);
    return Error::out_of_memory("types");
  }
  if (content_ != nullptr) own->group_count = content_->group_count;
  content_ = own_ = own;
  view_ = own->types.data();
  return {};
}

Status TypeRegistry::reserve(size_t type_count) {
  if (content_ != nullptr || type_count == 0) return {};
  UMBER_TRY(own_tables());
  return own_->types.reserve(type_count) ? Status() : Error::out_of_memory("types");
}

Status TypeRegistry::add_module(const wasm::Module& module, std::span<uint32_t> ids) {
  for (uint32_t first = 0; first < module.types.size(); first += module.types[first].group_size) {
    const TypeDef& head = module.types[first];
    if (head.canonical == first) {
      UMBER_TRY(add_group(module, first, ids));
      continue;
    }
    for (uint32_t i = 0; i < head.group_size; ++i) ids[first + i] = ids[module.types[first + i].canonical];
  }
  key_ = Vec<uint32_t>(key_.allocator());  // a module's largest group may be large
  return {};
}

Status TypeRegistry::add_group(const wasm::Module& module, uint32_t first, std::span<uint32_t> ids) {
  const uint32_t size = module.types[first].group_size;
  key_.clear();
  for (uint32_t i = 0; i < size; ++i)
    if (!encode(module.types[first + i], {first, size, ids.data()}, key_)) return Error::out_of_memory("types");

  const uint32_t found = find_group();
  if (found != kNoGroup) {
    for (uint32_t i = 0; i < size; ++i) ids[first + i] = found + i;
    return {};
  }
  UMBER_TRY(reserve_group(size, module.types.size() - first));
  const uint32_t first_id = this->size();
  for (uint32_t i = 0; i < size; ++i) ids[first + i] = first_id + i;
  for (uint32_t i = 0; i < size; ++i) {
    if (define(module.types[first + i], ids.data(), module.types)) continue;
    own_->types.truncate(first_id);
    return Error::out_of_memory("types");
  }
  commit_group(first_id);
  return {};
}

Result<uint32_t> TypeRegistry::add_func(std::span<const ValType> params, std::span<const ValType> results) {
  if (params.size() > wasm::kMaxParams || results.size() > wasm::kMaxResults)
    return Error::of(ErrorCode::LimitReached, "too many parameters or results of a host function");
  TypeDef type;
  type.func = {params, results};
  // The types are store types already: each id stands for itself, so no table of ids is needed and none is in the group.
  key_.clear();
  if (!encode(type, {}, key_)) return Error::out_of_memory("types");

  const uint32_t found = find_group();
  if (found != kNoGroup) return found;
  UMBER_TRY(reserve_group(1, 1));
  const uint32_t id = size();
  if (!define(type, nullptr, {})) return Error::out_of_memory("types");
  commit_group(id);
  return id;
}

/// Appends the type; room is reserved. On failure the types that were there are unchanged.
bool TypeRegistry::define(const TypeDef& type, const uint32_t* ids, std::span<const TypeDef> module_types) {
  StoreType out;
  out.kind = type.kind;
  out.is_final = type.is_final;
  const StoreType* super = type.super == TypeDef::kNoSuper ? nullptr : &view_[ids[type.super]];
  out.depth = super == nullptr ? 0 : static_cast<uint8_t>(super->depth + 1);
  auto* display = own_->arena.allocate_array<uint32_t>(out.depth);
  if (display == nullptr) return false;
  for (uint32_t i = 0; i + 1 < out.depth; ++i) display[i] = super->display[i];
  if (super != nullptr) display[super->depth] = ids[type.super];
  out.display = display;

  const size_t value_count = type.func.params.size() + type.func.results.size();
  auto* values = own_->arena.allocate_array<ValType>(value_count);
  auto* fields = own_->arena.allocate_array<FieldType>(type.fields.size());
  if (values == nullptr || fields == nullptr) return false;
  size_t at = 0;
  const auto store_type = [ids](ValType from) { return ids == nullptr ? from : to_store(from, ids); };
  for (ValType param : type.func.params) values[at++] = store_type(param);
  for (ValType result : type.func.results) values[at++] = store_type(result);
  for (size_t i = 0; i < type.fields.size(); ++i) {
    fields[i] = type.fields[i];
    fields[i].type = store_type(fields[i].type);
  }
  if (type.kind == CompositeKind::Func) {
    out.values_ = values;
    out.count_ = static_cast<uint16_t>(type.func.params.size());
    out.result_count_ = static_cast<uint16_t>(type.func.results.size());
    out.param_slots = slots_of(type.func.params);
    out.result_slots = static_cast<uint16_t>(slots_of(type.func.results));
  } else {
    out.fields_ = fields;
    out.count_ = static_cast<uint16_t>(type.fields.size());
  }
  if (!define_objects(type, module_types, out) || !own_->types.push(out)) return false;
  view_ = own_->types.data();
  return true;
}

/// What the object heap wants to know. The kinds of types of the same group come from the module: they may not be defined yet.
bool TypeRegistry::define_objects(const TypeDef& type, std::span<const TypeDef> module_types, StoreType& out) {
  const auto refers_to_objects = [&](ValType field) {
    if (!field.is_ref()) return false;
    const HeapType heap_type = field.heap_type();
    if (heap_type.is_abstract()) return heap_type != HeapType::Func && heap_type != HeapType::NoFunc;
    if (module_types.empty()) return view_[heap_type.type_idx()].kind != CompositeKind::Func;
    return module_types[heap_type.type_idx()].kind != CompositeKind::Func;
  };
  uint32_t count = 0;
  for (ValType param : type.func.params) count += refers_to_objects(param) ? 1 : 0;
  for (const FieldType& field : type.fields) count += refers_to_objects(field.type) ? 1 : 0;
  auto* refs = own_->arena.allocate_array<uint32_t>(count);
  if (refs == nullptr) return false;
  out.object_refs_ = refs;
  out.object_ref_count_ = static_cast<uint16_t>(count);
  uint32_t slot = 0;
  for (ValType param : type.func.params) {
    if (refers_to_objects(param)) *refs++ = slot;
    slot += param.slots();
  }
  wasm::ObjectLayout layout;
  for (const FieldType& field : type.fields) {
    (void)layout.place(wasm::bytes_of(field.type));
    if (refers_to_objects(field.type)) *refs++ = field.offset;
  }
  if (type.kind != CompositeKind::Func) out.object_bytes = layout.size();
  return true;
}

/// A type of the registry as a definition again.
TypeDef TypeRegistry::definition_of(const StoreType& type) {
  TypeDef out;
  out.kind = type.kind;
  out.is_final = type.is_final;
  if (type.depth > 0) out.super = type.display[type.depth - 1];
  if (type.kind == CompositeKind::Func)
    out.func = type.func();
  else
    out.fields = type.fields();
  return out;
}

uint32_t TypeRegistry::group_size(uint32_t first_id) const {
  uint32_t end = first_id + 1;
  while (end < size() && !view_[end].starts_group_) ++end;
  return end - first_id;
}

/// Words of groups are not kept, but made again from their types.
template <class Out>
bool TypeRegistry::encode_group(uint32_t first_id, Out& out) const {
  const uint32_t size = group_size(first_id);
  for (uint32_t i = 0; i < size; ++i)
    if (!encode(definition_of(view_[first_id + i]), {first_id, size}, out)) return false;
  return true;
}

uint32_t TypeRegistry::hash_key() const {
  KeyHash hash(seed_);
  for (uint32_t word : key_) (void)hash.push(word);
  return static_cast<uint32_t>(hash.hash.value());
}

/// Whether the group's words are those of key_.
bool TypeRegistry::has_key(uint32_t first_id) const {
  KeyComparison comparison = {key_};
  return encode_group(first_id, comparison) && comparison.at == key_.size();
}

/// The first id of the group in key_, or kNoGroup.
uint32_t TypeRegistry::find_group() const {
  if (content_ == nullptr || content_->buckets.empty()) return kNoGroup;
  const Vec<uint32_t>& buckets = content_->buckets;
  const size_t mask = buckets.size() - 1;
  for (size_t at = hash_key() & mask; buckets[at] != 0; at = (at + 1) & mask)
    if (has_key(buckets[at] - 1)) return buckets[at] - 1;
  return kNoGroup;
}

/// `more_types`: that will come, this group's included. The first module gets what it needs and no more: most stores have one.
Status TypeRegistry::reserve_group(uint32_t type_count, size_t more_types) {
  if (type_count > kMaxStoreTypes - size()) return Error::of(ErrorCode::LimitReached, "too many types in the store");
  UMBER_TRY(own_tables());
  if (own_->types.empty() && !own_->types.reserve(more_types)) return Error::out_of_memory("types");
  if (size_t{own_->group_count} * 4 >= own_->buckets.size() * 3) UMBER_TRY(grow_buckets());
  return {};
}

/// Enters the group in key_, whose types from `first_id` on are defined.
void TypeRegistry::commit_group(uint32_t first_id) {
  for (size_t id = first_id + size_t{1}; id < own_->types.size(); ++id) own_->types[id].starts_group_ = false;
  const size_t mask = own_->buckets.size() - 1;
  size_t at = hash_key() & mask;
  while (own_->buckets[at] != 0) at = (at + 1) & mask;
  own_->buckets[at] = first_id + 1;
  ++own_->group_count;
}

Status TypeRegistry::grow_buckets() {
  Vec<uint32_t> buckets(own_->buckets.allocator());
  if (!buckets.resize(own_->buckets.empty() ? 16 : own_->buckets.size() * 2)) return Error::out_of_memory("types");
  const size_t mask = buckets.size() - 1;
  for (uint32_t id = 0; id < size(); id += group_size(id)) {
    KeyHash hash(seed_);
    (void)encode_group(id, hash);
    size_t at = static_cast<uint32_t>(hash.hash.value()) & mask;
    while (buckets[at] != 0) at = (at + 1) & mask;
    buckets[at] = id + 1;
  }
  own_->buckets = std::move(buckets);
  return {};
}

bool TypeRegistry::is_subtype(HeapType sub, HeapType super) const {
  if (sub == super) return true;
  if (!super.is_abstract()) {
    if (!sub.is_abstract()) return is_subtype(sub.type_idx(), super.type_idx());
    // Below a defined type there is only the bottom of its hierarchy.
    const bool is_func = view_[super.type_idx()].kind == CompositeKind::Func;
    return sub.abstract() == (is_func ? HeapType::NoFunc : HeapType::None);
  }
  const HeapType from = sub.is_abstract() ? sub : wasm::top_of(view_[sub.type_idx()].kind);
  return wasm::is_abstract_subtype(from.abstract(), super.abstract());
}

bool TypeRegistry::is_subtype(ValType sub, ValType super) const {
  if (sub == super) return true;
  if (!sub.is_ref() || !super.is_ref()) return false;
  if (sub.is_nullable() && !super.is_nullable()) return false;
  return is_subtype(sub.heap_type(), super.heap_type());
}

}  // namespace umber
