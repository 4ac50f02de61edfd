// Instructions that have register forms: arithmetic, memory access, copies, globals, select.
#include <bit>

#include "decoder/ir/shape.h"
#include "interp/encode/encoder.h"
#include "interp/pair_families.h"

namespace umber::interp {

using ir::Type;

namespace {

constexpr unsigned kAdd32 = static_cast<unsigned>(index_in<kHotBinaryInt>(wasm::Op::I32Add));
constexpr unsigned kAdd64 = static_cast<unsigned>(index_in<kHotBinaryInt>(wasm::Op::I64Add));

[[nodiscard]] bool commutes(ir::Op op) {
  switch (op) {
    case ir::Op::I32Add:
    case ir::Op::I32Mul:
    case ir::Op::I32And:
    case ir::Op::I32Or:
    case ir::Op::I32Xor:
    case ir::Op::I64Add:
    case ir::Op::I64Mul:
    case ir::Op::I64And:
    case ir::Op::I64Or:
    case ir::Op::I64Xor: return true;
    default: return false;
  }
}
/// What join_ops looks at: rotations, and two of a kind.
[[nodiscard]] bool is_joined_op(ir::Op op) {
  return op == ir::Op::I32Xor || op == ir::Op::I32Or || op == ir::Op::I32Rotl || op == ir::Op::I64Rotl;
}
/// What such an operation, or a store, may be joined to.
[[nodiscard]] bool is_noted_op(ir::Op op) {
  return op == ir::Op::I32And || op == ir::Op::I32Or || op == ir::Op::I32Xor || op == ir::Op::I64Xor;
}
[[nodiscard]] int load_int_index(wasm::Op op, unsigned shift) { return index_in_list(kLoadIndexedInt, op, shift); }
[[nodiscard]] int load_float_index(wasm::Op op, unsigned shift) { return index_in_list(kLoadIndexedFloat, op, shift); }
[[nodiscard]] int store_int_index(wasm::Op op, unsigned shift) { return index_in_list(kStoreIndexedInt, op, shift); }
[[nodiscard]] int store_float_index(wasm::Op op, unsigned shift) { return index_in_list(kStoreIndexedFloat, op, shift); }

}  // namespace

/// Comparisons wait.
void Encoder::encode_compare_int(const ir::Inst& inst, unsigned op) {
  if (applies(Technique::Conditions) && (keep_compare_load(inst) || keep_pending(inst, Pending::CompareInt))) return;
  const Place a = use(inst.a), b = use(inst.b);
  release(inst);
  emit_compare_int(op, define(inst.dst, inst.type), a, b);
}

/// A shift by a constant waits for what uses it.
bool Encoder::keep_shift(const ir::Inst& inst) {
  if (!applies(Technique::Shifts)) return false;
  const bool wide = inst.op == ir::Op::I64Shl || inst.op == ir::Op::I64ShrU || inst.op == ir::Op::I64Rotl;
  if (!wide && inst.op != ir::Op::I32Shl && inst.op != ir::Op::I32ShrU && inst.op != ir::Op::I32Rotl) return false;
  if (!inst.b.is_constant() || inst.a.is_constant()) return false;
  const uint32_t count = static_cast<uint32_t>(constant(inst.b)) & (wide ? 63 : 31);
  if (count == 0 || !keep_pending(inst, Pending::Shift)) return false;
  pending_of(ir::Operand::slot(inst.dst))->imm = count;
  return true;
}

/// i32.add, i32.sub: what adds a constant is a sum as well.
void Encoder::encode_plus(const ir::Inst& inst, unsigned op) {
  const bool is_sum = inst.op == ir::Op::I32Add || inst.b.is_constant();
  if (registers_ && is_sum && applies(Technique::Sums)) return encode_sum(inst);
  encode_int(inst, kFamHotInt, op);
}

void Encoder::encode_int(const ir::Inst& inst, const Family& family, unsigned op) {
  if (registers_) {
    if (pending_count_ != 0 && (encode_load_op(inst) || encode_field(inst) || encode_shifted(inst))) return;
    if (last_.kind == Last::Op && is_joined_op(inst.op) && join_ops(inst)) return;
    if (keep_shift(inst)) return;
    const bool is_and = inst.op == ir::Op::I32And || (inst.op == ir::Op::I64And && !kIsCompact);
    if (is_and && applies(Technique::Conditions) && is_tested_next(inst.dst) && keep_pending(inst, Pending::Mask)) {
      pending_of(ir::Operand::slot(inst.dst))->wide = inst.op == ir::Op::I64And;
      return;
    }
    if (is_and && pending_count_ != 0 && encode_masked_sum(inst)) return;
  }
  Place a = use(inst.a);
  Place b = use(inst.b);
  if (inst.op == ir::Op::I64And && (a.is_imm() || b.is_imm()) && (a.is_imm() ? a : b).bits == UINT32_MAX) {
    release(inst);
    const unsigned extend = static_cast<unsigned>(index_in<kUnaryInt>(wasm::Op::I64ExtendI32U));
    return emitter_.emit(kIsCompact ? kFamUnaryInt : kFamMoveI32, kIsCompact ? extend : 0,
                         {define(inst.dst, inst.type), a.is_imm() ? b : a});  // the low half
  }
  if (commutes(inst.op) && order_of(a) > order_of(b)) std::swap(a, b);
  if ((inst.op == ir::Op::I32Sub || inst.op == ir::Op::I64Sub) && b.is_imm()) {  // x - c is x + -c
    const bool wide = inst.op == ir::Op::I64Sub;
    b = Place::imm(wide ? 0 - b.bits : static_cast<uint32_t>(0 - b.bits));
    op = wide ? kAdd64 : kAdd32;
  }
  release(inst);
  const Place d = define(inst.dst, inst.type);
  const bool constant_first = a.is_imm() && !b.is_imm() && !kIsCompact;
  const int reversed = constant_first ? place_in<kReversedInt>(inst.op) : -1;
  const bool narrow = ir::shape_of(inst.op).operands[0] == 'i';
  if (reversed >= 0 && (narrow || fits_signed(a.bits)))
    return emitter_.emit(kFamReversedInt, static_cast<unsigned>(reversed), {d, b}, {}, {static_cast<uint32_t>(a.bits)});
  const uint32_t start = emitter_.position();
  emitter_.emit(family, op, {d, a, b});
  if (is_noted_op(inst.op) && is_worth_a_note(inst.dst)) note_op(start, d, a, b, family, op);
}

void Encoder::encode_float(const ir::Inst& inst, const Family& family, unsigned op) {
  const bool compares = &family == &kFamCompareF32 || &family == &kFamCompareF64;
  if (compares && !kIsCompact && applies(Technique::Conditions) && keep_pending(inst, Pending::CompareFloat)) {
    pending_of(ir::Operand::slot(inst.dst))->wide = &family == &kFamCompareF64;
    return;
  }
  if (!compares && registers_ && encode_fused_float(inst)) return;
  Place a = use(inst.a);
  Place b = use(inst.b);
  const bool commutes = op == 0 || op == 2;  // add, mul
  if (!compares && commutes && a.is_imm()) std::swap(a, b);
  release(inst);
  const Place d = define(inst.dst, inst.type);
  const uint32_t start = emitter_.position();
  emitter_.emit(family, op, {d, a, b});
  if (!compares && is_worth_a_note(inst.dst)) note_op(start, d, a, b, family, op);
}

void Encoder::encode_unary(const ir::Inst& inst, const Family& family, unsigned op) {
  if (applies(Technique::Conditions) && (inst.op == ir::Op::I32Eqz || inst.op == ir::Op::I64Eqz)) {
    const bool wide = inst.op == ir::Op::I64Eqz;
    Pending* operand = pending_of(inst.a, Pending::Mask);
    if (!wide && operand == nullptr) operand = pending_of(inst.a);
    if (operand != nullptr && operand->kind == Pending::Load && is_tested_next(inst.dst) &&
        (operand->op == ir::Op::I32Load || operand->op == ir::Op::I32Load8U)) {
      operand->kind = Pending::CompareLoad;
      operand->narrow = operand->op == ir::Op::I32Load8U;
      operand->test = 1;  // is not
      operand->a = operand->b;
      operand->b = Place::imm(0);
    }
    if (operand != nullptr && operand->kind >= Pending::CompareInt && is_temporary(inst.dst) && !plan_.to_slot(index_) &&
        (!operand->exposed_for(inst.dst) || is_consumed_next(inst.dst))) {
      // The opposite of what waits: the same Pending under a new name.
      Pending opposite = *operand;
      operand->held = 0;
      discard(*operand);
      opposite.exposed = opposite.exposed_for(inst.dst);
      opposite.in_own &= opposite.dst == inst.dst;
      opposite.negated = !opposite.negated;
      opposite.truth = true;
      opposite.type = Type::I32;
      opposite.dst = inst.dst;
      release(inst.a);
      add_pending(opposite);
      return;
    }
    if ((operand == nullptr || operand->kind < Pending::CompareInt) && keep_pending(inst, Pending::Truth)) {
      Pending* truth = pending_of(ir::Operand::slot(inst.dst));
      truth->wide = wide;
      truth->negated = true;
      return;
    }
  }
  const Place a = use(inst.a);
  release(inst.a);
  emitter_.emit(family, op, {define(inst.dst, inst.type), a});
}

// ---- memory --------------------------------------------------------------------------------------------------------

/// Memory 0 with 32-bit addresses and an offset that fits its field: what the fast families are for.
bool Encoder::is_plain_access(const ir::Inst& inst) const {
  const bool has_room = !kIsCompact || inst.imm <= UINT16_MAX;
  return inst.aux == 0 && !has_64bit_address(inst) && has_room;
}
bool Encoder::has_64bit_address(const ir::Inst& inst) const { return function_->module->memories[inst.aux].type.limits.is_64; }

void Encoder::emit_access(const Family& family, unsigned op, const Place (&places)[2], const Address& address,
                          uint32_t offset) {
  if constexpr (kIsCompact) {  // the offset is a ShortWord
    if (address.has_addend) return emitter_.emit(family, op, places, {offset}, {address.addend});
    return emitter_.emit(family, op, places, {offset});
  }
  if (address.has_addend) return emitter_.emit(family, op, places, {}, {address.addend, offset});
  emitter_.emit(family, op, places, {}, {offset});
}

/// The address operand, taken apart where it is a sum that the access can compute itself. `index_of` says which scales its family
/// with an index has.
Encoder::Address Encoder::address_of(const ir::Inst& inst, int (*index_of)(wasm::Op op, unsigned shift)) {
  Address address;
  const Pending* pending = pending_of(inst.a);
  if (pending == nullptr) {
    address.base = use(inst.a);
    return address;
  }
  const bool indexed = pending != nullptr && pending->b.kind != Place::None;
  const auto op = detail::same_access(ir::wasm_op_of(inst.op));
  const bool has_indices = is_fused_memory() && applies(Technique::Indices);
  if (pending->kind == Pending::Shift && has_indices && pending->op == ir::Op::I32Shl && index_of(op, pending->imm) >= 0) {
    address.index = pending->a;
    address.shift = static_cast<uint8_t>(pending->imm);
    return address;
  }
  if (pending->kind != Pending::Linear || (indexed && (!has_indices || index_of(op, pending->shift) < 0))) {
    address.base = use(inst.a);
    return address;
  }
  address.base = pending->a;  // none: a scaled term and a constant
  address.addend = pending->imm;
  address.has_addend = pending->imm != 0;
  if (!indexed) return address;
  address.index = pending->b;
  address.shift = pending->shift;
  if (address.shift == 0 && order_of(address.base) > order_of(address.index)) std::swap(address.base, address.index);
  return address;
}

/// A load from an address, or its sum with a constant, waits for an operation that takes an operand in memory.
bool Encoder::keep_load(const ir::Inst& inst, const Address& address) {
  const ir::Op op = inst.op;
  if (!applies(Technique::Loads)) return false;
  const unsigned foldable = unsigned{op == ir::Op::I32Load} | unsigned{op == ir::Op::I64Load} | unsigned{op == ir::Op::F32Load} |
                            unsigned{op == ir::Op::F64Load} | unsigned{op == ir::Op::I32Load8U};
  // One question instead of five, each of which is a guess.
  const unsigned obstacles = (foldable ^ 1) | unsigned{!is_fused_memory()} | unsigned{!can_wait(inst)} |
                             unsigned{address.index.kind != Place::None} | unsigned{address.base.is_imm()};
  if (obstacles != 0) return false;
  const Pending* const sum = pending_of(inst.a);
  if (sum != nullptr && sum->kind != Pending::Linear) return false;
  Pending load = new_pending(inst, Pending::Load);
  load.b = address.base;
  load.imm = inst.imm;
  load.addend = address.addend;
  load.exposed = sum != nullptr ? sum->exposed_for(inst.dst) : is_exposed(inst.a, address.base, inst.dst);
  if (load.exposed && !is_consumed_next(inst.dst)) return false;
  if (sum != nullptr)
    absorb(load, inst.a);
  else
    hold(load, inst.a, address.base);
  add_pending(load);
  return true;
}

void Encoder::encode_load(const ir::Inst& inst, Selection selection) {
  if (!is_plain_access(inst)) return encode_access(inst, has_64bit_address(inst) ? kFamMemory64 : kFamGenericMemory);
  const bool is_int = selection.way == Way::LoadInt;
  if (is_draft()) {  // where no sum or load waits
    const Place base = use(inst.a);
    release(inst.a);
    const Family& family = is_int ? *memory_->load_int : *memory_->load_float;
    return emit_access(family, selection.op, {define(inst.dst, inst.type), base}, {}, inst.imm);
  }
  const Address address = address_of(inst, is_int ? load_int_index : load_float_index);
  if (keep_load(inst, address)) return;
  const uint32_t held = address.index.kind != Place::None ? pending_of(inst.a)->held : 0;
  release(inst.a);
  const Place d = define(inst.dst, inst.type);
  if (applies(Technique::Indices) && address.index.kind != Place::None) {
    const auto op = detail::same_access(ir::wasm_op_of(inst.op));
    const auto index = static_cast<unsigned>((is_int ? load_int_index : load_float_index)(op, address.shift));
    if (join_byte_index(inst, d, address, held)) return;
    if (address.base.kind == Place::None)
      return emitter_.emit(is_int ? kFamLoadScaledInt : kFamLoadScaledFloat, index, {d, address.index}, {},
                           {address.addend, inst.imm});
    const uint32_t start = emitter_.position();
    emitter_.emit(is_int ? kFamLoadIndexedInt : kFamLoadIndexedFloat, index, {d, address.base, address.index}, {}, {address.addend, inst.imm});
    return is_int ? note_element(start, inst, d, address) : void();
  }
  const Family* const plus = is_int ? memory_->load_int_plus : memory_->load_float_plus;
  const Family* const plain = is_int ? memory_->load_int : memory_->load_float;
  if (!address.has_addend && may_take_back() && join_load(inst.op, inst.imm, d, address.base, is_temporary(inst.a), inst.offset)) return;
  const uint32_t start = emitter_.position();
  emit_access(address.has_addend ? *plus : *plain, selection.op, {d, address.base}, address, inst.imm);
  if (!is_int || address.has_addend) return;
  const ir::Inst* const next = following();
  if (next != nullptr && (next->a == ir::Operand::slot(inst.dst) || next->op == ir::Op::Return)) note_load(start, d, address.base, selection.op, inst.imm);
}

void Encoder::encode_store(const ir::Inst& inst, Selection selection) {
  if (!is_plain_access(inst)) return encode_access(inst, has_64bit_address(inst) ? kFamMemory64 : kFamGenericMemory);
  const bool is_fresh = !is_draft() && (last_.end == emitter_.position() || pending_of(inst.b) != nullptr);
  if (is_fresh && is_temporary(inst.b) && encode_joined_store(inst)) return;
  const bool is_int = selection.way == Way::StoreInt;
  Place value = use(inst.b);
  if (!is_int && value.is_imm()) value = Place::in_slot(emitter_.slot_of(inst.type, value));
  const Address address = address_of(inst, is_int ? store_int_index : store_float_index);
  release(inst);
  if (applies(Technique::Indices) && address.index.kind != Place::None) {
    const auto op = detail::same_access(ir::wasm_op_of(inst.op));
    const auto index = static_cast<unsigned>((is_int ? store_int_index : store_float_index)(op, address.shift));
    if (address.base.kind == Place::None)
      return emitter_.emit(is_int ? kFamStoreScaledInt : kFamStoreScaledFloat, index, {address.index, value}, {},
                           {address.addend, inst.imm});
    return emitter_.emit(is_int ? kFamStoreIndexedInt : kFamStoreIndexedFloat, index,
                         {address.base, address.index, value}, {}, {address.addend, inst.imm});
  }
  const Family* const plus = is_int ? memory_->store_int_plus : memory_->store_float_plus;
  const Family* const plain = is_int ? memory_->store_int : memory_->store_float;
  emit_access(address.has_addend ? *plus : *plain, selection.op, {address.base, value}, address, inst.imm);
}

// ---- copies, globals, select ---------------------------------------------------------------------------------------

void Encoder::encode_copy(const ir::Inst& inst) {
  if (inst.type == Type::V128) {
    const Place from = use(inst.a);
    const uint64_t high = inst.a.is_constant() ? function_->constants[inst.a.constant_idx() + 1] : 0;
    release(inst.a);
    emitter_.copy_vector(define_slot(inst.dst, inst.type), from, high);
    return;
  }
  const Place from = use(inst.a);
  release(inst.a);
  emit_copy(inst.type, define(inst.dst, inst.type), from);
}

void Encoder::encode_select(const ir::Inst& inst) {
  if (inst.type == Type::V128) {
    const uint32_t a = use_slot(inst.a, inst.type), b = use_slot(inst.b, inst.type), c = use_slot(inst.c, Type::I32);
    release(inst);
    emitter_.emit(Single::SelectVector, {define_slot(inst.dst, inst.type), a, b, c});
    return;
  }
  Place a = use(inst.a), b = use(inst.b), c = use(inst.c);
  const bool is_float = class_of(inst.type) == RegClass::Float;
  const bool wide = inst.type != Type::I32;
  for (Place* place : {&a, &b, &c})
    if (place->is_imm() && (is_float || place == &c || !fits_immediate(place->bits, wide)))
      *place = Place::in_slot(emitter_.slot_of(place == &c ? Type::I32 : inst.type, *place));
  release(inst);
  const bool has_width = !is_float && (kIsCompact || a.is_imm() || b.is_imm());
  emitter_.emit(is_float ? kFamSelectFloat : kFamSelectInt, has_width && wide ? 1 : 0, {define(inst.dst, inst.type), a, b, c});
}

/// The stack pointer's ways: a prologue makes it smaller and keeps the sum, an epilogue sets it to a sum.
bool Encoder::encode_global_sum(const ir::Inst& inst, uint32_t cell) {
  if (!applies(Technique::Pairs) || !registers_ || inst.type != Type::I32) return false;
  const Pending* sum = pending_of(inst.a, Pending::Linear);
  if (sum != nullptr && sum->b.kind == Place::None) {
    const Place a = sum->a;
    const uint32_t addend = sum->imm;
    Pending held;
    absorb(held, inst.a);
    free_held(held.held);
    release(inst.a);
    emitter_.emit(kFamGlobalSetSum, 0, {a}, {}, {addend, cell});
    return true;
  }
  if (sum != nullptr || !follows(Last::GlobalSum) || last_.imm != cell || !(use(inst.a) == last_.place)) return false;
  const Last get = take_back();
  release(inst.a);
  emitter_.emit(kFamGlobalSum, 1, {get.place}, {}, {cell, get.addend});
  return true;
}

void Encoder::encode_global(const ir::Inst& inst) {
  const uint32_t imported = function_->module->imported_globals;
  const bool gets = inst.op == ir::Op::GlobalGet;
  if (inst.type == Type::V128 || inst.aux < imported) {
    if (gets) {
      emitter_.emit(Single::GlobalGetFar, {define_slot(inst.dst, inst.type), slots_of(inst.type)}, {inst.aux});
      return finish_slot(inst.dst, inst.type);
    }
    const uint32_t slot = inst.type == Type::V128 ? use_slot(inst.a, inst.type) : use_wide_slot(inst.a, inst.type);
    release(inst.a);
    return emitter_.emit(Single::GlobalSetFar, {slot, slots_of(inst.type)}, {inst.aux});
  }
  const auto cell = static_cast<uint32_t>(sizeof(VmContext) + (inst.aux - imported) * sizeof(GlobalCell));
  const bool is_float = class_of(inst.type) == RegClass::Float;
  const unsigned op = inst.type == Type::I32 || inst.type == Type::F32 ? 0 : 1;
  if (gets) {
    const Place d = define(inst.dst, inst.type);
    emitter_.emit(is_float ? kFamGlobalGetFloat : kFamGlobalGet, op, {d}, {}, {cell});
    if (inst.type == Type::I32 && is_temporary(inst.dst))
      last_ = {Last::GlobalGet, emitter_.last_start(), emitter_.position(), d, cell, 0, {}, {}};
    return;
  }
  if (encode_global_sum(inst, cell)) return;
  Place value = use(inst.a);
  if (value.is_imm() && is_float) value = Place::in_slot(emitter_.slot_of(inst.type, value));
  release(inst.a);
  emitter_.emit(is_float ? kFamGlobalSetFloat : kFamGlobalSet, op, {value}, {}, {cell});
}

}  // namespace umber::interp
