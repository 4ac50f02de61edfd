// Instructions on references of any kind: null tests, functions, casts, i31, conversions.
#include "decoder/validate/type_checker.h"

namespace umber::wasm {

bool TypeChecker::check_reference(Op op) {
  ValType ref;
  switch (op) {
    case Op::RefNull:
      if (!read_immediates(reader_, op, imm_)) return fail_read();
      if (!module_.canonicalise(imm_.heap_type)) return invalid("unknown type ", imm_.heap_type.type_idx());
      push(ValType::ref(imm_.heap_type, true));
      return true;
    case Op::RefIsNull:
      if (!pop_ref(ref)) return false;
      push(ValType::I32);
      return true;
    case Op::RefAsNonNull:
      if (!pop_ref(ref)) return false;
      push(ValType::ref(ref.heap_type(), false));
      return true;
    case Op::RefEq:
      if (!pop_types(ValType::ref(HeapType::Eq, true), ValType::ref(HeapType::Eq, true))) return false;
      push(ValType::I32);
      return true;
    case Op::RefFunc: return ref_func();
    case Op::BrOnNull: return br_on_null();
    default: return br_on_non_null();
  }
}

bool TypeChecker::ref_func() {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  if (!func_index(imm_.index)) return false;
  if (!module_.is_declared(imm_.index)) return invalid("undeclared function reference ", imm_.index);
  push(ValType::ref(HeapType::of_index(module_.function_types[imm_.index]), false));
  return true;
}

/// ref.test and ref.cast: the operand may be anything of the target's hierarchy.
bool TypeChecker::ref_cast(Op op) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  if (!module_.canonicalise(imm_.heap_type)) return invalid("unknown type ", imm_.heap_type.type_idx());
  imm_.nullable = op == Op::RefTestNull || op == Op::RefCastNull;
  const HeapType top = top_of(module_, imm_.heap_type);
  if (!pop(ValType::ref(top, true))) return false;
  const bool is_test = op == Op::RefTest || op == Op::RefTestNull;
  push(is_test ? ValType(ValType::I32) : ValType::ref(imm_.heap_type, imm_.nullable));
  return true;
}

/// any.convert_extern and back; null stays null.
bool TypeChecker::convert(HeapType from, HeapType to) {
  ValType ref;
  if (!pop_ref(ref)) return false;
  const ValType expected = ValType::ref(from, true);
  if (!matches(ref, expected)) return invalid("type mismatch: expected [", text_of(expected).str(), "], stack is [", text_of(ref).str(), "]");
  push(ValType::ref(to, ref.is_nullable()));
  return true;
}

}  // namespace umber::wasm
