// Values that wait for their consumer. A Pending keeps its operands where they are: registers of temporaries are held for it,
// and before a local that it reads is written, it is computed. At labels, branches and calls nothing waits; a load waits only
// while nothing happens that could trap or change memory.
#include <algorithm>

#include "interp/encode/encoder.h"
#include "interp/pair_families.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

constexpr unsigned kAdd32 = static_cast<unsigned>(index_in<kHotBinaryInt>(wasm::Op::I32Add));

/// Operations behind which a waiting load may still be executed: they neither trap nor touch memory.
[[nodiscard]] bool is_harmless(ir::Op op) {
  switch (selection_of(op).way) {
    case Way::Sum:
    case Way::HotInt:
    case Way::CompareInt:
    case Way::UnaryInt:
    case Way::CompareF32:
    case Way::CompareF64:
    case Way::BinaryF32:
    case Way::BinaryF64:
    case Way::IntToFloat:
    case Way::UnaryFloat:
    case Way::Copy: return true;
    case Way::Global: return op == ir::Op::GlobalGet;
    case Way::Own: return op == ir::Op::Select;
    default: return is_vector_way(selection_of(op).way);
  }
}

}  // namespace

/// Whether the instruction's result may wait: it goes to a temporary, and there is room.
bool Encoder::can_wait(const ir::Inst& inst) const {
  const unsigned obstacles = unsigned{!joins_} | unsigned{!is_temporary(inst.dst)} | unsigned{pending_count_ >= kMaxPending} |
                             unsigned{plan_.to_slot(index_)};
  return obstacles == 0;
}

Encoder::Pending Encoder::new_pending(const ir::Inst& inst, Pending::Kind kind) const {
  Pending pending;
  pending.kind = kind;
  pending.op = inst.op;
  pending.type = inst.type;
  pending.dst = inst.dst;
  pending.offset = inst.offset;
  return pending;
}

/// Keeps an operation of one or two plain operands, if it may wait.
bool Encoder::keep_pending(const ir::Inst& inst, Pending::Kind kind) {
  if (!can_wait(inst)) return false;
  Pending pending = new_pending(inst, kind);
  pending.a = use(inst.a);
  if (!inst.b.is_none()) pending.b = use(inst.b);
  pending.exposed = is_exposed(inst.a, pending.a, inst.dst) || (!inst.b.is_none() && is_exposed(inst.b, pending.b, inst.dst));
  if ((pending.exposed && !is_consumed_next(inst.dst)) || pending_count_ == kMaxPending) return false;
  hold(pending, inst.a, pending.a);
  if (!inst.b.is_none()) hold(pending, inst.b, pending.b);
  add_pending(pending);
  return true;
}

/// A temporary in a slot of its own, which the next value may be written to.
bool Encoder::is_exposed(Operand operand, const Place& place, uint32_t dst) const {
  return operand.is_slot() && is_temporary(operand.slot()) && operand.slot() != dst && place.is_slot();
}
/// The branch, or its negation, that waits for this value right behind.
bool Encoder::is_tested_next(uint32_t slot) const {
  const ir::Inst* next = following();
  if (next == nullptr || next->a != Operand::slot(slot)) return false;
  return next->op == ir::Op::BrIf || next->op == ir::Op::BrUnless || next->op == ir::Op::I32Eqz || next->op == ir::Op::I64Eqz;
}

/// Takes over a plain operand: a temporary's register stays reserved, a local is watched.
void Encoder::hold(Pending& pending, Operand operand, const Place& place) {
  if (!operand.is_slot()) return;
  const uint32_t slot = operand.slot();
  if (!is_temporary(slot)) {
    for (uint32_t& local : pending.locals)
      if (local == kNone || local == slot) {
        local = slot;
        return;
      }
    return;
  }
  if (place.is_slot() && slot == pending.dst) pending.in_own = true;
  if (place.is_reg()) {
    move_to_slot(slot);
    const uint32_t bit = 1u << place.number;
    regs_.temporaries &= ~bit;
    regs_.held |= bit;
    pending.held |= bit;
  }
  if (slot < top_) top_ = slot;
}

/// Takes over all that another Pending, the operand, holds; the operand is gone.
void Encoder::absorb(Pending& pending, Operand operand) {
  Pending& source = *pending_of(operand);
  pending.held |= source.held;
  pending.exposed |= source.exposed_for(pending.dst);
  pending.in_own |= source.in_own && source.dst == pending.dst;
  for (uint32_t local : source.locals) {
    if (local == kNone) continue;
    for (uint32_t& mine : pending.locals)
      if (mine == kNone || mine == local) {
        mine = local;
        break;
      }
  }
  source.held = 0;
  discard(source);
  if (operand.slot() < top_) top_ = operand.slot();
}

void Encoder::add_pending(const Pending& pending) {
  forget_temporary(pending.dst);
  if (pending.dst + 1 > top_) top_ = pending.dst + 1;
  for (unsigned i = 0; i < kMaxPending; ++i) {
    if (pending_[i].kind != Pending::Empty) continue;
    pending_[i] = pending;
    spots_[pending.dst] = {Spot::None, static_cast<uint8_t>(i), spots_[pending.dst].slot};
    ++pending_count_;
    if (pending.loads()) load_waits_ = true;
    return;
  }
  emitter_.fail();
}

/// The value is not wanted any more, or its consumer has taken its operands over.
void Encoder::discard(Pending& pending) {
  free_held(pending.held);
  move_to_slot(pending.dst);
  if (pending.loads()) load_waits_ = false;
  pending.kind = Pending::Empty;
  --pending_count_;
}

/// Computes the value now, into its temporary.
void Encoder::flush(Pending& pending) {
  const Pending value = pending;
  discard(pending);
  Place dst = Place::in_slot(physical(value.dst));
  const int reg = take_register(value.type);
  if (reg >= 0) {
    set_temporary(static_cast<unsigned>(reg), value.dst);
    dst = Place::in_reg(static_cast<unsigned>(reg), physical(value.dst));
  }
  mark(value.offset);
  emit_value(value, dst);
  mark(function_->insts[index_].offset);
}

void Encoder::flush_all() {
  for (unsigned i = 0; pending_count_ != 0 && i < kMaxPending; ++i)
    if (pending_[i].kind != Pending::Empty) flush(pending_[i]);
}

/// Before the local changes. What this instruction itself consumes it will have read by then.
void Encoder::flush_readers_of(uint32_t local_slot) {
  const ir::Inst& inst = function_->insts[index_];
  for (Pending& pending : pending_) {
    if (pending.kind == Pending::Empty) continue;
    if (pending.locals[0] != local_slot && pending.locals[1] != local_slot && pending.locals[2] != local_slot) continue;
    const Operand result = Operand::slot(pending.dst);
    if (inst.a == result || inst.b == result || inst.c == result) continue;
    flush(pending);
  }
}

/// Before an instruction behind which a load must not be executed, or whose result takes the place of one that nobody reads, unless it is
/// its operand.
void Encoder::flush_loads(const ir::Inst& inst) {
  const bool harmless = is_harmless(inst.op);
  const uint32_t results = inst.type == Type::V128 ? 2 : 1;
  for (Pending& pending : pending_) {
    if (!pending.loads()) continue;
    const Operand result = Operand::slot(pending.dst);
    if (inst.a == result || inst.b == result || inst.c == result) continue;
    if (!harmless || pending.dst - inst.dst < results) flush(pending);
  }
}

/// Emits the operation itself.
void Encoder::emit_value(const Pending& pending, const Place& dst) {
  const unsigned index = selection_of(pending.op).op;
  const bool wide = pending.type == Type::F64;
  switch (pending.kind) {
    case Pending::Empty: return;
    case Pending::Linear: return emit_linear(pending, dst);
    case Pending::Shift: return emitter_.emit(kFamHotInt, index, {dst, pending.a, Place::imm(pending.imm)});
    case Pending::Load: {
      const bool is_int = class_of(pending.type) == RegClass::Int;
      const Family* const plus = is_int ? memory_->load_int_plus : memory_->load_float_plus;
      const Family* const plain = is_int ? memory_->load_int : memory_->load_float;
      const bool is_last_use = pending.b.is_reg() && (pending.held >> pending.b.number & 1) != 0;
      if (pending.addend == 0 && may_take_back() && join_load(pending.op, pending.imm, dst, pending.b, is_last_use, pending.offset)) return;
      const uint32_t start = emitter_.position();
      emit_access(pending.addend != 0 ? *plus : *plain, index, {dst, pending.b}, Address::plus(pending.addend), pending.imm);
      if (!is_int) return note_float_load(start, dst, pending);
      if (pending.addend == 0) note_load(start, dst, pending.b, index, pending.imm);
      return;
    }
    case Pending::Mul: return emitter_.emit(wide ? kFamBinaryF64 : kFamBinaryF32, index, {dst, pending.a, pending.b});
    case Pending::MulLoad:
      if (!applies(Technique::Loads)) return emitter_.fail();
      return emitter_.emit(wide ? kFamLoadOpF64 : kFamLoadOpF32, static_cast<unsigned>(FloatLoadOp::Mul), {dst, pending.a, pending.b},
                           {}, {pending.addend, pending.imm});
    case Pending::CompareInt:
    case Pending::CompareFloat:
    case Pending::CompareLoad:
    case Pending::Truth:
    case Pending::Mask: return emit_comparison(pending, dst);
  }
}

void Encoder::emit_linear(const Pending& pending, const Place& dst) {
  if (pending.b.kind == Place::None) {
    if (pending.imm == 0) return emitter_.move(Type::I32, dst, pending.a);
    return emit_add(dst, pending.a, Place::imm(pending.imm));
  }
  if (pending.a.kind == Place::None) {
    constexpr auto kShl = static_cast<unsigned>(index_in<kHotBinaryInt>(wasm::Op::I32Shl));
    emitter_.emit(kFamHotInt, kShl, {dst, pending.b, Place::imm(pending.shift)});
    if (pending.imm != 0) emit_add(dst, dst, Place::imm(pending.imm));
    return;
  }
  if (applies(Technique::Shifts) && pending.shift != 0) {
    emitter_.emit(kFamShifted, 0, {dst, pending.a, pending.b}, {pending.shift});
    if (pending.imm != 0) emit_add(dst, dst, Place::imm(pending.imm));
    return;
  }
  if (pending.imm == 0) return emit_sum(pending, dst);
  if (!applies(Technique::Indices)) {
    emit_add(dst, pending.a, pending.b);
    return emit_add(dst, dst, Place::imm(pending.imm));
  }
  Place a = pending.a, b = pending.b;
  if (order_of(a) > order_of(b)) std::swap(a, b);
  emitter_.emit(kFamSum3, 0, {dst, a, b, Place::imm(pending.imm)});
}

/// D = A + B, with the sum before it in one operation if that is an operand.
void Encoder::emit_sum(const Pending& pending, const Place& dst) {
  const bool first = pending.a == last_.place;
  if (follows(Last::Field) && first != (pending.b == last_.place)) {
    const Last field = take_back();
    return emitter_.emit(kFamFieldSum, 0, {dst, first ? pending.b : pending.a, field.from}, {field.addend}, {field.imm});
  }
  if (follows(Last::Sum2) && first != (pending.b == last_.place)) {
    const Last sum = take_back();
    Place terms[3] = {sum.from, sum.second.from, first ? pending.b : pending.a};
    std::sort(terms, terms + 3, [](const Place& a, const Place& b) { return order_of(a) < order_of(b); });
    return emitter_.emit(kFamSum3, 0, {dst, terms[0], terms[1], terms[2]});
  }
  const uint32_t start = emitter_.position();
  emit_add(dst, pending.a, pending.b);
  if (is_temporary(pending.dst))
    last_ = {Last::Sum2, start, emitter_.position(), dst, 0, 0, pending.a, {{}, pending.b}};
  else if (dst == pending.a || dst == pending.b)
    last_ = {Last::Accumulate, start, emitter_.position(), dst, 0, 0, dst == pending.a ? pending.b : pending.a, {}};
}

/// D = A + B; a constant is B.
void Encoder::emit_add(const Place& dst, const Place& first, const Place& second) {
  Place a = first, b = second;
  if (order_of(a) > order_of(b)) std::swap(a, b);
  if (b.is_imm() && follows(Last::GlobalGet) && a == last_.place) {
    const Last get = take_back();
    emitter_.emit(kFamGlobalSum, 0, {dst}, {}, {get.imm, static_cast<uint32_t>(b.bits)});
    last_ = {Last::GlobalSum, get.start, emitter_.position(), dst, get.imm, static_cast<uint32_t>(b.bits), {}, {}};
    return;
  }
  if (b.is_imm() && join_step(dst, a, static_cast<uint32_t>(b.bits))) return;
  if (b.is_imm() && a == dst) return emit_increment(dst, static_cast<uint32_t>(b.bits));
  emitter_.emit(kFamHotInt, kAdd32, {dst, a, b});
  if (b.is_imm() && !a.is_imm())
    last_ = {Last::Sum, emitter_.last_start(), emitter_.position(), dst, static_cast<uint32_t>(b.bits), 0, a, {}};
}

/// A local or temporary grows by a constant where it is: with the increment before in one operation, or with the branch behind.
void Encoder::emit_increment(const Place& place, uint32_t imm) {
  if (follows(Last::Increment) && !(last_.place == place)) {
    const Last first = take_back();
    emitter_.emit(kFamIncrement2, 0, {first.place, place}, {}, {first.imm, imm});
    last_ = {Last::Increment2, first.start, emitter_.position(), first.place, first.imm, imm, {}, {place, {}}};
    return;
  }
  emitter_.emit(kFamHotInt, kAdd32, {place, place, Place::imm(imm)});
  last_ = {Last::Increment, emitter_.last_start(), emitter_.position(), place, imm, 0, place, {}};
}

/// A move; with the one before in one operation, if both are of integers or between slots.
void Encoder::emit_copy(Type type, const Place& to, const Place& from) {
  if (to == from) return;
  const auto is_whole = [](const Place& place) {
    return place.is_reg() ? place.number < kIntRegs : place.is_slot() || place.bits <= UINT32_MAX;
  };
  if (!registers_ || !applies(Technique::Pairs) || !is_whole(to) || !is_whole(from)) return emitter_.move(type, to, from);
  if (follows(Last::Move)) {
    const Last first = take_back();
    emitter_.emit(kFamMove2, 0, {first.place, first.from, to, from});
    last_ = {Last::Move2, first.start, emitter_.position(), first.place, 0, 0, first.from, {to, from}};
    return;
  }
  const uint32_t start = emitter_.position();
  emitter_.move(type, to, from);
  last_ = {Last::Move, start, emitter_.position(), to, 0, 0, from, {}};
}

}  // namespace umber::interp
