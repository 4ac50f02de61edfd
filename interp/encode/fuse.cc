// Operations that take over what waits for them: sums with scaled terms, shifted operands, bit fields, operands in memory,
// products of a sum. Everything is found by looking at the two operands; there are no tables of patterns.
#include "interp/encode/encoder.h"
#include "interp/pair_families.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

/// The load whose value is an operation's own operand.
[[nodiscard]] bool is_load_for(ir::Op load, ir::Op op) {
  return load == (op < ir::Op::I64Clz ? ir::Op::I32Load : ir::Op::I64Load);
}
[[nodiscard]] bool is_add(ir::Op op) { return op == ir::Op::F32Add || op == ir::Op::F64Add; }
[[nodiscard]] bool is_sub(ir::Op op) { return op == ir::Op::F32Sub || op == ir::Op::F64Sub; }
[[nodiscard]] bool is_mul(ir::Op op) { return op == ir::Op::F32Mul || op == ir::Op::F64Mul; }
[[nodiscard]] bool is_div(ir::Op op) { return op == ir::Op::F32Div || op == ir::Op::F64Div; }

}  // namespace

/// i32.add, and i32.sub of a constant: a + (b << shift) + imm from whatever its operands are.
void Encoder::encode_sum(const ir::Inst& inst) {
  if (encode_load_op(inst)) return;
  const Operand operands[2] = {inst.a, inst.b};
  struct Part {
    unsigned terms;
    bool shifted;
  };
  const auto part_of = [&](Operand operand) -> Part {
    if (operand.is_constant()) return {0, false};
    const Pending* pending = pending_of(operand);
    if (pending == nullptr) return {1, false};
    if (pending->kind == Pending::Linear)
      return {pending->a.kind == Place::None || pending->b.kind == Place::None ? 1u : 2u, pending->shift != 0};
    return {1, pending->kind == Pending::Shift && pending->op == ir::Op::I32Shl};
  };
  // At most two terms, at most one of them scaled; what is too much is computed first.
  Part parts[2] = {part_of(inst.a), part_of(inst.b)};
  const auto compute = [&](unsigned i) {
    (void)use(operands[i]);
    parts[i] = {1, false};
  };
  if (parts[0].terms + parts[1].terms > 2) compute(parts[0].terms == 2 ? 0 : 1);
  if (parts[0].terms + parts[1].terms > 2) compute(parts[0].terms == 2 ? 0 : 1);
  if (parts[0].shifted && parts[1].shifted) compute(1);

  Pending sum = new_pending(inst, Pending::Linear);
  sum.type = Type::I32;
  Place plain[2];
  unsigned plain_count = 0;
  Operand plain_operands[2];
  for (unsigned i = 0; i < 2; ++i) {
    const Pending* pending = pending_of(operands[i]);
    if (operands[i].is_constant()) {
      const auto value = static_cast<uint32_t>(constant(operands[i]));
      sum.imm += inst.op == ir::Op::I32Sub ? 0 - value : value;
    } else if (pending != nullptr && pending->kind == Pending::Linear) {
      if (pending->a.kind != Place::None) {
        plain[plain_count] = pending->a;
        plain_operands[plain_count++] = Operand();
      }
      if (pending->b.kind != Place::None) {
        sum.b = pending->b;
        sum.shift = pending->shift;
      }
      sum.imm += pending->imm;
      absorb(sum, operands[i]);
    } else if (pending != nullptr && pending->kind == Pending::Shift && pending->op == ir::Op::I32Shl) {
      sum.b = pending->a;
      sum.shift = static_cast<uint8_t>(pending->imm);
      absorb(sum, operands[i]);
    } else {
      plain[plain_count] = use(operands[i]);
      sum.exposed |= is_exposed(operands[i], plain[plain_count], inst.dst);
      plain_operands[plain_count++] = operands[i];
    }
  }
  if (plain_count > 0) sum.a = plain[0];
  if (plain_count > 1) sum.b = plain[1];

  if (can_wait(inst)) {
    unsigned held = static_cast<unsigned>(std::popcount(sum.held));
    for (unsigned i = 0; i < plain_count; ++i)
      held += plain[i].is_reg() && plain_operands[i].is_slot() && is_temporary(plain_operands[i].slot()) ? 1 : 0;
    if ((!sum.exposed && held <= 1) || is_consumed_next(inst.dst)) {
      for (unsigned i = 0; i < plain_count; ++i)
        if (!plain_operands[i].is_none()) hold(sum, plain_operands[i], plain[i]);
      return add_pending(sum);
    }
  }
  free_held(sum.held);
  release(inst);
  emit_linear(sum, define(inst.dst, Type::I32));
}

/// A op (B shifted), where the shift waits.
bool Encoder::encode_shifted(const ir::Inst& inst) {
  const int index = place_in<kShiftedOps>(inst.op);
  if (!applies(Technique::Shifts) || index < 0) return false;
  const bool wide = inst.op >= ir::Op::I64Clz;
  const auto is_shift = [&](Operand operand) {
    const Pending* pending = pending_of(operand, Pending::Shift);
    return pending != nullptr && (pending->op >= ir::Op::I64Clz) == wide;
  };
  const bool second = is_shift(inst.b);
  if (!second && !is_shift(inst.a)) return false;
  const Operand shifted = second ? inst.b : inst.a;
  const Operand other = second ? inst.a : inst.b;
  if (other.is_constant()) return false;
  const Place a = use(other);
  const Pending* shift = pending_of(shifted);
  if (shift == nullptr) return false;
  const Place b = shift->a;
  const uint32_t count = shift->imm;
  const bool right = shift->op == ir::Op::I32ShrU || shift->op == ir::Op::I64ShrU;
  const bool rotates = shift->op == ir::Op::I32Rotl || shift->op == ir::Op::I64Rotl;
  if (rotates && inst.op != ir::Op::I32Xor && inst.op != ir::Op::I64Xor) return false;
  Pending held;
  absorb(held, shifted);
  free_held(held.held);
  release(inst);
  const Family& family = rotates ? kFamRotated : kFamShifted;
  const unsigned op = rotates ? (wide ? 1 : 0) : 2 * static_cast<unsigned>(index) + (right ? 1 : 0);
  emitter_.emit(family, op, {define(inst.dst, inst.type), a, b}, {count});
  return true;
}

/// (x >> k) & mask, where the shift waits.
bool Encoder::encode_field(const ir::Inst& inst) {
  if (!applies(Technique::Shifts)) return false;
  const bool wide = inst.op == ir::Op::I64And;
  if ((!wide && inst.op != ir::Op::I32And) || !inst.b.is_constant()) return false;
  const uint64_t mask = constant(inst.b);
  const Pending* shift = pending_of(inst.a, Pending::Shift);
  if (shift == nullptr || shift->op != (wide ? ir::Op::I64ShrU : ir::Op::I32ShrU) || (wide && !fits_signed(mask))) return false;
  const Place a = shift->a;
  const uint32_t count = shift->imm;
  Pending held;
  absorb(held, inst.a);
  free_held(held.held);
  release(inst);
  const Place d = define(inst.dst, inst.type);
  emitter_.emit(kFamField, wide ? 1 : 0, {d, a}, {count}, {static_cast<uint32_t>(mask)});
  if (!wide && is_worth_a_note(inst.dst))
    last_ = {Last::Field, emitter_.last_start(), emitter_.position(), d, static_cast<uint32_t>(mask), count, a, {}};
  return true;
}

/// (a + c) & b, where the sum waits.
bool Encoder::encode_masked_sum(const ir::Inst& inst) {
  if (!applies(Technique::Pairs) || inst.op != ir::Op::I32And) return false;
  const auto is_sum = [&](Operand operand) {
    const Pending* pending = pending_of(operand, Pending::Linear);
    return pending != nullptr && pending->b.kind == Place::None;
  };
  const bool second = is_sum(inst.b);
  if (!second && !is_sum(inst.a)) return false;
  const Place b = use(second ? inst.a : inst.b);
  const Operand sum = second ? inst.b : inst.a;
  const Place a = pending_of(sum)->a;
  const uint32_t addend = pending_of(sum)->imm;
  Pending held;
  absorb(held, sum);
  free_held(held.held);
  release(inst);
  emitter_.emit(kFamSumAnd, 0, {define(inst.dst, inst.type), a, b}, {}, {addend});
  return true;
}

/// Emits an operation of which one operand is the waiting load of `loaded`.
void Encoder::emit_load_op(const ir::Inst& inst, Operand loaded, const Place& a, const Family& family, unsigned op) {
  const Pending load = *pending_of(loaded);
  Pending held;
  absorb(held, loaded);
  free_held(held.held);
  release(inst);
  const Place d = define(inst.dst, inst.type);
  mark(load.offset);
  emitter_.emit(family, op, {d, a, load.b}, {}, {load.addend, load.imm});
  if (is_worth_a_note(inst.dst)) note_load_op(d, a, load, family, op);
}

/// A op memory[B + offset], where the load waits.
bool Encoder::encode_load_op(const ir::Inst& inst) {
  if (!applies(Technique::Loads) || !load_waits_) return false;
  int index = place_in<kLoadOpInt>(inst.op);
  if (index < 0) return false;
  const auto is_load = [&](Operand operand) {
    const Pending* pending = pending_of(operand, Pending::Load);
    return pending != nullptr && is_load_for(pending->op, inst.op);
  };
  const bool second = is_load(inst.b);
  if (!second && !is_load(inst.a)) return false;
  const Operand other = second ? inst.a : inst.b;
  const bool wide = inst.op >= ir::Op::I64Clz;
  const bool subtracts = !second && inst.op == ir::Op::I32Sub;
  if (other.is_constant() ? !fits_immediate(constant(other), wide) : subtracts) return false;
  Place a = use(other);
  if (subtracts) {  // m - c is -c + m
    a = Place::imm(static_cast<uint32_t>(0 - a.bits));
    index = index_in<kLoadOpInt>(wasm::Op::I32Add);
  }
  emit_load_op(inst, second ? inst.b : inst.a, a, kFamLoadOpInt, static_cast<unsigned>(index));
  return true;
}

// ---- floats --------------------------------------------------------------------------------------------------------

bool Encoder::encode_fused_float(const ir::Inst& inst) {
  const bool wide = inst.op >= ir::Op::F64Abs;
  if (!is_add(inst.op) && !is_sub(inst.op) && !is_mul(inst.op) && !is_div(inst.op)) return false;
  if (is_mul(inst.op)) {
    const ir::Inst* next = following();
    const bool summed = next != nullptr && is_consumed_next(inst.dst) && (is_add(next->op) || is_sub(next->op));
    if (summed && can_wait(inst) && keep_product(inst)) return true;
  } else if (!is_div(inst.op) && encode_mul_add(inst, wide)) {
    return true;
  }
  if (encode_float_load_op(inst, wide)) return true;
  if (applies(Technique::Products) && inst.a.is_constant() && !inst.b.is_constant() && (is_sub(inst.op) || is_div(inst.op))) {
    const uint64_t bits = constant(inst.a);
    const Place b = use(inst.b);
    release(inst);
    PlainFields fields({}, {static_cast<uint32_t>(bits)});
    if (wide) fields.add_word(static_cast<uint32_t>(bits >> 32));
    emitter_.emit_places(wide ? kFamReversedF64 : kFamReversedF32, is_div(inst.op) ? 1 : 0, {define(inst.dst, inst.type), b}, fields);
    return true;
  }
  return false;
}

/// A product that the next instruction adds or subtracts.
bool Encoder::keep_product(const ir::Inst& inst) {
  if (!applies(Technique::Products)) return false;
  if (inst.a.is_constant() || inst.b.is_constant()) return false;
  const bool second = pending_of(inst.b, Pending::Load) != nullptr;
  if (!second && pending_of(inst.a, Pending::Load) == nullptr) return keep_pending(inst, Pending::Mul);
  const Operand loaded = second ? inst.b : inst.a;
  const Operand other = second ? inst.a : inst.b;
  Pending product = new_pending(inst, Pending::MulLoad);
  product.a = use(other);
  const Pending* load = pending_of(loaded);
  product.b = load->b;
  product.imm = load->imm;
  product.addend = load->addend;
  product.offset = load->offset;  // the load traps, not the product
  absorb(product, loaded);
  hold(product, other, product.a);
  add_pending(product);
  return true;
}

/// c + a * b and its relatives, where the product waits.
bool Encoder::encode_mul_add(const ir::Inst& inst, bool wide) {
  if (!applies(Technique::Products)) return false;
  const auto is_product = [&](Operand operand) {
    const Pending* pending = pending_of(operand);
    return pending != nullptr && (pending->kind == Pending::Mul || pending->kind == Pending::MulLoad);
  };
  const bool second = is_product(inst.b);
  if (!second && !is_product(inst.a)) return false;
  const Operand product = second ? inst.b : inst.a;
  const Operand other = second ? inst.a : inst.b;
  if (other.is_constant()) return false;
  const Place c = use(other);
  const Pending value = *pending_of(product);
  Pending held;
  absorb(held, product);
  free_held(held.held);
  release(inst);
  lend(other, c, inst.dst);
  const Place d = define_in(c, inst.dst, inst.type);
  const bool subtracts = is_sub(inst.op);
  const bool grows = !subtracts || second;  // c + a * b or c - a * b
  const Last before = grows && follows(Last::FloatLoad) ? last_ : Last();
  const bool updates = before.kind == Last::FloatLoad && before.place == c && is_worth_a_note(inst.dst);
  if (value.kind == Pending::Mul) {
    Pending factors = value;
    if (order_of(factors.a) > order_of(factors.b)) std::swap(factors.a, factors.b);
    emitter_.emit(wide ? kFamMulAddF64 : kFamMulAddF32, !subtracts ? 0 : second ? 1 : 2, {d, factors.a, factors.b, c});
    if (updates) note_product(before, inst, d, factors);
    return true;
  }
  if (grows && encode_dot(inst, d, c, value)) return true;
  mark(value.offset);
  const Family& load_mul_add = wide ? kFamLoadMulAddF64 : kFamLoadMulAddF32;
  if (grows && (d == c || !(d == value.a || d == value.b))) {
    emitter_.move(inst.type, d, c);
    emitter_.emit(load_mul_add, subtracts ? 1 : 0, {d, value.a, value.b}, {}, {value.addend, value.imm});
    if (updates) note_product(before, inst, d, value);
    return true;
  }
  // The factor lies where the result goes, or the product comes first.
  const Place product_place = Place::in_slot(emitter_.take_scratch(1));
  emit_value(value, product_place);
  const Family& family = wide ? kFamBinaryF64 : kFamBinaryF32;
  emitter_.emit(family, selection_of(inst.op).op, {d, second ? c : product_place, second ? product_place : c});
  return true;
}

/// An operation with one operand in memory, where the load waits.
bool Encoder::encode_float_load_op(const ir::Inst& inst, bool wide) {
  if (!applies(Technique::Loads) || is_div(inst.op)) return false;
  const bool second = pending_of(inst.b, Pending::Load) != nullptr;
  if (!second && pending_of(inst.a, Pending::Load) == nullptr) return false;
  const FloatLoadOp op = is_add(inst.op)   ? FloatLoadOp::Add
                         : is_mul(inst.op) ? FloatLoadOp::Mul
                         : second          ? FloatLoadOp::Sub
                                           : FloatLoadOp::SubFrom;
  const Operand other = second ? inst.a : inst.b;
  if (other.is_constant()) return false;
  emit_load_op(inst, second ? inst.b : inst.a, use(other), wide ? kFamLoadOpF64 : kFamLoadOpF32, static_cast<unsigned>(op));
  return true;
}

}  // namespace umber::interp
