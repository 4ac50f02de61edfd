// Calls and returns. Arguments lie where the callee's frame will begin: usually they are temporaries that were computed
// there. What is a local, a constant or in a register is copied.
#include "decoder/ir/shape.h"
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

[[nodiscard]] uint32_t slots_of_types(std::span<const wasm::ValType> types) {
  uint32_t slots = 0;
  for (wasm::ValType type : types) slots += type.slots();
  return slots;
}

}  // namespace

/// Brings the argument list to consecutive slots and returns the first, as an IR slot. The other registers are saved too.
uint32_t Encoder::place_arguments(const ir::Inst& inst) {
  flush_all();
  save_all();
  const std::span<const uint32_t> items = ir::items_of(*function_, inst);
  const bool has_params = ir::shape_of(inst.op).items[0] == 'P';
  const std::span<const wasm::ValType> params =
      has_params ? ir::callee_type_of(*function_->module, inst).params : std::span<const wasm::ValType>();
  const auto type_of_item = [&](uint32_t i) { return has_params ? ir::type_of(params[i]) : ir::type_of_item(*function_, inst, i); };
  // Where the arguments that are temporaries lie says where all belong; without one, any place above what is live will do.
  uint32_t base = inst.dst != ir::kNoSlot && is_temporary(inst.dst) ? inst.dst : top_;
  uint32_t offset = 0;
  bool found = false, agree = true;
  for (uint32_t i = 0; i < items.size(); ++i) {
    const Operand item = Operand::of_bits(items[i]);
    if (item.is_slot() && is_temporary(item.slot())) {
      const uint32_t wanted = item.slot() - offset;
      if (!found) base = wanted;
      agree = agree && base == wanted;
      found = true;
    }
    offset += slots_of(type_of_item(i));
  }
  if (!agree) base = top_;
  uint32_t slot = base;
  for (uint32_t i = 0; i < items.size(); ++i) {
    const Operand item = Operand::of_bits(items[i]);
    const Type item_type = type_of_item(i);
    const bool in_place = item == Operand::slot(slot);
    if (!in_place && item_type == Type::V128) {
      const uint64_t high = item.is_constant() ? function_->constants[item.constant_idx() + 1] : 0;
      emitter_.copy_vector(physical(slot), use(item), high);
    } else if (!in_place) {
      emit_copy(item_type, Place::in_slot(physical(slot)), use(item));
    }
    slot += slots_of(item_type);
  }
  return base;
}

/// Results lie where the arguments were; those that belong elsewhere are moved there.
void Encoder::take_results(const ir::Inst& inst, const wasm::FuncType& type, uint32_t base) {
  invalidate_locals();
  if (type.results.empty() || inst.dst == ir::kNoSlot) return;
  const uint32_t slots = slots_of_types(type.results);
  if (is_temporary(inst.dst)) {
    uint32_t slot = inst.dst;
    for (wasm::ValType result : type.results) {
      (void)define_slot(slot, ir::type_of(result));
      slot += result.slots();
    }
    if (inst.dst != base) emitter_.emit(Single::CopySlots, {physical(inst.dst), physical(base)}, {slots});
    return;
  }
  const Type result = ir::type_of(type.results[0]);
  if (result == Type::V128)
    emitter_.copy_vector(define_slot(inst.dst, result), Place::in_slot(physical(base)), 0);
  else
    emit_copy(result, define(inst.dst, result), Place::in_slot(physical(base)));
}

/// A direct call with the sum before it in one operation, if that fills another slot than it reads: see handlers/call.cc.
bool Encoder::encode_sum_call(const ir::Inst& inst, uint32_t first, uint32_t link) {
  if (inst.op != ir::Op::Call || function_->module->is_imported_func(inst.imm)) return false;
  if (!follows(Last::Sum) || !last_.place.is_slot() || last_.place == last_.from) return false;
  const Last sum = take_back();
  mark(inst.offset);
  emitter_.emit(kFamSumCall, 0, {sum.from}, {sum.place.slot, first, link}, {sum.imm, inst.imm});
  return true;
}

/// A call with the copies before it in one operation, if those fill slots and may be repeated: see handlers/call.cc.
bool Encoder::encode_joined_call(const ir::Inst& inst, uint32_t first, uint32_t link) {
  const bool two = follows(Last::Move2);
  if ((!two && !follows(Last::Move)) || inst.op == ir::Op::CallRef || !last_.place.is_slot()) return false;
  if (two && (!last_.second.to.is_slot() || last_.second.to == last_.from)) return false;
  const Last copies = last_;
  const uint32_t to = copies.place.slot, second_to = copies.second.to.slot;
  const Place from = copies.from, second = copies.second.from;
  if (inst.op == ir::Op::Call) {
    if (function_->module->is_imported_func(inst.imm)) return false;
    (void)take_back();
    mark(inst.offset);
    if (two)
      emitter_.emit(kFamMove2Call, 0, {from, second}, {to, second_to, first, link}, {inst.imm});
    else
      emitter_.emit(kFamMoveCall, 0, {from}, {to, first, link}, {inst.imm});
    return true;
  }
  const Place index = use(inst.a);
  if (!follows(copies.kind) || (two && !index.is_slot())) return false;
  (void)take_back();
  mark(inst.offset);
  if (two)
    emitter_.emit(kFamMove2CallIndirect, 0, {index, from, second}, {to, second_to, first, link}, {inst.imm, inst.aux});
  else
    emitter_.emit(kFamMoveCallIndirect, 0, {index, from}, {to, first, link}, {inst.imm, inst.aux});
  return true;
}

void Encoder::emit_call(const ir::Inst& inst, uint32_t first, uint32_t link) {
  if (applies(Technique::Pairs) && (encode_joined_call(inst, first, link) || encode_sum_call(inst, first, link))) return;
  switch (inst.op) {
    case ir::Op::Call:
      return emitter_.emit(function_->module->is_imported_func(inst.imm) ? Single::CallImport : Single::Call, {first, link}, {inst.imm});
    case ir::Op::CallIndirect: {
      const bool wide = kIsCompact && function_->module->tables[inst.imm].type.limits.is_64;
      return emitter_.emit(kFamCallIndirect, wide ? 1 : 0, {use(inst.a)}, {first, link}, {inst.imm, inst.aux});
    }
    default: return emitter_.emit(kFamCallRef, 0, {use(inst.a)}, {first, link});
  }
}

void Encoder::encode_call(const ir::Inst& inst) {
  const wasm::Module& module = *function_->module;
  const wasm::FuncType& type = ir::callee_type_of(module, inst);
  const uint32_t base = place_arguments(inst);
  const uint32_t link = link_slot(slots_of_types(type.params), slots_of_types(type.results));
  const uint32_t first = physical(base);
  need_frame(first + link + kLinkSlots);
  emit_call(inst, first, link);
  release(inst.a);
  release_list(ir::items_of(*function_, inst));
  take_results(inst, type, base);
}

void Encoder::encode_tail_call(const ir::Inst& inst) {
  const wasm::Module& module = *function_->module;
  const wasm::FuncType& type = ir::callee_type_of(module, inst);
  const uint32_t base = place_arguments(inst);
  invalidate_locals();  // what was in a register has been saved: the callee or its index is read from there
  const uint32_t link = link_slot(slots_of_types(type.params), slots_of_types(type.results));
  const uint32_t first = physical(base);
  need_frame(first + link + kLinkSlots);
  switch (inst.op) {
    case ir::Op::ReturnCall:
      emitter_.emit(module.is_imported_func(inst.imm) ? Single::ReturnCallImport : Single::ReturnCall, {first, link_, link}, {inst.imm});
      break;
    case ir::Op::ReturnCallIndirect:
      emitter_.emit(Single::ReturnCallIndirect, {use_address(inst.a, ir::shape_of(inst.op).operands[0], inst), first, link_, link}, {inst.imm, inst.aux});
      break;
    default: emitter_.emit(Single::ReturnCallRef, {use_slot(inst.a, Type::I64), first, link_, link}); break;
  }
  reachable_ = false;
}

void Encoder::encode_return(const ir::Inst& inst) {
  const std::span<const uint32_t> items = ir::items_of(*function_, inst);
  const std::span<const wasm::ValType> types = function_->module->func_type(function_->func_idx).results;
  flush_all();
  reachable_ = false;
  if (types.size() == 1 && types[0].kind() != wasm::ValType::V128) {
    Place value = use(Operand::of_bits(items[0]));
    if (follows(Last::Move) && value == last_.place) value = take_back().from;  // nobody else reads the copy
    if (join_return(value, ir::type_of(types[0]))) return;
    switch (ir::type_of(types[0])) {
      case Type::F32: return emitter_.emit(kFamReturnF32, 0, {value}, {link_});
      case Type::F64: return emitter_.emit(kFamReturnF64, 0, {value}, {link_});
      case Type::I32: return emitter_.emit(kFamReturnInt, 0, {value}, {link_});
      default: return emitter_.emit(kFamReturnInt, 1, {value}, {link_});
    }
  }
  // Several results: side by side above the frame first, since they may be parameters in the wrong order.
  const uint32_t area = physical(top_);
  uint32_t slot = area;
  for (size_t i = 0; i < types.size(); ++i) {
    const Operand item = Operand::of_bits(items[i]);
    const Type type = ir::type_of(types[i]);
    if (type == Type::V128)
      emitter_.copy_vector(slot, use(item), item.is_constant() ? function_->constants[item.constant_idx() + 1] : 0);
    else
      emitter_.move(type, Place::in_slot(slot), use(item));
    slot += slots_of(type);
  }
  need_frame(slot);
  if (slot != area) emitter_.emit(Single::CopySlots, {0, area}, {slot - area});
  emitter_.emit(Single::Return, {link_});
}

}  // namespace umber::interp
