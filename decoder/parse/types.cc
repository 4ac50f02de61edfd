// The type section: recursion groups, subtypes, composite types
// (https://webassembly.github.io/spec/core/binary/modules.html#type-section).
#include "decoder/parse/parser.h"
#include "decoder/parse/type_canon.h"
#include "decoder/wasm/hash.h"
#include "decoder/wasm/limits.h"
#include "decoder/wasm/object_layout.h"

namespace umber::wasm {
namespace {

enum TypeForm : uint8_t { kRec = 0x4e, kSubFinal = 0x4f, kSub = 0x50, kArray = 0x5e, kStruct = 0x5f, kFunc = 0x60 };

}  // namespace

bool Parser::parse_types() {
  Hash seed(0);
  seed.add(std::span(reader_.cursor(), reader_.remaining()));
  TypeCanonicaliser canonicaliser(module_.arena.allocator(), seed.value());
  uint32_t groups = 0;
  if (!read_count(0, kMaxTypes, "types", groups)) return false;
  entry_name_ = "type ";
  const size_t possible = reader_.remaining() / 2;
  if (!types_.reserve(groups < possible ? groups : possible)) return fail_memory();
  for (uint32_t i = 0; i < groups; ++i) {
    const auto start = static_cast<uint32_t>(types_.size());
    group_start_ = start;
    if (!parse_rec_group()) return false;
    if (!canonicaliser.add_group(types_, start)) return fail_memory();
  }
  std::span<TypeDef> types;
  if (!allocate_array(types_.size(), types)) return false;
  for (size_t i = 0; i < types.size(); ++i) types[i] = types_[i];
  module_.types = types;
  types_ = Vec<TypeDef>(module_.arena.allocator());
  return true;
}

bool Parser::parse_rec_group() {
  const uint64_t offset = reader_.offset();
  entry_ = static_cast<uint32_t>(types_.size());
  uint8_t form = 0;
  uint32_t size = 1;
  if (reader_.peek_u8(form) && form == kRec) {
    if (!module_.features.has(Feature::Gc))
      return fail(ErrorCode::Unsupported, offset, "malformed definition type: feature \"gc\" is off");
    if (!read_u8(form) || !read_count(types_.size(), kMaxTypes, "types", size)) return false;
  }
  if (types_.size() + size > kMaxTypes) return fail(ErrorCode::LimitReached, offset, "more than ", kMaxTypes, " types");
  const uint32_t group_end = entry_ + size;
  for (uint32_t i = 0; i < size; ++i) {
    entry_ = static_cast<uint32_t>(types_.size());
    if (!parse_sub_type(group_end)) return false;
  }
  return true;
}

bool Parser::parse_sub_type(uint32_t group_end) {
  group_end_ = group_end;
  TypeDef type;
  type.position = here();
  uint64_t offset = reader_.offset();
  uint8_t form = 0;
  if (!read_u8(form)) return false;
  if (form == kSub || form == kSubFinal) {
    if (!module_.features.has(Feature::Gc))
      return fail(ErrorCode::Unsupported, offset, "malformed definition type: feature \"gc\" is off");
    type.is_final = form == kSubFinal;
    if (!parse_super(type)) return false;
    offset = reader_.offset();
    if (!read_u8(form)) return false;
  }
  return parse_composite_type(form, offset, type) && (types_.push(type) || fail_memory());
}

bool Parser::parse_super(TypeDef& type) {
  const uint64_t offset = reader_.offset();
  uint32_t count = 0;
  if (!read_u32(count)) return false;
  if (count == 0) return true;
  if (count > 1) return fail(ErrorCode::Invalid, offset, "sub type with ", count, " super types, at most one is allowed");
  if (!read_u32(type.super)) return false;
  if (type.super >= types_.size()) return fail(ErrorCode::Invalid, offset, "unknown type ", type.super, " as super type");
  const TypeDef& super = types_[type.super];
  if (super.subtyping_depth >= kMaxSubtypingDepth)
    return fail(ErrorCode::LimitReached, offset, "a sub type deeper than the limit of ", kMaxSubtypingDepth);
  type.subtyping_depth = static_cast<uint8_t>(super.subtyping_depth + 1);
  if (type.super < group_start_) type.super = super.canonical;
  return true;
}

bool Parser::parse_composite_type(uint8_t form, uint64_t offset, TypeDef& type) {
  switch (form) {
    case kFunc: type.kind = CompositeKind::Func; return parse_func_type(type);
    case kStruct: type.kind = CompositeKind::Struct; break;
    case kArray: type.kind = CompositeKind::Array; break;
    default: return fail(ErrorCode::Malformed, offset, "malformed definition type ", Hex{form});
  }
  if (!module_.features.has(Feature::Gc))
    return fail(ErrorCode::Unsupported, offset, "malformed definition type: feature \"gc\" is off");
  uint32_t count = 1;
  if (form == kStruct && !read_count(0, kMaxStructFields, "fields", count)) return false;
  return parse_fields(count, type);
}

bool Parser::parse_func_type(TypeDef& type) {
  if (!parse_result_type(kMaxParams, "parameters", type.func.params)) return false;
  const uint64_t offset = reader_.offset();
  if (!parse_result_type(kMaxResults, "results", type.func.results)) return false;
  if (type.func.results.size() > 1 && !module_.features.has(Feature::MultiValue))
    return fail(ErrorCode::Unsupported, offset, "invalid result arity: feature \"multi-value\" is off");
  return true;
}

bool Parser::parse_result_type(uint32_t limit, StringRef limit_name, std::span<const ValType>& out) {
  uint32_t count = 0;
  std::span<ValType> types;
  if (!read_count(0, limit, limit_name, count) || !allocate(count, 1, types)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t offset = reader_.offset();
    ValType type;
    if (!reader_.read_val_type(type)) return fail_read();
    if (!resolve_in_group(type, offset)) return false;
    types[i] = type;
  }
  out = types;
  return true;
}

bool Parser::parse_fields(uint32_t count, TypeDef& type) {
  std::span<FieldType> fields;
  if (!allocate(count, 2, fields)) return false;
  ObjectLayout layout;
  for (uint32_t i = 0; i < count; ++i) {
    FieldType field;
    if (!parse_field_type(field)) return false;
    field.offset = type.kind == CompositeKind::Struct ? layout.place(bytes_of(field.type)) : kArrayElements;
    type.is_defaultable = type.is_defaultable && field.type.is_defaultable();
    fields[i] = field;
  }
  type.fields = fields;
  return true;
}

bool Parser::parse_field_type(FieldType& field) {
  const uint64_t offset = reader_.offset();
  if (!reader_.read_storage_type(field.type)) return fail_read();
  bool is_mutable = false;
  if (!resolve_in_group(field.type, offset) || !parse_mutability(is_mutable)) return false;
  field.is_mutable = is_mutable;
  return true;
}

/// Types outside the group become canonical now, those inside when the group is complete.
bool Parser::resolve_in_group(ValType& type, uint64_t offset) {
  if (!type.is_ref() || type.heap_type().is_abstract()) return true;
  const uint32_t idx = type.heap_type().type_idx();
  if (idx >= group_end_) return fail(ErrorCode::Invalid, offset, "unknown type ", idx);
  if (idx < group_start_) type = ValType::ref(HeapType::of_index(types_[idx].canonical), type.is_nullable());
  return true;
}

}  // namespace umber::wasm
