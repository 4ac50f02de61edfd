// Comparisons, and the branches that take them over: from what waits to the operation that decides where to go on.
#include "interp/encode/encoder.h"
#include "interp/encode/tests.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

struct FloatCondition {
  FloatTest test;
  bool swap;
};
/// A float comparison as a test: greater is less the other way round.
[[nodiscard]] FloatCondition float_condition(ir::Op op, bool negate) {
  const unsigned first = static_cast<unsigned>(op >= ir::Op::F64Eq ? ir::Op::F64Eq : ir::Op::F32Eq);
  constexpr FloatCondition kPlain[] = {{FloatTest::Eq, false}, {FloatTest::Ne, false}, {FloatTest::Lt, false},
                                       {FloatTest::Lt, true},  {FloatTest::Le, false}, {FloatTest::Le, true}};
  constexpr FloatCondition kNegated[] = {{FloatTest::Ne, false},   {FloatTest::Eq, false},    {FloatTest::NotLt, false},
                                         {FloatTest::NotLt, true}, {FloatTest::NotLe, false}, {FloatTest::NotLe, true}};
  const unsigned which = static_cast<unsigned>(op) - first;
  return negate ? kNegated[which] : kPlain[which];
}

}  // namespace

/// As has_comparison wants it: an immediate on the right, greater and less-or-equal with an immediate only. `has_immediates`: the family
/// has any.
void order_comparison(unsigned& op, Place& a, Place& b, bool has_immediates) {
  const unsigned width = op / kBranchIntPerWidth;
  unsigned test = op % kBranchIntPerWidth;
  const auto swap = [&] {
    std::swap(a, b);
    test = kSwappedInt[test];
  };
  if (a.is_imm()) swap();
  if (test >= kFirstGreater && (!has_immediates || !b.is_imm() || !fits_immediate(b.bits, width == 1))) swap();
  if (test < 2 && order_of(a) > order_of(b)) swap();
  op = width * kBranchIntPerWidth + test;
}

/// Whether kFamBranchLoad has the test, or its opposite.
bool Encoder::can_test_load(unsigned test, const Place& other) {
  if (test < kFirstGreater) return true;
  uint64_t bound = other.bits;
  unsigned next = test;
  return other.is_imm() && next_bound(next, bound);
}

/// A comparison of something in memory that a branch is waiting for.
bool Encoder::keep_compare_load(const ir::Inst& inst) {
  if (!applies(Technique::Loads)) return false;
  const unsigned index = selection_of(inst.op).op;
  if (!can_wait(inst) || !is_tested_next(inst.dst) || index >= kBranchIntPerWidth) return false;
  Pending* load = pending_of(inst.a, Pending::Load);
  const bool swapped = load == nullptr;
  if (swapped) load = pending_of(inst.b, Pending::Load);
  const Operand loaded = swapped ? inst.b : inst.a;
  const Operand other = swapped ? inst.a : inst.b;
  if (load == nullptr || (load->op != ir::Op::I32Load && load->op != ir::Op::I32Load8U) || pending_of(other) != nullptr) return false;
  const Place place = use(other);
  const unsigned test = swapped ? kSwappedInt[index] : index;
  if (!can_test_load(test, place)) return false;
  Pending pending = new_pending(inst, Pending::CompareLoad);
  pending.test = static_cast<uint8_t>(test);
  pending.narrow = load->op == ir::Op::I32Load8U;
  pending.a = load->b;
  pending.imm = load->imm;
  pending.addend = load->addend;
  pending.b = place;
  pending.offset = load->offset;
  pending.exposed = is_exposed(other, place, inst.dst);
  absorb(pending, loaded);
  hold(pending, other, place);
  add_pending(pending);
  return true;
}

/// The comparison `op` of kBranchInt as a value.
void Encoder::emit_compare_int(unsigned op, const Place& dst, const Place& first, const Place& second) {
  Place a = first, b = second;
  order_comparison(op, a, b, !kIsCompact);
  emitter_.emit(kFamCompareInt, op, {dst, a, b});
}

/// The value of a comparison that nobody took over.
void Encoder::emit_comparison(const Pending& pending, const Place& dst) {
  const auto unary = [&](wasm::Op op, const Place& a) {
    emitter_.emit(kFamUnaryInt, static_cast<unsigned>(index_in<kUnaryInt>(op)), {dst, a});
  };
  bool negated = pending.negated;
  switch (pending.kind) {
    case Pending::CompareInt: emit_compare_int(selection_of(pending.op).op, dst, pending.a, pending.b); break;
    case Pending::CompareFloat:
      emitter_.emit(pending.wide ? kFamCompareF64 : kFamCompareF32, selection_of(pending.op).op, {dst, pending.a, pending.b});
      break;
    case Pending::CompareLoad: {
      const auto load = pending.narrow ? wasm::Op::I32Load8U : wasm::Op::I32Load;
      const Place value = Place::in_slot(emitter_.take_scratch(1));
      emit_access(pending.addend != 0 ? *memory_->load_int_plus : *memory_->load_int, static_cast<unsigned>(index_in<kLoadInt>(load)),
                  {value, pending.a}, Address::plus(pending.addend), pending.imm);
      emit_compare_int(pending.test, dst, value, pending.b);
      break;
    }
    case Pending::Mask:
      emitter_.emit(kFamHotInt, selection_of(pending.op).op, {dst, pending.a, pending.b});
      if (!pending.truth) return;
      unary(pending.wide ? wasm::Op::I64Eqz : wasm::Op::I32Eqz, dst);
      negated = !negated;
      break;
    case Pending::Truth:
      unary(pending.wide ? wasm::Op::I64Eqz : wasm::Op::I32Eqz, pending.a);
      negated = !negated;
      break;
    default: return;
  }
  if (negated) unary(wasm::Op::I32Eqz, dst);
}

Encoder::Condition Encoder::condition_of(const Pending& pending, bool negate) {
  const bool negated = pending.negated != negate;
  Condition condition;
  condition.count = 2;
  condition.a = pending.a;
  condition.b = pending.b;
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
  if (applies(Technique::Loads) && pending.kind == Pending::CompareLoad) {
    condition.test = negated ? kOppositeInt[pending.test] : pending.test;
    uint64_t bound = condition.b.bits;
    if (condition.test >= kFirstGreater && next_bound(condition.test, bound)) condition.b = Place::imm(bound);
    condition.family = &kFamBranchLoad;
    condition.test += pending.narrow ? kBranchLoadTests : 0;
    condition.loads = true;
    condition.load_addend = pending.addend;
    condition.load_offset = pending.imm;
    condition.load_at = pending.offset;
    return condition;
  }
  const unsigned index = selection_of(pending.op).op;
  const unsigned width = index / kBranchIntPerWidth;
  unsigned test = index % kBranchIntPerWidth;
  if (negated) test = kOppositeInt[test];
  condition.test = width * kBranchIntPerWidth + test;
  order_comparison(condition.test, condition.a, condition.b, true);
  test = condition.test % kBranchIntPerWidth;
  if (condition.b.is_imm() && condition.b.bits == 0 && test < 2) {
    condition.family = &kFamBranchTruth;
    condition.count = 1;
    condition.test = test + 2 * width;
    return condition;
  }
  condition.family = &kFamBranchInt;
  return condition;
}

/// Takes over what the operand is compared from, and leaves nothing else waiting. The operand is released.
Encoder::Condition Encoder::condition_of(Operand operand, bool negate) {
  Pending* pending = pending_of(operand);
  if (pending != nullptr && pending->kind == Pending::Load && (pending->op == ir::Op::I32Load || pending->op == ir::Op::I32Load8U)) {
    pending->kind = Pending::CompareLoad;
    pending->narrow = pending->op == ir::Op::I32Load8U;
    pending->test = kNotEqual;
    pending->a = pending->b;
    pending->b = Place::imm(0);
  }
  const bool compares = pending != nullptr && pending->kind >= Pending::CompareInt;
  if (compares) {
    const Condition condition = condition_of(*pending, negate);
    const uint32_t held = pending->held;
    pending->held = 0;
    discard(*pending);
    flush_all();
    free_held(held);
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

// ---- branches ------------------------------------------------------------------------------------------------------

/// A branch back that tests what was incremented just before: both in one.
bool Encoder::branch_on_increment(const Condition& condition, const Label& label) {
  if (!follows(Last::Increment)) return false;
  unsigned test = condition.test;
  Place other = condition.b;
  if (condition.family == &kFamBranchTruth && condition.test < 2 && condition.a == last_.place) {
    test = condition.test == 1 ? kBranchIntPerWidth : kEqual;
    other = condition.test == 1 ? Place::in_reg(0, 0) : Place::imm(0);
  } else if (condition.family == &kFamBranchInt && condition.test < kBranchIntPerWidth) {
    if (condition.b == last_.place && !(condition.a == last_.place)) {
      other = condition.a;
      test = kSwappedInt[condition.test];
    } else if (!(condition.a == last_.place) || condition.b == last_.place) {
      return false;
    }
  } else {
    return false;
  }
  const Last increment = take_back();
  emitter_.emit(kFamIncrementBranch, test, {increment.place, other}, {}, {increment.imm, 0, label.weight});
  emitter_.patch(emitter_.position() - 8, emitter_.last_start(), label.position);
  return true;
}

void Encoder::branch(const Condition& condition, uint32_t target) {
  Label& label = labels_[target];
  const bool back = label.position != Emitter::kNoCode;
  const EdgeFix fix = back ? cross_back(label) : cross(target);
  const bool direct_back = back && fix.empty();
  if (direct_back && (branch_on_increment(condition, label) || branch_on_count(condition, label))) return;
  emit_branch(condition, direct_back, label.weight);
  if (direct_back) return emitter_.patch(emitter_.position() - 8, emitter_.last_start(), label.position);
  const uint32_t field = emitter_.position() - 4;
  if (fix.empty()) return emitter_.add_fixup(label.chain, field, emitter_.last_start());
  Stub stub{Emitter::kNoCode, target, function_->insts[index_].offset, fix};
  emitter_.add_fixup(stub.chain, field, emitter_.last_start());
  if (!stubs_.push(stub)) emitter_.fail();
}

/// The condition with what is in memory loaded first.
Encoder::Condition Encoder::loaded(const Condition& condition) {
  const bool is_byte = condition.test >= static_cast<unsigned>(kBranchLoadTests);
  const auto load = static_cast<unsigned>(index_in<kLoadInt>(is_byte ? wasm::Op::I32Load8U : wasm::Op::I32Load));
  Condition plain;
  plain.family = &kFamBranchInt;
  plain.test = condition.test - (is_byte ? kBranchLoadTests : 0);
  plain.count = 2;
  plain.a = Place::in_slot(emitter_.take_scratch(1));
  plain.b = condition.b;
  mark(condition.load_at);
  emit_access(condition.load_addend != 0 ? *memory_->load_int_plus : *memory_->load_int, load, {plain.a, condition.a},
              Address::plus(condition.load_addend), condition.load_offset);
  order_comparison(plain.test, plain.a, plain.b, true);
  return plain;
}

/// The branch itself. Its last field is the distance, backward the weight behind that.
void Encoder::emit_branch(const Condition& condition, bool back, uint32_t weight) {
  if (may_take_back()) {
    if (branch_on_load(condition, back, weight) || branch_on_sum(condition, back, weight)) return;
    if (branch_on_vector(condition, back, weight)) return;
    if (!back && (branch_on_mask(condition) || branch_on_element(condition))) return;
  }
  Place a = condition.a, b = condition.b;
  if (condition.family == &kFamBranchMask && order_of(a) > order_of(b)) std::swap(a, b);
  PlainFields fields({}, {});
  if (condition.loads) {
    mark(condition.load_at);
    fields.add_word(condition.load_addend);
    fields.add_word(condition.load_offset);
  }
  fields.add_word(0);
  if (back) fields.add_word(weight);
  const unsigned op = 2 * condition.test + (back ? 1 : 0);
  if (condition.loads && !emitter_.exists(*condition.family, op, {{a, b}})) return emit_branch(loaded(condition), back, weight);
  if (condition.count == 1)
    emitter_.emit_places(*condition.family, op, {a}, fields);
  else
    emitter_.emit_places(*condition.family, op, {a, b}, fields);
}

}  // namespace umber::interp
