// The steps of the builder that run for nearly every instruction.
#pragma once

#include "decoder/ir/builder.h"

namespace umber::ir {

inline Inst& Builder::emit(Op op, Type type, uint32_t dst) {
  last_result_ = kNoSlot;
  const Inst inst{op, type, 0, 0, dst, Operand(), Operand(), Operand(), 0, 0, offset_};
  if (!insts_.push(inst)) [[unlikely]] {
    fail(Failure::OutOfMemory);
    return unused_;
  }
  return insts_.back();
}

/// Emits what defines the next temporary, and pushes that.
inline Inst& Builder::define(Op op, Type type) {
  Inst& inst = emit(op, type, height_);
  last_result_ = height_;
  push(Operand::slot(height_), type);
  return inst;
}

/// Constants are shared as far as a small cache finds them. Without a branch on whether it does: that is unpredictable.
inline uint32_t Builder::add_constant(uint64_t bits) {
  if (!constants_.push(bits)) [[unlikely]] {
    fail(Failure::OutOfMemory);
    return 0;
  }
  const auto last = static_cast<uint32_t>(constants_.size() - 1);
  uint32_t& recent = recent_constants_[(bits * 0x9e37'79b9'7f4a'7c15) >> 58];
  const uint32_t candidate = recent < last ? recent : last;
  const bool is_known = constants_[candidate] == bits;
  recent = is_known ? candidate : last;
  constants_.truncate(recent == last ? last + 1 : last);
  return recent;
}

inline void Builder::push(Operand operand, Type type) {
  if (!stack_.push({operand, height_, kNone, type})) [[unlikely]] return fail(Failure::OutOfMemory);
  height_ += slots_of(type);
  if (height_ > frame_slots_) [[unlikely]] grow_frame(height_);
}

inline uint32_t Builder::push_temporary(Type type) {
  const uint32_t slot = height_;
  push(Operand::slot(slot), type);
  return slot;
}

inline void Builder::push_constant(uint64_t bits, Type type) { push(Operand::constant(add_constant(bits)), type); }

inline void Builder::push_local(uint32_t local) {
  const auto [slot, type] = locals_[local];
  const auto idx = static_cast<uint32_t>(stack_.size());
  if (!stack_.push({Operand::slot(slot), height_, pending_[slot], type})) [[unlikely]] return fail(Failure::OutOfMemory);
  pending_[slot] = idx;
  flushed_ = idx < flushed_ ? idx : flushed_;
  height_ += slots_of(type);
  if (height_ > frame_slots_) [[unlikely]] grow_frame(height_);
}

/// Without a branch on what kind of value it is. `pending_` has an unused entry behind those of the locals.
inline Builder::Value Builder::pop() {
  if (stack_.empty()) [[unlikely]] return {Operand(), height_, kNone, Type::I32};  // only after a failure
  const Value value = stack_.back();
  stack_.pop();
  height_ = value.slot;
  const uint32_t local_slot = is_pending_local(value) ? value.operand.slot() : local_slots_;
  pending_[local_slot] = value.older;
  return value;
}

}  // namespace umber::ir
