// Values that wait for their consumer. A Pending keeps its operands where they are: registers of temporaries are held for it,
// and before a local that it reads is written, it is computed. At labels, branches and calls nothing waits.
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

/// The opposite comparison of integers, as an index of kBranchInt within its width.
constexpr uint8_t kOppositeInt[kBranchIntPerWidth] = {1, 0, 4, 5, 2, 3, 8, 9, 6, 7};
/// The same comparison with swapped operands.
constexpr uint8_t kSwappedInt[kBranchIntPerWidth] = {0, 1, 6, 7, 8, 9, 2, 3, 4, 5};

struct FloatCondition {
  FloatTest test;
  bool swap;
};
/// A float comparison as a test: greater is less the other way round.
[[nodiscard]] FloatCondition float_condition(ir::Op op, bool negate) {
  const unsigned first = static_cast<unsigned>(op >= ir::Op::F64Eq ? ir::Op::F64Eq : ir::Op::F32Eq);
  constexpr FloatCondition kPlain[] = {{FloatTest::Eq, false}, {FloatTest::Ne, false}, {FloatTest::Lt, false},
                                       {FloatTest::Lt, true},  {FloatTest::Le, false}, {FloatTest::Le, true}};
  constexpr FloatCondition kNegated[] = {{FloatTest::Ne, false},    {FloatTest::Eq, false},    {FloatTest::NotLt, false},
                                         {FloatTest::NotLt, true},  {FloatTest::NotLe, false}, {FloatTest::NotLe, true}};
  const unsigned which = static_cast<unsigned>(op) - first;
  return negate ? kNegated[which] : kPlain[which];
}

}  // namespace

/// Whether the instruction's result waits: it must go to a temporary, and there must be room.
bool Encoder::keep_pending(const ir::Inst& inst, Pending::Kind kind) {
  if (!registers_ || !is_temporary(inst.dst) || pending_count_ == kMaxPending || plan_.to_slot(index_)) return false;
  Pending pending;
  pending.kind = kind;
  pending.op = inst.op;
  pending.dst = inst.dst;
  pending.offset = inst.offset;
  const Place a = use(inst.a);
  const Place b = inst.b.is_none() ? Place{} : use(inst.b);
  pending.exposed = is_exposed(inst.a, a, inst.dst) || (!inst.b.is_none() && is_exposed(inst.b, b, inst.dst));
  if (pending.exposed && !is_consumed_next(inst.dst)) return false;
  hold(pending, inst.a, a, pending.local_a);
  if (!inst.b.is_none()) hold(pending, inst.b, b, pending.local_b);
  pending.a = a;
  pending.b = b;
  add_pending(pending);
  return true;
}

/// A temporary in a slot of its own, which the next value may be written to.
bool Encoder::is_exposed(Operand operand, const Place& place, uint32_t dst) const {
  return operand.is_slot() && is_temporary(operand.slot()) && operand.slot() != dst && place.is_slot();
}
bool Encoder::is_consumed_next(uint32_t slot) const {
  const ir::Inst* next = following();
  const Operand value = Operand::slot(slot);
  return next != nullptr && (next->a == value || next->b == value || next->c == value);
}

/// Takes over an operand: a temporary's register stays reserved, a local is watched.
void Encoder::hold(Pending& pending, Operand operand, Place place, uint32_t& local) {
  if (!operand.is_slot()) return;
  const uint32_t slot = operand.slot();
  if (!is_temporary(slot)) {
    local = slot;
    return;
  }
  if (place.is_reg()) {
    slots_[slot].reg = -1;
    regs_[place.reg].kind = RegState::Held;
    pending.held |= 1u << place.reg;
  }
  if (slot < top_) top_ = slot;
}

void Encoder::add_pending(const Pending& pending) {
  forget_temporary(pending.dst);
  if (pending.dst + 1 > top_) top_ = pending.dst + 1;
  for (unsigned i = 0; i < kMaxPending; ++i) {
    if (pending_[i].kind != Pending::Empty) continue;
    pending_[i] = pending;
    slots_[pending.dst].pending = static_cast<uint8_t>(i + 1);
    ++pending_count_;
    return;
  }
}

/// The value is not wanted any more, or its consumer has taken its operands over.
void Encoder::discard(Pending& pending) {
  for (unsigned reg = 0; reg < kRegs; ++reg)
    if ((pending.held >> reg & 1) != 0) free_register(reg);
  slots_[pending.dst].pending = 0;
  pending.kind = Pending::Empty;
  --pending_count_;
}

/// Computes the value now, into its temporary.
void Encoder::flush(Pending& pending) {
  const Pending value = pending;
  discard(pending);
  Place dst = Place::in_slot(physical(value.dst));
  const int reg = take_register(RegClass::Int);
  if (reg >= 0) {
    set_temporary(static_cast<unsigned>(reg), value.dst);
    dst = Place::in_reg(static_cast<unsigned>(reg), physical(value.dst));
  }
  emit_value(value, dst);
}

void Encoder::flush_all() {
  for (unsigned i = 0; pending_count_ != 0 && i < kMaxPending; ++i)
    if (pending_[i].kind != Pending::Empty) flush(pending_[i]);
}

/// Before the local changes. What this instruction itself consumes it will have read by then.
void Encoder::flush_readers_of(uint32_t local_slot) {
  const ir::Inst& inst = function_->insts[index_];
  for (Pending& pending : pending_) {
    if (pending.kind == Pending::Empty || (pending.local_a != local_slot && pending.local_b != local_slot)) continue;
    const Operand result = Operand::slot(pending.dst);
    if (inst.a == result || inst.b == result || inst.c == result) continue;
    flush(pending);
  }
}

Encoder::Pending* Encoder::pending_of(Operand operand) {
  if (!operand.is_slot() || slots_[operand.slot()].pending == 0) return nullptr;
  return &pending_[slots_[operand.slot()].pending - 1];
}

/// Emits the operation itself.
void Encoder::emit_value(const Pending& pending, const Place& dst) {
  switch (pending.kind) {
    case Pending::Empty: return;
    case Pending::AddImm:
      return emitter_.emit(kFamHotInt, static_cast<unsigned>(index_in<kHotBinaryInt>(wasm::Op::I32Add)), {dst, pending.a, pending.b});
    case Pending::Mask: {
      const auto op = pending.wide ? wasm::Op::I64And : wasm::Op::I32And;
      if (pending.negated) break;
      return emitter_.emit(kFamHotInt, static_cast<unsigned>(index_in<kHotBinaryInt>(op)), {dst, pending.a, pending.b});
    }
    case Pending::CompareInt:
    case Pending::CompareFloat:
      if (pending.negated) break;
      if (pending.kind == Pending::CompareInt) {
        emitter_.emit(kFamColdInt, selection_of(pending.op).op, {dst, pending.a, pending.b});
      } else {
        emitter_.emit(pending.wide ? kFamCompareF64 : kFamCompareF32, selection_of(pending.op).op, {dst, pending.a, pending.b});
      }
      return;
    case Pending::Truth: {
      const auto op = pending.wide ? wasm::Op::I64Eqz : wasm::Op::I32Eqz;
      emitter_.emit(kFamUnaryInt, static_cast<unsigned>(index_in<kUnaryInt>(op)), {dst, pending.a});
      if (!pending.negated) break;
      return;
    }
  }
  if (pending.kind != Pending::Truth) {
    Pending plain = pending;
    plain.negated = false;
    emit_value(plain, dst);
  }
  emitter_.emit(kFamUnaryInt, static_cast<unsigned>(index_in<kUnaryInt>(wasm::Op::I32Eqz)), {dst, dst});
}

Encoder::Condition Encoder::condition_of(const Pending& pending, bool negate) {
  const bool negated = pending.negated != negate;
  Condition condition{nullptr, 0, 2, pending.a, pending.b};
  if (pending.kind == Pending::CompareFloat) {
    const FloatCondition test = float_condition(pending.op, negated);
    condition.family = pending.wide ? &kFamBranchF64 : &kFamBranchF32;
    condition.test = static_cast<unsigned>(test.test);
    if (test.swap) std::swap(condition.a, condition.b);
    return condition;
  }
  if (pending.kind == Pending::Mask || pending.kind == Pending::Truth) {
    condition.family = pending.kind == Pending::Mask ? &kFamBranchMask : &kFamBranchTruth;
    condition.count = pending.kind == Pending::Mask ? 2 : 1;
    condition.test = (negated ? 0u : 1u) + (pending.wide ? 2u : 0u);
    return condition;
  }
  const int index = index_in<kBranchInt>(ir::wasm_op_of(pending.op));
  const unsigned width = static_cast<unsigned>(index) / kBranchIntPerWidth;
  unsigned test = static_cast<unsigned>(index) % kBranchIntPerWidth;
  if (negated) test = kOppositeInt[test];
  // An immediate stands on the right; greater and less-or-equal exist with an immediate only.
  const auto swap = [&] {
    std::swap(condition.a, condition.b);
    test = kSwappedInt[test];
  };
  if (condition.a.is_imm()) swap();
  if (test >= 6 && (!condition.b.is_imm() || !fits_immediate(condition.b.bits, width == 1))) swap();
  if (condition.b.is_imm() && condition.b.bits == 0 && test < 2) {
    condition.family = &kFamBranchTruth;
    condition.count = 1;
    condition.test = test + 2 * width;
    return condition;
  }
  condition.family = &kFamBranchInt;
  condition.test = width * kBranchIntPerWidth + test;
  return condition;
}

/// Takes over what the operand is compared from, and leaves nothing else waiting. The operand is released.
Encoder::Condition Encoder::condition_of(Operand operand, bool negate) {
  Pending* pending = pending_of(operand);
  if (pending != nullptr && pending->kind != Pending::AddImm) {
    const Condition condition = condition_of(*pending, negate);
    const uint32_t held = pending->held;
    pending->held = 0;
    discard(*pending);
    flush_all();
    for (unsigned reg = 0; reg < kRegs; ++reg)
      if ((held >> reg & 1) != 0) free_register(reg);
    release(operand);
    return condition;
  }
  Condition condition;
  condition.family = &kFamBranchTruth;
  condition.test = negate ? 0 : 1;
  condition.count = 1;
  condition.a = use(operand);
  flush_all();
  release(operand);
  return condition;
}

}  // namespace umber::interp
