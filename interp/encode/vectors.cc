// Vector instructions. A vector has no place in the register file: the one vector register holds whatever was computed last, so the
// encoder only has to remember whose value that is. It reads an operand from there where it can, and leaves the store to the slot out
// where the next instruction is the only one to read the value.
#include "decoder/ir/shape.h"
#include "interp/encode/encoder.h"
#include "interp/vector_families.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {

[[nodiscard]] const Family& family_of(Way way) {
  static constexpr const Family* kFamilies[] = {
      &kFamVectorUnary, &kFamVectorBinary, &kFamVectorTernary, &kFamVectorShift, &kFamShuffle,    &kFamSplatInt,
      &kFamSplatFloat,  &kFamVectorTest,   &kFamExtractInt,    &kFamExtractFloat, &kFamReplaceInt, &kFamReplaceFloat,
  };
  return *kFamilies[static_cast<unsigned>(way) - static_cast<unsigned>(Way::VectorUnary)];
}
/// No access of vectors scales its index.
[[nodiscard]] int vector_index(wasm::Op op, unsigned shift) {
  return shift != 0 ? -1 : op == wasm::Op::V128Store ? 0 : index_in<kIndexedVectorLoads>(op);
}

[[nodiscard]] bool is_vector_imm(const Place& place) { return place.number == Place::kNumberOfVectorImm; }
[[nodiscard]] bool is_in_vector(const Place& place) { return place.number == Place::kNumberOfVector; }
/// The order of a commutative operation's operands: register, slot, constant.
[[nodiscard]] unsigned order_in_vector(const Place& place) { return is_in_vector(place) ? 0 : is_vector_imm(place) ? 2 : 1; }

}  // namespace

/// Where a vector operand is: a slot, the vector register, or in the instruction.
Place Encoder::use_vector(Operand operand) {
  if (!operand.is_slot()) return Place::vector_imm();
  const Place place = use(operand);
  return place.slot == vector_.slot ? Place::in_vector(place.slot) : place;
}

/// Whether the next instruction takes the vector of a temporary from the register, and nothing else ever reads it.
bool Encoder::is_taken_next(uint32_t slot) const {
  const ir::Inst* const next = following();
  if (!is_temporary(slot) || next == nullptr || index_ + 1 >= region_end_ || (next->flags & ir::kKeepsOperands) != 0) return false;
  const Operand value = Operand::slot(slot);
  const Way way = selection_of(next->op).way;
  if (is_vector_way(way)) return next->a == value || next->b == value || next->c == value;
  const bool stores = way == Way::VectorStore || way == Way::VectorLoadLane || way == Way::VectorStoreLane;
  return stores && next->b == value && is_plain_access(*next);
}

/// Where a vector goes. The operands must be released.
Place Encoder::define_vector(const ir::Inst& inst) {
  const uint32_t slot = define_slot(inst.dst, Type::V128);
  if (!registers_ || kVectorRegs == 0) return Place::in_slot(slot);
  vector_ = {slot, !is_taken_next(inst.dst)};
  return vector_.is_stored ? Place::in_slot(slot) : Place::in_vector(slot);
}

/// A vector operation as it is emitted, which may be another one than it was in the IR.
struct Encoder::VectorOperation {
  const Family* family;
  unsigned op;
  unsigned count;
  Operand operands[3];
};

/// A choice between bits and zeros is a conjunction.
Encoder::VectorOperation Encoder::vector_operation(const ir::Inst& inst, Selection selection) const {
  const unsigned count = ir::shape_of(inst.op).operand_count - (selection.way == Way::Shuffle ? 1u : 0u);
  const VectorOperation plain = {&family_of(selection.way), selection.op, count, {inst.a, inst.b, inst.c}};
  if (inst.op != ir::Op::V128Bitselect) return plain;
  const auto is_zero = [&](Operand operand) {
    return operand.is_constant() && (constant(operand) | function_->constants[operand.constant_idx() + 1]) == 0;
  };
  if (is_zero(inst.b)) return {&kFamVectorBinary, selection_of(ir::Op::V128And).op, 2, {inst.a, inst.c, {}}};
  if (is_zero(inst.a)) return {&kFamVectorBinary, selection_of(ir::Op::V128Andnot).op, 2, {inst.b, inst.c, {}}};
  return plain;
}

void Encoder::encode_vector(const ir::Inst& inst, Selection selection) {
  if (family_of(selection.way).table == nullptr) return encode_unsupported(inst);
  VectorOperation operation = vector_operation(inst, selection);
  VectorInst vector = {operation.family, operation.op, operation.count + 1, {Place::in_slot(0)}, {}};  // a result goes to either place
  Place(&places)[4] = vector.places;
  for (unsigned i = 0; i < operation.count; ++i)
    places[i + 1] = vector.family->shape[i + 1] == 'v' ? use_vector(operation.operands[i]) : use(operation.operands[i]);
  if (selection.way == Way::Shuffle) drop_unused(inst.c, places);
  if (vector.family == &kFamVectorBinary && order_in_vector(places[1]) > order_in_vector(places[2]) &&
      commutes_in_lanes(kVectorOps<VectorShape::Binary>[operation.op])) {
    std::swap(places[1], places[2]);
    std::swap(operation.operands[0], operation.operands[1]);
  }
  fit_vectors(operation, places);
  if (ir::shape_of(inst.op).has_lane) vector.fields.add_half(inst.lane);
  if (selection.way == Way::Shuffle) add_vector(vector.fields, inst.c);
  for (unsigned i = 0; i < operation.count; ++i)
    if (is_vector_imm(places[i + 1])) add_vector(vector.fields, operation.operands[i]);
  if (kVectorRegs != 0 && !vector_.is_stored) join_vectors(vector);
  release(inst);
  emit_vector(vector, inst);
}

/// The result's place, and the instruction.
void Encoder::emit_vector(VectorInst& vector, const ir::Inst& inst) {
  const bool is_vector = inst.type == Type::V128;
  Place(&places)[4] = vector.places;
  places[0] = is_vector ? define_vector(inst) : define(inst.dst, inst.type);
  vector.start = emitter_.position();
  switch (vector.count) {
    case 2: emitter_.emit_places(*vector.family, vector.op, {places[0], places[1]}, vector.fields); break;
    case 3: emitter_.emit_places(*vector.family, vector.op, {places[0], places[1], places[2]}, vector.fields); break;
    default: emitter_.emit_places(*vector.family, vector.op, places, vector.fields); break;
  }
  vector.end = emitter_.position();
  if (vector.family == &kFamVectorTest && places[0].is_reg())
    last_ = {Last::VectorTest, vector.start, vector.end, places[0], 0, 0, places[1], {}, static_cast<uint8_t>(vector.op)};
  if (kVectorRegs != 0 && is_vector && !vector_.is_stored) joined_ = vector;
}

/// A shuffle that takes all bytes from one operand need not have the other, which is often a constant: any slot will do.
void Encoder::drop_unused(Operand lanes, Place (&places)[4]) const {
  constexpr uint64_t kSecond = 0x1010'1010'1010'1010;
  const uint64_t low = constant(lanes), high = function_->constants[lanes.constant_idx() + 1];
  if (((low | high) & kSecond) == 0 && !is_vector_imm(places[1])) places[2] = Place::in_slot(places[1].slot);
  if ((low & high & kSecond) == kSecond && !is_vector_imm(places[2])) places[1] = Place::in_slot(places[2].slot);
}

/// Moves constants to slots if there is no handler for them there, and reads from the slot what is in the register but once.
void Encoder::fit_vectors(const VectorOperation& operation, Place (&places)[4]) {
  const Family& family = *operation.family;
  bool is_seen = false;
  bool has_constant = false;
  for (unsigned i = 1; i <= operation.count; ++i) {
    if (is_in_vector(places[i]) && is_seen) places[i] = Place::in_slot(places[i].slot);
    is_seen |= is_in_vector(places[i]);
    has_constant |= is_vector_imm(places[i]);
  }
  if (!has_constant || Emitter::exists(family, operation.op, {places, operation.count + size_t{1}})) return;
  for (unsigned i = 0; i < operation.count; ++i)
    if (is_vector_imm(places[i + 1])) places[i + 1] = Place::in_slot(use_slot(operation.operands[i], Type::V128));
}

/// A constant's four words.
void Encoder::add_vector(PlainFields& fields, Operand operand) const {
  for (unsigned i = 0; i < 2; ++i) {
    const uint64_t half = function_->constants[operand.constant_idx() + i];
    fields.add_word(static_cast<uint32_t>(half));
    fields.add_word(static_cast<uint32_t>(half >> 32));
  }
}

/// Loads and stores of memory 0; others have all operands in slots.
void Encoder::encode_vector_access(const ir::Inst& inst, Selection selection) {
  const VectorAccesses& families = *memory_->vectors;
  const Way way = selection.way;
  const Family& family = way == Way::VectorLoad       ? families.load
                         : way == Way::VectorStore    ? families.store
                         : way == Way::VectorLoadLane ? families.load_lane
                                                      : families.store_lane;
  if (!is_plain_access(inst) || family.table == nullptr)
    return encode_access(inst, has_64bit_address(inst) ? kFamVectorMemory64 : kFamAnyVector);
  Place value;
  if (way != Way::VectorLoad) {
    value = use_vector(inst.b);
    if (is_vector_imm(value)) value = Place::in_slot(use_slot(inst.b, Type::V128));
  }
  Address address;
  if (kIsCompact || !joins_)
    address.base = use(inst.a);
  else
    address = address_of(inst, vector_index);
  if (address.base.is_imm()) address.base = Place::in_slot(emitter_.slot_of(Type::I32, address.base));
  if (!kIsCompact && address.index.kind != Place::None) return encode_indexed_vector(inst, value, address);
  if (kVectorRegs != 0 && way == Way::VectorStore && is_in_vector(value) && join_vector_store(inst, address)) return;
  VectorInst vector = {&family, selection.op, 2, {}, {}};
  if (way == Way::VectorLoadLane || way == Way::VectorStoreLane) vector.fields.add_half(inst.lane);
  if (!kIsCompact) vector.fields.add_word(address.addend);
  vector.fields.add_word(inst.imm);
  release(inst);
  if (way == Way::VectorStore || way == Way::VectorStoreLane)
    return emitter_.emit_places(family, selection.op, {address.base, value}, vector.fields);
  vector.places[1] = address.base;
  if (way == Way::VectorLoadLane) vector.places[vector.count++] = value;
  emit_vector(vector, inst);
}

/// A load or store at the sum of two operands.
void Encoder::encode_indexed_vector(const ir::Inst& inst, const Place& value, Address address) {
  if (address.index.is_imm()) address.index = Place::in_slot(emitter_.slot_of(Type::I32, address.index));
  if (order_of(address.base) > order_of(address.index)) std::swap(address.base, address.index);
  const PlainFields fields({}, {address.addend, inst.imm});
  release(inst);
  if (inst.op == ir::Op::V128Store)
    return emitter_.emit_places(kFamVectorStoreIndexed, 0, {address.base, address.index, value}, fields);
  const auto op = static_cast<unsigned>(index_in<kIndexedVectorLoads>(ir::wasm_op_of(inst.op)));
  VectorInst vector = {&kFamVectorLoadIndexed, op, 3, {{}, address.base, address.index}, fields};
  emit_vector(vector, inst);
}

}  // namespace umber::interp
