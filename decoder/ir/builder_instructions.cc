// One call per Wasm instruction. What forwards or branches is a case here; everything else is emitted from its row in the
// tables: regular instructions by their signature, the others by shapes.def.
#include "decoder/ir/builder_inline.h"
#include "decoder/ir/fold.h"

namespace umber::ir {
/// Replaces `op` by the instruction that computes the same with its operands swapped; false if there is none.
bool Builder::mirror(wasm::Op& op) {
  using enum wasm::Op;
  switch (op) {
    case I32Add: case I32Mul: case I32And: case I32Or: case I32Xor: case I32Eq: case I32Ne:
    case I64Add: case I64Mul: case I64And: case I64Or: case I64Xor: case I64Eq: case I64Ne: return true;
    case I32LtS: op = I32GtS; return true;
    case I32LtU: op = I32GtU; return true;
    case I32GtS: op = I32LtS; return true;
    case I32GtU: op = I32LtU; return true;
    case I32LeS: op = I32GeS; return true;
    case I32LeU: op = I32GeU; return true;
    case I32GeS: op = I32LeS; return true;
    case I32GeU: op = I32LeU; return true;
    case I64LtS: op = I64GtS; return true;
    case I64LtU: op = I64GtU; return true;
    case I64GtS: op = I64LtS; return true;
    case I64GtU: op = I64LtU; return true;
    case I64LeS: op = I64GeS; return true;
    case I64LeU: op = I64GeU; return true;
    case I64GeS: op = I64LeS; return true;
    case I64GeU: op = I64LeU; return true;
    default: return false;
  }
}

void Builder::instruction(wasm::Op op, const wasm::Immediates& immediates) {
  if (!is_ready()) return;
  const RoleRow row = kRoles[static_cast<unsigned>(op)];
  switch (row.role) {
    case Role::LocalGet: return (void)push_local(immediates.index);
    case Role::LocalSet: return write_local(immediates.index, false);
    case Role::LocalTee: return write_local(immediates.index, true);
    case Role::Const: return push_constant(immediates.constant, row.type);
    case Role::Unary: return (void)unary(op, row.type);
    case Role::Binary: return (void)binary(op, row.type);
    case Role::Load: return set_access(load(op, row.type), immediates);
    case Role::Store: return set_access(store(op, row.type), immediates);
    case Role::Other: return other_instruction(op, immediates);
  }
}

void Builder::other_instruction(wasm::Op op, const wasm::Immediates& immediates) {
  using enum wasm::Op;
  switch (op) {
    case V128Const: return push(Operand::constant(add_vector(immediates.bytes)), Type::V128);
    case RefNull: return push_constant(0, Type::Ref);
    case Drop: return (void)pop();
    case Nop:
    case AnyConvertExtern:
    case ExternConvertAny: return;
    case Select:
    case SelectT: return select();
    case RefIsNull: return test_null();
    default: break;
  }
  if (shape_of(op_of(op)).is_regular) return regular(op, immediates);
  if (!control_instruction(op, immediates)) irregular(op, immediates);
}

/// Branches, calls and what else ends a line, but those that have a call of their own; false if `op` is none of them.
bool Builder::control_instruction(wasm::Op op, const wasm::Immediates& immediates) {
  using enum wasm::Op;
  const uint32_t index = immediates.index;
  switch (op) {
    case Unreachable: (void)emit(Op::Unreachable, Type::I32); break;
    case BrTable: branch_table(immediates); return true;
    case BrOnNull: branch_on_null(index); return true;
    case BrOnNonNull: branch_on_non_null(index); return true;
    case BrOnCast: branch_on_cast(immediates, true); return true;
    case BrOnCastFail: branch_on_cast(immediates, false); return true;
    case Rethrow: rethrow(index); return true;
    case Return: emit_return(0); return true;
    case CallIndirect: call(Op::CallIndirect, module_->types[index].func, index, immediates.index2); return true;
    case CallRef: call(Op::CallRef, module_->types[index].func, index, 0); return true;
    case ReturnCall: call(Op::ReturnCall, module_->func_type(index), 0, index); break;
    case ReturnCallIndirect: call(Op::ReturnCallIndirect, module_->types[index].func, index, immediates.index2); break;
    case ReturnCallRef: call(Op::ReturnCallRef, module_->types[index].func, index, 0); break;
    case Throw: call(Op::Throw, module_->types[module_->tags[index].type.type_idx].func, index, 0); break;
    case ThrowRef: emit(Op::ThrowRef, Type::Ref).a = pop().operand; break;
    default: return false;
  }
  end_line();
  return true;
}

// ---- regular instructions ------------------------------------------------------------------------------------------

/// Any regular instruction: lanes, atomics, three operands.
void Builder::regular(wasm::Op op, const wasm::Immediates& immediates) {
  const Shape& shape = shape_of(op_of(op));
  Operand operands[3];
  unsigned count = shape.operand_count;
  if (op == wasm::Op::I8x16Shuffle) operands[--count] = Operand::constant(add_vector(immediates.bytes));
  for (unsigned i = count; i > 0; --i) operands[i - 1] = pop().operand;
  Inst& inst = shape.result != 0 ? define(op_of(op), shape.type) : emit(op_of(op), shape.type);
  inst.a = operands[0];
  inst.b = operands[1];
  inst.c = operands[2];
  if (shape.has_lane) inst.lane = immediates.lane & 15;
  if (shape.aux == Aux::Memory) set_access(inst, immediates);
}

void Builder::constant_unary(wasm::Op op, Type type) {
  if (push_folded(op, type, 1)) return;
  Value& top = stack_.back();
  const Operand a = top.operand;
  redefine(top, op_of(op), type).a = a;
}

/// The first operand is a constant.
void Builder::constant_binary(wasm::Op op, Type type) {
  const Value* const top = &stack_.back();
  const Operand a = top[-1].operand;
  const Operand b = top[0].operand;
  if (b.is_constant() && push_folded(op, type, 2)) return;
  if (!b.is_constant() && mirror(op)) set_binary(op, type, b, a);
  else set_binary(op, type, a, b);
}

/// Computes an instruction whose `count` operands, the topmost values, are constants. False if that has to wait for run time.
bool Builder::push_folded(wasm::Op op, Type type, unsigned count) {
  if (type == Type::V128) return false;
  const Value* const operands = stack_.end() - count;
  uint64_t result = 0;
  if (!fold(op, constant_of(operands[0].operand), constant_of(operands[count - 1].operand), result)) return false;
  truncate(static_cast<uint32_t>(stack_.size() - count));
  push_constant(result, type);
  return true;
}

void Builder::set_access(Inst& inst, const wasm::Immediates& immediates) {
  inst.aux = immediates.index;
  inst.imm = static_cast<uint32_t>(immediates.offset);
  if (immediates.offset <= UINT32_MAX) return;
  if (!constants_.make_room(1)) return fail(Failure::OutOfMemory);
  inst.flags |= kWideOffset;
  inst.imm = append_constant(immediates.offset);
}

// ---- instructions with a row in shapes.def -------------------------------------------------------------------------

uint32_t Builder::item_count_of(const Shape& shape, const wasm::Immediates& immediates) const {
  switch (shape.items[0]) {
    case 'F': return static_cast<uint32_t>(module_->types[immediates.index].fields.size());
    case 'E': return immediates.index2;
    default: break;
  }
  uint32_t count = 0;
  while (count < sizeof(shape.items) && shape.items[count] != 0) ++count;
  return count;
}

namespace {

/// Puts the immediates where docs/ir.md wants them: `aux` names what the operation works on, `imm` a second thing.
void set_indices(Inst& inst, wasm::Immediate kind, const wasm::Immediates& immediates) {
  using enum wasm::Immediate;
  switch (kind) {
    case Func:
    case Elem:
    case Data: inst.imm = immediates.index; break;
    case ElemTable:
    case DataMemory:
      inst.aux = immediates.index2;
      inst.imm = immediates.index;
      break;
    case HeapType:
      inst.aux = immediates.heap_type.bits();
      inst.flags = immediates.nullable ? kNullable : 0;
      break;
    case TableTable:
    case MemoryMemory:
    case TypeField:
    case TypeData:
    case TypeElem:
      inst.aux = immediates.index;
      inst.imm = immediates.index2;
      break;
    case Global:
    case Table:
    case Memory:
    case Type:
    case TypeType:
    case TypeU32: inst.aux = immediates.index; break;
    default: break;
  }
}

wasm::Op without_null(wasm::Op op) {
  if (op == wasm::Op::RefTestNull) return wasm::Op::RefTest;
  return op == wasm::Op::RefCastNull ? wasm::Op::RefCast : op;
}

}  // namespace

void Builder::irregular(wasm::Op wasm_op, const wasm::Immediates& immediates) {
  const Op op = op_of(without_null(wasm_op));
  const Shape& shape = shape_of(op);
  Inst fields{};
  set_indices(fields, wasm::info_of(wasm_op).immediate, immediates);
  Operand operands[3];
  for (unsigned i = shape.operand_count; i > 0; --i)
    if (shape.operands[i - 1] != '-') operands[i - 1] = pop().operand;
  const uint32_t list = shape.list == ListAt::No ? 0 : pop_list(item_count_of(shape, immediates));

  Inst& inst = emit(op, Type::I32, shape.result != 0 ? height_ : kNoSlot);
  inst.flags = fields.flags;
  inst.aux = fields.aux;
  inst.imm = fields.imm;
  inst.a = operands[0];
  inst.b = operands[1];
  inst.c = operands[2];
  if (shape.imm == Imm::DataInB || shape.imm == Imm::ElemInB) inst.b = Operand::of_bits(fields.imm);
  if (shape.list == ListAt::C) inst.c = Operand::of_bits(list);
  if (shape.list == ListAt::Imm) inst.imm = list;
  if (shape.aux == Aux::Global) inst.type = type_of(module_->globals[fields.aux].type.type);
  if (shape.result == '2') {
    inst.type = Type::I64;
    (void)push_temporary(Type::I64);
    (void)push_temporary(Type::I64);
    return;
  }
  const char letter = shape.result != 0 ? shape.result : shape.operand_count > 0 ? shape.operands[shape.operand_count - 1] : 'y';
  inst.type = type_of_letter(letter, *module_, inst);
  if (shape.result == 0) return;
  last_result_ = height_;
  (void)push_temporary(inst.type);
}

/// Calls, tail calls and throws: `type` says which operands they take.
void Builder::call(Op op, const wasm::FuncType& type, uint32_t aux, uint32_t imm) {
  const Shape& shape = shape_of(op);
  const Operand callee = shape.operand_count > 0 ? pop().operand : Operand();
  const uint32_t list = pop_list(static_cast<uint32_t>(type.params.size()));
  const bool has_results = shape.result != 0 && !type.results.empty();
  Inst& inst = emit(op, has_results ? type_of(type.results[0]) : Type::I32, has_results ? height_ : kNoSlot);
  inst.a = callee;
  inst.c = Operand::of_bits(list);
  inst.aux = aux;
  inst.imm = imm;
  if (!has_results) return;
  if (type.results.size() == 1) last_result_ = height_;
  push_temporaries(type.results);
}

void Builder::select() {
  const Value condition = pop();
  const Value otherwise = pop();
  const Value value = pop();
  if (condition.operand.is_constant() && ok()) {
    const Value& chosen = static_cast<uint32_t>(constant_of(condition.operand)) != 0 ? value : otherwise;
    if (is_temporary(chosen.operand) && chosen.slot != height_) {
      emit_copy(height_, chosen.operand, chosen.type);
      (void)push_temporary(chosen.type);
    } else {
      push_again(chosen);
    }
    return;
  }
  Inst& inst = define(Op::Select, value.type);
  inst.a = value.operand;
  inst.b = otherwise.operand;
  inst.c = condition.operand;
}

void Builder::test_null() {
  const Operand reference = pop().operand;
  if (reference.is_constant()) return push_constant(1, Type::I32);  // the only reference constant is null
  define(Op::RefIsNull, Type::I32).a = reference;
}

}  // namespace umber::ir
