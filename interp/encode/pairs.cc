// Two instructions in one, where the first has been emitted already: it is taken back, if a handler does the work of both. What there
// is stands in pair_families.h; each rule is one look at the last instruction.
#include <algorithm>

#include "interp/encode/encoder.h"
#include "interp/encode/tests.h"
#include "interp/pair_families.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

/// A test as the loop-end families have it: which place is counted, and against what.
struct Count {
  bool exists = false;
  CountTest test = CountTest::NonZero;
  Place bound;
};

/// The condition as a test of what lies at `counted`.
[[nodiscard]] Count count_test(const Place& counted, unsigned family_test, bool is_truth, const Place& a, const Place& b) {
  if (is_truth) return {family_test == 1 && a == counted, CountTest::NonZero, Place::in_reg(0, 0)};
  unsigned test = family_test;
  uint64_t bits = b.bits;
  Place bound = b;
  if (test == kNotEqual && b == counted) return {!(a == counted), CountTest::Ne, a};
  if (!(a == counted) || b == counted) return {};
  if (test >= kFirstGreater) {
    if (!b.is_imm() || !next_bound(test, bits)) return {};
    bound = Place::imm(bits);
  }
  constexpr unsigned kLtS = 2, kLtU = 3;
  if (test == kNotEqual) return {true, CountTest::Ne, bound};
  return {test == kLtS || test == kLtU, test == kLtS ? CountTest::LtS : CountTest::LtU, bound};
}

}  // namespace

// ---- what can be taken back ------------------------------------------------------------------------------------------

/// The last instruction, which began at `start`, read memory[base + offset].
void Encoder::note_load(uint32_t start, const Place& dst, const Place& base, unsigned op, uint32_t offset) {
  if (!is_fused_memory() || base.is_imm()) return;
  last_.kind = Last::Load;
  last_.start = start;
  last_.end = emitter_.position();
  last_.place = dst;
  last_.from = base;
  last_.op = static_cast<uint8_t>(op);
  last_.imm = offset;
}

/// The last instruction computed a op b.
void Encoder::note_op(uint32_t start, const Place& dst, const Place& a, const Place& b, const Family& family, unsigned op) {
  last_.kind = Last::Op;
  last_.start = start;
  last_.end = emitter_.position();
  last_.place = dst;
  last_.from = a;
  last_.second.from = b;
  last_.family = &family;
  last_.op = static_cast<uint8_t>(op);
}

/// The last instruction computed a op memory[u32(load.b + load.addend) + load.imm].
void Encoder::note_load_op(const Place& dst, const Place& a, const Pending& load, const Family& family, unsigned op) {
  note_op(emitter_.last_start(), dst, a, load.b, family, op);
  last_.kind = Last::LoadOp;
  last_.addend = load.addend;
  last_.imm = load.imm;
}

// ---- operations --------------------------------------------------------------------------------------------------------

/// dst = a + imm, where the last instruction has copied what dst was.
bool Encoder::join_step(const Place& dst, const Place& a, uint32_t imm) {
  if (!follows(Last::Move) || !(dst == last_.from) || !(a == last_.place || a == dst)) return false;
  const Last move = take_back();
  emitter_.emit(kFamStep, 0, {move.place, dst}, {}, {imm});
  last_ = {Last::Step, move.start, emitter_.position(), move.place, imm, 0, dst, {}};
  return true;
}

/// br_table on a byte where a pointer was before the step that came just before. `last`: the number of the default.
bool Encoder::join_step_table(const Pending& load, uint32_t last) {
  if (!follows(Last::Step) || !(load.b == last_.place)) return false;
  const Last step = take_back();
  mark(load.offset);
  emitter_.emit(kFamStepTable, 0, {step.place, step.from}, {}, {step.imm, load.imm, last});
  note_table(kFamBackToStepTable, 0, step.place, step.from, load.offset);
  return true;
}

/// a op b with the operation before it: a rotated xor, or two of a kind.
bool Encoder::join_ops(const ir::Inst& inst) {
  if (!follows(Last::Op) || last_.family != &kFamHotInt || pending_of(inst.a) != nullptr || pending_of(inst.b) != nullptr) return false;
  const Place a = use(inst.a), b = use(inst.b);
  const bool first = a == last_.place;
  if (first == (b == last_.place)) return false;
  const wasm::Op before = kHotBinaryInt[last_.op];
  const bool wide = inst.op == ir::Op::I64Rotl;
  Place places[3] = {last_.from, last_.second.from, first ? b : a};
  if (inst.op == ir::Op::I32Rotl || wide) {
    if (!first || !b.is_imm() || places[1].is_imm() || before != (wide ? wasm::Op::I64Xor : wasm::Op::I32Xor)) return false;
    (void)take_back();
    release(inst);
    const auto count = static_cast<uint32_t>(b.bits) & (wide ? 63 : 31);
    emitter_.emit(kFamXorRotate, wide ? 1 : 0, {define(inst.dst, inst.type), places[0], places[1]}, {count});
    return true;
  }
  const bool is_xor = inst.op == ir::Op::I32Xor;
  if ((!is_xor && inst.op != ir::Op::I32Or) || before != ir::wasm_op_of(inst.op)) return false;
  std::sort(places, places + 3, [](const Place& x, const Place& y) { return order_of(x) < order_of(y); });
  if (places[2].is_imm()) return false;
  (void)take_back();
  release(inst);
  emitter_.emit(kFamLogic3, is_xor ? 1 : 0, {define(inst.dst, inst.type), places[0], places[1], places[2]});
  return true;
}

// ---- branches ----------------------------------------------------------------------------------------------------------

/// A comparison of a place with a constant as one of the first six of kBranchInt.
Encoder::ConstantTest Encoder::constant_test(const Condition& condition) {
  if (condition.family == &kFamBranchTruth && condition.test < 2) return {true, condition.test == 0 ? kEqual : kNotEqual, 0};
  if (condition.family != &kFamBranchInt || condition.test >= kBranchIntPerWidth || !condition.b.is_imm()) return {};
  unsigned test = condition.test;
  uint64_t bound = static_cast<uint32_t>(condition.b.bits);
  if (test >= kFirstGreater && !next_bound(test, bound)) return {};
  return {true, test, static_cast<uint32_t>(bound)};
}

/// A branch that compares what was loaded just before with a constant. The distance, and backward the weight, are the last fields.
bool Encoder::branch_on_load(const Condition& condition, bool back, uint32_t weight) {
  if (!follows(Last::Load) || !(condition.a == last_.place)) return false;
  const ConstantTest test = constant_test(condition);
  const int load = index_in<kBranchedLoads>(kLoadInt[last_.op]);
  if (!test.exists || load < 0) return false;
  const unsigned op = 2 * (static_cast<unsigned>(load) * kLoadTests + test.test) + (back ? 1 : 0);
  const Place places[] = {last_.place, last_.from};
  if (!emitter_.exists(kFamLoadBranch, op, places)) return false;
  PlainFields fields({}, {test.bound, last_.imm, 0});
  if (back) fields.add_word(weight);
  (void)take_back();
  emitter_.emit_places(kFamLoadBranch, op, places, fields);
  return true;
}

/// A branch that compares a sum, made just before, with a constant. Fields as above.
bool Encoder::branch_on_sum(const Condition& condition, bool back, uint32_t weight) {
  if ((!follows(Last::Sum) && !follows(Last::Increment)) || !(condition.a == last_.place)) return false;
  const ConstantTest test = constant_test(condition);
  const unsigned op = 2 * test.test + (back ? 1 : 0);
  const Place places[] = {last_.place, last_.from};
  if (!test.exists || !emitter_.exists(kFamSumTest, op, places)) return false;
  PlainFields fields({}, {last_.imm, test.bound, 0});
  if (back) fields.add_word(weight);
  (void)take_back();
  emitter_.emit_places(kFamSumTest, op, places, fields);
  return true;
}

/// A branch forward if some bits, masked just before for it alone, are or are not the constant.
bool Encoder::branch_on_mask(const Condition& condition) {
  if (!follows(Last::Op) || last_.family != &kFamHotInt || !(condition.a == last_.place)) return false;
  if (kHotBinaryInt[last_.op] != wasm::Op::I32And || !last_.second.from.is_imm()) return false;
  const ConstantTest test = constant_test(condition);
  if (!test.exists || test.test > kNotEqual) return false;
  const Last mask = take_back();
  emitter_.emit(kFamMaskTest, 2 * test.test, {mask.from}, {}, {static_cast<uint32_t>(mask.second.from.bits), test.bound, 0});
  return true;
}

/// A branch forward if what was loaded just before for it alone, at an address with an index, is or is not a constant.
bool Encoder::branch_on_element(const Condition& condition) {
  if (!follows(Last::Element) || !(condition.a == last_.place)) return false;
  const ConstantTest test = constant_test(condition);
  if (!test.exists || test.test > kNotEqual) return false;
  const Last load = take_back();
  emitter_.emit(kFamElementBranch, 2 * (2u * load.op + test.test), {load.from, load.second.from}, {}, {load.addend, load.imm, test.bound, 0});
  return true;
}

/// A branch back to a loop's header with the counting before it, if that is not what branch_on_increment has.
bool Encoder::branch_on_count(const Condition& condition, const Label& label) {
  const bool is_truth = condition.family == &kFamBranchTruth && condition.test < 2;
  if (!is_truth && (condition.family != &kFamBranchInt || condition.test >= kBranchIntPerWidth)) return false;
  const Place place = last_.place;
  if (follows(Last::Increment2)) {
    const Place second = last_.second.to;
    Count count = count_test(second, condition.test, is_truth, condition.a, condition.b);
    const bool swapped = !count.exists;
    if (swapped) count = count_test(place, condition.test, is_truth, condition.a, condition.b);
    const Place places[] = {swapped ? second : place, swapped ? place : second, count.bound};
    const auto op = static_cast<unsigned>(count.test);
    if (!count.exists || !emitter_.exists(kFamIncrement2Branch, op, places)) return false;
    const Last last = take_back();
    emitter_.emit(kFamIncrement2Branch, op, places, {},
                  {swapped ? last.addend : last.imm, swapped ? last.imm : last.addend, 0, label.weight});
  } else if (follows(Last::Accumulate)) {
    const Count count = count_test(place, condition.test, is_truth, condition.a, condition.b);
    const Place places[] = {place, last_.from, count.bound};
    const auto op = static_cast<unsigned>(count.test);
    if (!count.exists || !emitter_.exists(kFamSumBranch, op, places)) return false;
    (void)take_back();
    emitter_.emit(kFamSumBranch, op, places, {}, {0, label.weight});
  } else {
    const ConstantTest test = constant_test(condition);
    if (!follows(Last::Increment) || !test.exists || condition.a == place) return false;
    const Last last = take_back();
    emitter_.emit(kFamIncrementTest, test.test, {place, condition.a}, {}, {last.imm, test.bound, 0, label.weight});
  }
  emitter_.patch(emitter_.position() - 8, emitter_.last_start(), label.position);
  return true;
}

/// A loop's charge with the copy or sum before it.
bool Encoder::join_charge(uint32_t weight) {
  const bool moves = follows(Last::Move);
  if (!moves && !follows(Last::Sum) && !follows(Last::Increment)) return false;
  const Last last = take_back();
  if (moves)
    emitter_.emit(kFamMoveCharge, 0, {last.place, last.from}, {}, {weight});
  else
    emitter_.emit(kFamSumCharge, 0, {last.place, last.from}, {}, {last.imm, weight});
  return true;
}

/// A return of an integer with the sum or load before it, of which nothing else is read any more.
bool Encoder::join_return(const Place& value, Type type) {
  if (!(value == last_.place)) return false;
  if (type == Type::I32 && (follows(Last::Sum) || follows(Last::Increment) || follows(Last::Sum2))) {
    const bool is_constant = last_.kind != Last::Sum2;
    const Last last = take_back();
    Place a = last.from, b = is_constant ? Place::imm(last.imm) : last.second.from;
    if (order_of(a) > order_of(b)) std::swap(a, b);
    emitter_.emit(kFamReturnSum, 0, {a, b}, {link_});
    return true;
  }
  if (!follows(Last::Load)) return false;
  const Last last = take_back();
  emitter_.emit(kFamReturnLoad, last.op, {last.from}, {link_}, {last.imm});
  return true;
}

// ---- stores ------------------------------------------------------------------------------------------------------------

/// A store of what is computed just before, a temporary.
bool Encoder::encode_joined_store(const ir::Inst& inst) {
  const bool is_whole = inst.op == ir::Op::I32Store || inst.op == ir::Op::I64Store || inst.op == ir::Op::F32Store || inst.op == ir::Op::F64Store;
  if (!applies(Technique::Pairs) || !is_fused_memory() || (!is_whole && inst.op != ir::Op::I32Store8)) return false;
  const Pending* const sum = pending_of(inst.a);
  if (inst.a.is_constant() || (sum != nullptr && (sum->kind != Pending::Linear || sum->b.kind != Place::None))) return false;
  const Place base = sum != nullptr ? sum->a : use(inst.a);
  const uint32_t addend = sum != nullptr ? sum->imm : 0;
  if (base.is_imm()) return false;
  if (pending_of(inst.b) != nullptr) return encode_memory_copy(inst, base, addend) || encode_stored_sum(inst, base, addend);
  const Place value = use(inst.b);
  if (!(value == last_.place) || base == value) return false;
  return encode_update(inst, base, addend) || encode_stored_op(inst, base, addend) || encode_stored_product(inst, base, addend);
}

/// memory[…] = a + b, where the sum waits.
bool Encoder::encode_stored_sum(const ir::Inst& inst, const Place& base, uint32_t addend) {
  const Pending* const sum = pending_of(inst.b, Pending::Linear);
  if (sum == nullptr || inst.op != ir::Op::I32Store || sum->shift != 0) return false;
  const bool is_constant = sum->b.kind == Place::None;
  if (!is_constant && sum->imm != 0) return false;
  Place a = sum->a, b = is_constant ? Place::imm(sum->imm) : sum->b;
  if (order_of(a) > order_of(b)) std::swap(a, b);
  if (!emitter_.exists(kFamStoreOpInt, 0, {{a, b, base}})) return false;
  Pending held;
  absorb(held, inst.b);
  free_held(held.held);
  release(inst);
  emitter_.emit(kFamStoreOpInt, 0, {a, b, base}, {}, {addend, inst.imm});
  return true;
}

/// memory[…] = memory[…] op a: the operation with an operand in memory writes back there.
bool Encoder::encode_update(const ir::Inst& inst, const Place& base, uint32_t addend) {
  if (!follows(Last::LoadOp) || !(last_.second.from == base) || last_.addend != addend || last_.imm != inst.imm) return false;
  const bool is_int = last_.family == &kFamLoadOpInt, wide = last_.family == &kFamLoadOpF64;
  const bool is_wide_int = is_int && kLoadOpInt[last_.op] >= Op::I64Clz;
  const ir::Op store = is_int ? (is_wide_int ? ir::Op::I64Store : ir::Op::I32Store) : wide ? ir::Op::F64Store : ir::Op::F32Store;
  const Family& family = is_int ? kFamUpdateInt : wide ? kFamUpdateF64 : kFamUpdateF32;
  if (inst.op != store || !emitter_.exists(family, last_.op, {{last_.from, base}})) return false;
  const Last last = take_back();
  release(inst);
  emitter_.emit(family, last.op, {last.from, base}, {}, {addend, inst.imm});
  return true;
}

/// memory[…] = a op b, where the operation came just before.
bool Encoder::encode_stored_op(const ir::Inst& inst, const Place& base, uint32_t addend) {
  if (!follows(Last::Op)) return false;
  const bool is_int = last_.family == &kFamHotInt, wide = last_.family == &kFamBinaryF64;
  const ir::Op store = is_int ? ir::Op::I32Store : wide ? ir::Op::F64Store : ir::Op::F32Store;
  const int op = is_int ? index_in<kStoredInt>(kHotBinaryInt[last_.op]) : last_.op < kStoredFloats ? last_.op : -1;
  const Family& family = is_int ? kFamStoreOpInt : wide ? kFamStoreOpF64 : kFamStoreOpF32;
  Place a = last_.from, b = last_.second.from;
  const bool commutes = is_int || op != 1;
  if (commutes && order_of(a) > order_of(b)) std::swap(a, b);
  if (inst.op != store || op < 0 || !emitter_.exists(family, static_cast<unsigned>(op), {{a, b, base}})) return false;
  (void)take_back();
  mark(inst.offset);  // the operation does not trap, the store may
  release(inst);
  emitter_.emit(family, static_cast<unsigned>(op), {a, b, base}, {}, {addend, inst.imm});
  return true;
}

}  // namespace umber::interp
