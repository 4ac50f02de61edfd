// Instructions on structs, arrays and other objects of the garbage-collected heap
// (https://webassembly.github.io/spec/core/valid/instructions.html#aggregate-reference-instructions).
#include "decoder/validate/type_checker.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

ValType unpacked(ValType storage) { return storage.is_packed() ? ValType(ValType::I32) : storage; }
ValType ref_to(uint32_t type_idx, bool nullable) { return ValType::ref(HeapType::of_index(type_idx), nullable); }

StringRef noun_of(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::Func: return "function";
    case CompositeKind::Struct: return "struct";
    case CompositeKind::Array: return "array";
  }
  return "";
}

}  // namespace

bool TypeChecker::check_object(Op op) {
  switch (op) {
    case Op::RefTest:
    case Op::RefTestNull:
    case Op::RefCast:
    case Op::RefCastNull: return ref_cast(op);
    case Op::BrOnCast:
    case Op::BrOnCastFail: return br_on_cast(op);
    case Op::AnyConvertExtern: return convert(HeapType::Extern, HeapType::Any);
    case Op::ExternConvertAny: return convert(HeapType::Any, HeapType::Extern);
    case Op::RefI31:
      if (!pop(ValType::I32)) return false;
      push(ValType::ref(HeapType::I31, false));
      return true;
    case Op::I31GetS:
    case Op::I31GetU:
      if (!pop(ValType::ref(HeapType::I31, true))) return false;
      push(ValType::I32);
      return true;
    case Op::ArrayLen:
      if (!pop(ValType::ref(HeapType::Array, true))) return false;
      push(ValType::I32);
      return true;
    default: break;
  }
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  return op <= Op::StructSet ? check_struct(op) : check_array(op);
}

/// Makes `idx` canonical and finds the type of the kind that it must have.
bool TypeChecker::defined_type(CompositeKind kind, uint32_t& idx, const TypeDef*& type) {
  const uint32_t written = idx;
  if (!module_.canonicalise(idx)) return invalid("unknown type ", written);
  type = &module_.types[idx];
  return type->kind == kind || invalid("type mismatch: type ", written, " is no ", noun_of(kind), " type");
}

bool TypeChecker::check_struct(Op op) {
  const TypeDef* type = nullptr;
  if (!defined_type(CompositeKind::Struct, imm_.index, type)) return false;
  if (op == Op::StructNew) {
    for (size_t i = type->fields.size(); i-- > 0;) {
      if (top_ == floor_ && frames_.back().is_unreachable) break;
      if (!pop(unpacked(type->fields[i].type))) return false;
    }
  } else if (op == Op::StructNewDefault) {
    if (!type->is_defaultable) return invalid("type mismatch: a field of type ", imm_.index, " has no default value");
  } else {
    return struct_access(op, *type);
  }
  push(ref_to(imm_.index, false));
  return true;
}

bool TypeChecker::struct_access(Op op, const TypeDef& type) {
  if (imm_.index2 >= type.fields.size()) return invalid("unknown field ", imm_.index2);
  const FieldType& field = type.fields[imm_.index2];
  if (op == Op::StructSet)
    return require_mutable(field, "immutable field") && pop_types(ref_to(imm_.index, true), unpacked(field.type));
  const bool extends = op != Op::StructGet;
  if (!require_packing(field, extends) || !pop(ref_to(imm_.index, true))) return false;
  push(unpacked(field.type));
  return true;
}

/// Packed fields are read with sign or zero extension, others without.
bool TypeChecker::require_packing(const FieldType& field, bool extends) {
  if (field.type.is_packed() == extends) return true;
  return invalid("type mismatch: the field is ", extends ? "not packed" : "packed", ", its type is ", text_of(field.type).str());
}

bool TypeChecker::require_mutable(const FieldType& field, StringRef phrase) { return field.is_mutable || invalid(phrase); }

bool TypeChecker::check_array(Op op) {
  const TypeDef* type = nullptr;
  if (!defined_type(CompositeKind::Array, imm_.index, type)) return false;
  const FieldType& field = type->fields[0];
  const ValType array = ref_to(imm_.index, true);
  const ValType value = unpacked(field.type);
  switch (op) {
    case Op::ArrayGet:
    case Op::ArrayGetS:
    case Op::ArrayGetU:
      if (!require_packing(field, op != Op::ArrayGet) || !pop_types(array, ValType::I32)) return false;
      push(value);
      return true;
    case Op::ArraySet: return require_mutable(field, "immutable array") && pop_types(array, ValType::I32, value);
    case Op::ArrayFill:
      return require_mutable(field, "immutable array") && pop_types(array, ValType::I32, value, ValType::I32);
    case Op::ArrayCopy: return array_copy(field);
    case Op::ArrayInitData:
      return require_mutable(field, "immutable array") && numeric_array(field) && data_segment(imm_.index2) &&
             pop_types(array, ValType::I32, ValType::I32, ValType::I32);
    case Op::ArrayInitElem:
      return require_mutable(field, "immutable array") && array_of_elements(field) &&
             pop_types(array, ValType::I32, ValType::I32, ValType::I32);
    default: return array_new(op, field);
  }
}

bool TypeChecker::array_new(Op op, const FieldType& field) {
  const ValType value = unpacked(field.type);
  bool ok = false;
  switch (op) {
    case Op::ArrayNew: ok = pop_types(value, ValType::I32); break;
    case Op::ArrayNewDefault:
      ok = (field.type.is_defaultable() || invalid("type mismatch: elements of type ", imm_.index, " have no default value")) &&
           pop(ValType::I32);
      break;
    case Op::ArrayNewFixed:
      if (imm_.index2 > kMaxArrayNewFixed)
        return fail(ErrorCode::LimitReached, start_, imm_.index2, " elements are beyond the limit of ", kMaxArrayNewFixed);
      ok = pop_repeated(value, imm_.index2);
      break;
    case Op::ArrayNewData: ok = numeric_array(field) && data_segment(imm_.index2) && pop_types(ValType::I32, ValType::I32); break;
    default: ok = array_of_elements(field) && pop_types(ValType::I32, ValType::I32); break;
  }
  if (ok) push(ref_to(imm_.index, false));
  return ok;
}

bool TypeChecker::numeric_array(const FieldType& field) {
  return !field.type.is_ref() || invalid("type mismatch: array type is not numeric or vector");
}

bool TypeChecker::array_of_elements(const FieldType& field) {
  ValType element;
  return element_segment(imm_.index2, element) && require_element(element, field.type);
}

bool TypeChecker::array_copy(const FieldType& to) {
  const TypeDef* source = nullptr;
  if (!defined_type(CompositeKind::Array, imm_.index2, source)) return false;
  const ValType from = source->fields[0].type;
  if (!require_mutable(to, "immutable array")) return false;
  if (!matches(from, to.type))
    return invalid("type mismatch: array types do not match: ", text_of(from).str(), " and ", text_of(to.type).str());
  return pop_types(ref_to(imm_.index, true), ValType::I32, ref_to(imm_.index2, true), ValType::I32, ValType::I32);
}

}  // namespace umber::wasm
