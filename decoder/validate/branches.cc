// Branches, calls, throw, drop and select.
#include "decoder/validate/type_checker.h"

namespace umber::wasm {

bool TypeChecker::check_branch(Op op) {
  switch (op) {
    case Op::Nop: return true;
    case Op::Unreachable: set_unreachable(); return true;
    case Op::Br: return br();
    case Op::BrIf: return br_if();
    case Op::BrTable: return br_table();
    case Op::Return: return check_return();
    case Op::Call: return call();
    case Op::CallIndirect:
    case Op::CallRef:
    case Op::ReturnCall:
    case Op::ReturnCallIndirect:
    case Op::ReturnCallRef: return check_call(op);
    case Op::Throw:
    case Op::ThrowRef:
    case Op::Rethrow: return check_throw(op);
    case Op::Drop: {
      ValType dropped;
      return pop_any(dropped);
    }
    case Op::Select:
    case Op::SelectT: return check_select(op);
    default: return invalid("constant expression required");  // blocks; FunctionValidator has them itself
  }
}

bool TypeChecker::label_types(uint32_t depth, std::span<const ValType>& types) {
  if (depth >= frames_.size()) return invalid("unknown label ", depth);
  types = frames_[frames_.size() - 1 - depth].label_types();
  return true;
}

bool TypeChecker::read_label(std::span<const ValType>& types) {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  return label_types(imm_.index, types);
}

bool TypeChecker::br() {
  std::span<const ValType> types;
  if (!read_label(types) || !pop_list(types)) return false;
  set_unreachable();
  return true;
}

/// On the way on, the operands have the label's types.
bool TypeChecker::br_if() {
  std::span<const ValType> types;
  return read_label(types) && pop(ValType::I32) && pop_list(types) && push_list(types);
}

bool TypeChecker::br_table() {
  uint32_t count = 0;
  if (!reader_.read_u32(count)) return fail_read();
  if (!pop(ValType::I32)) return false;
  labels_.clear();
  size_t arity = 0;
  for (uint64_t i = 0; i <= count; ++i) {
    std::span<const ValType> types;
    if (!read_label(types)) return false;
    if (i == 0) arity = types.size();
    if (types.size() != arity) return invalid("type mismatch: label ", imm_.index, " takes ", types.size(), " values, the first one ", arity);
    if (!check_list(types)) return false;
    if (!labels_.push(imm_.index)) return fail_memory();
  }
  imm_.labels = labels_;
  set_unreachable();
  return true;
}

bool TypeChecker::check_return() {
  if (!pop_list(function_type_.results)) return false;
  set_unreachable();
  return true;
}

bool TypeChecker::br_on_null() {
  std::span<const ValType> types;
  ValType ref;
  if (!read_label(types) || !pop_ref(ref) || !pop_list(types) || !push_list(types)) return false;
  push(ValType::ref(ref.heap_type(), false));
  return true;
}

bool TypeChecker::br_on_non_null() {
  std::span<const ValType> types;
  ValType ref;
  return read_label(types) && pop_ref(ref) && branch_with(types, ValType::ref(ref.heap_type(), false));
}

/// A conditional branch that takes `last` along as its last value, where it goes on without.
bool TypeChecker::branch_with(std::span<const ValType> label_types, ValType last) {
  if (label_types.empty()) return invalid("type mismatch: label ", imm_.index, " takes no value");
  if (!reserve(1)) return false;
  push(last);
  return pop_list(label_types) && push_list(label_types.first(label_types.size() - 1));
}

bool TypeChecker::br_on_cast(Op op) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  if (!module_.canonicalise(imm_.heap_type)) return invalid("unknown type ", imm_.heap_type.type_idx());
  if (!module_.canonicalise(imm_.source_heap_type)) return invalid("unknown type ", imm_.source_heap_type.type_idx());
  const ValType source = ValType::ref(imm_.source_heap_type, imm_.source_nullable);
  const ValType target = ValType::ref(imm_.heap_type, imm_.nullable);
  if (!matches(target, source)) return invalid("type mismatch: ", text_of(target).str(), " is no subtype of ", text_of(source).str());
  // What is left of the source type if the cast fails: not null, if null passes it.
  const ValType rest = ValType::ref(imm_.source_heap_type, imm_.source_nullable && !imm_.nullable);
  std::span<const ValType> types;
  if (!label_types(imm_.index, types) || !pop(source)) return false;
  const bool on_success = op == Op::BrOnCast;
  if (!branch_with(types, on_success ? target : rest)) return false;
  push(on_success ? rest : target);
  return true;
}

bool TypeChecker::func_index(uint32_t idx) { return idx < module_.functions.size() || invalid("unknown function ", idx); }

bool TypeChecker::call() {
  if (!reader_.read_u32(imm_.index)) return fail_read();
  if (!func_index(imm_.index)) return false;
  const FuncType& type = module_.func_type(imm_.index);
  return pop_list(type.params) && push_list(type.results);
}

/// The type that another call names; a call through a table or reference takes that operand first.
bool TypeChecker::read_callee(Op op, const FuncType*& type) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  if (op == Op::ReturnCall) {
    if (!func_index(imm_.index)) return false;
    type = &module_.func_type(imm_.index);
    return true;
  }
  const TypeDef* callee = nullptr;
  if (!defined_type(CompositeKind::Func, imm_.index, callee)) return false;
  type = &callee->func;
  if (op == Op::CallRef || op == Op::ReturnCallRef) return pop(ValType::ref(HeapType::of_index(imm_.index), true));
  ValType address;
  ValType element;
  if (!table(imm_.index2, address, element)) return false;
  if (!matches(element, ValType::funcref()))
    return invalid("type mismatch: table ", imm_.index2, " holds ", text_of(element).str(), ", not functions");
  return pop(address);
}

bool TypeChecker::check_call(Op op) {
  const FuncType* type = nullptr;
  if (!read_callee(op, type)) return false;
  const bool is_tail_call = op == Op::ReturnCall || op == Op::ReturnCallIndirect || op == Op::ReturnCallRef;
  if (!is_tail_call) return pop_list(type->params) && push_list(type->results);
  bool ok = type->results.size() == function_type_.results.size();
  for (size_t i = 0; ok && i < type->results.size(); ++i) ok = matches(type->results[i], function_type_.results[i]);
  if (!ok) return invalid("type mismatch: the callee returns other types than the function");
  if (!pop_list(type->params)) return false;
  set_unreachable();
  return true;
}

bool TypeChecker::check_throw(Op op) {
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  if (op == Op::Throw) {
    if (imm_.index >= module_.tags.size()) return invalid("unknown tag ", imm_.index);
    if (!pop_list(module_.types[module_.tags[imm_.index].type.type_idx].func.params)) return false;
  } else if (op == Op::ThrowRef) {
    if (!pop(ValType::ref(HeapType::Exn, true))) return false;
  } else {
    std::span<const ValType> types;
    if (!label_types(imm_.index, types)) return false;
    const FrameKind kind = frames_[frames_.size() - 1 - imm_.index].kind;
    if (kind != FrameKind::Catch && kind != FrameKind::CatchAll) return invalid("invalid rethrow label ", imm_.index);
  }
  set_unreachable();
  return true;
}

bool TypeChecker::check_select(Op op) {
  if (op == Op::SelectT) {
    if (!read_immediates(reader_, op, imm_)) return fail_read();
    if (imm_.count != 1) return invalid("invalid result arity ", imm_.count, " of select");
    const ValType written = imm_.type;
    if (!module_.canonicalise(imm_.type)) return invalid("unknown type ", written.heap_type().type_idx());
    if (!pop_types(imm_.type, imm_.type, ValType::I32)) return false;
    push(imm_.type);
    return true;
  }
  ValType second;
  ValType first;
  if (!pop(ValType::I32) || !pop_any(second) || !pop_any(first)) return false;
  if (first.is_ref() || second.is_ref()) return invalid("type mismatch: select of references needs a type");
  if (first != second && first != ValType::Bottom && second != ValType::Bottom)
    return invalid("type mismatch: select of ", text_of(first).str(), " and ", text_of(second).str());
  imm_.type = first == ValType::Bottom ? second : first;
  push(imm_.type);
  return true;
}

}  // namespace umber::wasm
