// The steps of the builder that run for nearly every instruction.
#pragma once

#include "decoder/ir/builder.h"
#include "decoder/ir/roles.h"

namespace umber::ir {

// ---- any time ------------------------------------------------------------------------------------------------------

/// There must be room.
inline Inst& Builder::append(Op op, Type type, uint32_t dst) {
  return insts_.push({op, type, 0, 0, dst, Operand(), Operand(), Operand(), 0, 0, offset_});
}

inline Inst& Builder::emit(Op op, Type type, uint32_t dst) {
  last_result_ = kNoSlot;
  if (!insts_.make_room(1)) [[unlikely]] {
    fail(Failure::OutOfMemory);
    return unused_;
  }
  return append(op, type, dst);
}

/// Emits what defines the next temporary, and pushes that.
inline Inst& Builder::define(Op op, Type type) {
  Inst& inst = emit(op, type, height_);
  last_result_ = height_;
  push(Operand::slot(height_), type);
  return inst;
}

/// Constants are shared as far as a small cache finds them. There must be room.
inline uint32_t Builder::append_constant(uint64_t bits) {
  uint32_t& recent = recent_constants_[(bits * 0x9e37'79b9'7f4a'7c15) >> 58];
  if (recent < constants_.size() && constants_[recent] == bits) return recent;
  recent = static_cast<uint32_t>(constants_.size());
  constants_.push(bits);
  return recent;
}

/// There must be room. The frame's limit is checked where the stack grows and at the end.
inline void Builder::append_value(Operand operand, Type type, uint32_t older) {
  stack_.push({operand, height_, older, type});
  set_height(height_ + slots_of(type));
}

inline void Builder::set_height(uint32_t height) {
  height_ = height;
  frame_slots_ = height > frame_slots_ ? height : frame_slots_;
}

inline void Builder::push(Operand operand, Type type) {
  if (stack_.has_room() || make_stack_room()) append_value(operand, type, kNone);
}

inline uint32_t Builder::push_temporary(Type type) {
  const uint32_t slot = height_;
  push(Operand::slot(slot), type);
  return slot;
}

inline void Builder::push_constant(uint64_t bits, Type type) {
  if (!constants_.make_room(1)) return fail(Failure::OutOfMemory);
  push(Operand::constant(append_constant(bits)), type);
}

/// A value leaves the stack. Without a branch on what kind of value it is: `pending_` has an unused entry behind those of
/// the locals.
inline void Builder::forget(const Value& value) {
  const uint32_t local_slot = is_pending_local(value) ? value.operand.slot() : local_slots_;
  pending_[local_slot] = value.older;
}

inline Builder::Value Builder::pop() {
  if (stack_.empty()) [[unlikely]] return {Operand(), height_, kNone, Type::I32};  // only after a failure
  const Value value = stack_.back();
  stack_.pop();
  height_ = value.slot;
  forget(value);
  return value;
}

// ---- frequent instructions -----------------------------------------------------------------------------------------

// They work on the top of the operand stack in place: one step per value instead of several would make every instruction
// wait for the stores of the one before.

/// Emits what defines the temporary of `place`, an entry on top of the stack whose old value is forgotten.
inline Inst& Builder::redefine(Value& place, Op op, Type type) {
  const uint32_t slot = place.slot;
  place.operand = Operand::slot(slot);
  place.type = type;
  set_height(slot + slots_of(type));
  last_result_ = slot;
  return append(op, type, slot);
}

inline bool Builder::unary(wasm::Op op, Type type) {
  Value& top = stack_.back();
  const Operand a = top.operand;
  if (a.is_constant()) [[unlikely]] {
    constant_unary(op, type);
    return ok();
  }
  forget(top);
  redefine(top, op_of(op), type).a = a;
  return true;
}

inline bool Builder::binary(wasm::Op op, Type type) {
  const Value* const top = &stack_.back();
  const Operand a = top[-1].operand;
  if (a.is_constant()) [[unlikely]] {
    constant_binary(op, type);
    return ok();
  }
  set_binary(op, type, a, top[0].operand);
  return true;
}

/// Replaces the top two values by the result of `op` on `a` and `b`.
inline void Builder::set_binary(wasm::Op op, Type type, Operand a, Operand b) {
  const Value* const top = &stack_.back();
  forget(top[0]);
  forget(top[-1]);
  stack_.pop();
  Inst& inst = redefine(stack_.back(), op_of(op), type);
  inst.a = a;
  inst.b = b;
}

/// A load or store without its memory and offset.
inline Inst& Builder::load(wasm::Op op, Type type) {
  Value& top = stack_.back();
  const Operand address = top.operand;
  forget(top);
  Inst& inst = redefine(top, op_of(op), type);
  inst.a = address;
  return inst;
}

inline Inst& Builder::store(wasm::Op op, Type type) {
  const Value* top = &stack_.back();
  const Value value = top[0];
  const Value address = top[-1];
  forget(value);
  forget(address);
  stack_.pop();
  stack_.pop();
  height_ = address.slot;
  last_result_ = kNoSlot;
  Inst& inst = append(op_of(op), type, kNoSlot);
  inst.a = address.operand;
  inst.b = value.operand;
  return inst;
}

inline bool Builder::push_local(uint32_t local) {
  if (!stack_.has_room() && !make_stack_room()) [[unlikely]] return false;
  const auto [slot, type] = locals_[local];
  const auto idx = static_cast<uint32_t>(stack_.size());
  append_value(Operand::slot(slot), type, pending_[slot]);
  pending_[slot] = idx;
  flushed_ = idx < flushed_ ? idx : flushed_;
  return true;
}

[[gnu::always_inline]] inline bool Builder::local_get(uint32_t local) {
  ++weight_;
  return push_local(local);
}

inline bool Builder::local_set(uint32_t local, bool is_tee) {
  ++weight_;
  write_local(local, is_tee);
  return live_;
}

[[gnu::always_inline]] inline bool Builder::i32_const(uint32_t bits) {
  ++weight_;
  push_constant(bits, Type::I32);
  return live_;
}

[[gnu::always_inline]] inline bool Builder::compute(wasm::Op op) {
  ++weight_;
  if (!insts_.has_room() && !make_inst_room()) [[unlikely]] return false;
  const RoleRow row = kRoles[static_cast<unsigned>(op)];
  return row.role == Role::Binary ? binary(op, row.type) : unary(op, row.type);
}

[[gnu::always_inline]] inline bool Builder::access(wasm::Op op, uint32_t offset) {
  ++weight_;
  if (!insts_.has_room() && !make_inst_room()) [[unlikely]] return false;
  const RoleRow row = kRoles[static_cast<unsigned>(op)];
  Inst& inst = row.role == Role::Load ? load(op, row.type) : store(op, row.type);
  inst.imm = offset;
  return true;
}

inline void Builder::br(uint32_t depth) {
  if (is_ready()) leave_to(control_at(depth));
}

inline void Builder::br_if(uint32_t depth) {
  if (is_ready()) branch_if(pop(), depth, false);
}

inline void Builder::call(uint32_t func_idx) {
  if (is_ready()) call(Op::Call, module_->func_type(func_idx), 0, func_idx);
}

/// At the start of an instruction that emits one operation: counts it and makes room. False in dead code.
inline bool Builder::is_ready() {
  if (!live_) return false;
  ++weight_;
  return insts_.has_room() || make_inst_room();
}

}  // namespace umber::ir
