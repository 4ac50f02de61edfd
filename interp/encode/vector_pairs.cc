// Vector instructions that become one with the next: a load and the operation on what was loaded, an operation and the store of its result, a
// product and its sum, bytes that are moved twice. The first one is taken back and emitted again with what follows. That is only tried where
// its result is in the vector register alone (HeldVector), so that nobody else can want it.
#include "interp/encode/encoder.h"
#include "interp/vector_families.h"

namespace umber::interp {

namespace {

[[nodiscard]] wasm::Op binary_op(unsigned op) { return kVectorOps<VectorShape::Binary>[op]; }
/// By place in the list of binary operations: the place in kVectorMemoryOps, or -1.
constexpr auto kMemoryOps = [] {
  std::array<int8_t, kVectorOps<VectorShape::Binary>.size()> places{};
  for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int8_t>(index_in<kVectorMemoryOps>(kVectorOps<VectorShape::Binary>[i]));
  return places;
}();
[[nodiscard]] bool is_in_vector(const Place& place) { return place.number == Place::kNumberOfVector; }
[[nodiscard]] bool subtracts(wasm::Op op) {
  return op == wasm::Op::F32x4Sub || op == wasm::Op::F64x2Sub || op == wasm::Op::I16x8Sub || op == wasm::Op::I32x4Sub;
}

/// Moves bytes from narrow lanes to wide ones, with zeros between them. `bytes` of a narrow lane, 0 for other operations.
struct Extension {
  unsigned bytes = 0;
  unsigned first = 0;
};
[[nodiscard]] Extension extension_of(const Family* family, unsigned op) {
  if (family != &kFamVectorUnary) return {};
  switch (kVectorOps<VectorShape::Unary>[op]) {
    case wasm::Op::I16x8ExtendLowI8x16U: return {1, 0};
    case wasm::Op::I16x8ExtendHighI8x16U: return {1, 8};
    case wasm::Op::I32x4ExtendLowI16x8U: return {2, 0};
    case wasm::Op::I32x4ExtendHighI16x8U: return {2, 8};
    case wasm::Op::I64x2ExtendLowI32x4U: return {4, 0};
    case wasm::Op::I64x2ExtendHighI32x4U: return {4, 8};
    default: return {};
  }
}
constexpr uint8_t kZeroLane = 0xff;
/// Which byte an extension takes for its byte i.
[[nodiscard]] uint8_t lane_of(const Extension& extension, unsigned i) {
  const unsigned lane = i / (2 * extension.bytes), byte = i % (2 * extension.bytes);
  return byte < extension.bytes ? static_cast<uint8_t>(extension.first + lane * extension.bytes + byte) : kZeroLane;
}

}  // namespace

/// Joins an operation that reads the vector register to the instruction that wrote it, if they go together.
void Encoder::join_vectors(VectorInst& next) {
  if (join_extension(next) || next.family != &kFamVectorBinary) return;
  const unsigned taken = is_in_vector(next.places[1]) ? 1 : 2;
  if (!is_in_vector(next.places[taken]) || join_memory_operand(next, taken)) return;
  (void)join_product(next, taken);
}

/// A load and an operation on it.
bool Encoder::join_memory_operand(VectorInst& next, unsigned taken) {
  const Place other = next.places[3 - taken];
  const int op = kMemoryOps[next.op];
  if (op < 0 || !is_fused_memory() || !follows_vector(memory_->vectors->load)) return false;
  if (joined_.op != 0 || !joined_.places[1].is_reg() || !other.is_slot()) return false;
  take_back_vector();
  next = {taken == 1 ? &kFamVectorLoadOp : &kFamVectorOpLoad, static_cast<unsigned>(op), 3, {{}, joined_.places[1], other}, joined_.fields};
  return true;
}

/// A product, perhaps of something in memory, and its sum.
bool Encoder::join_product(VectorInst& next, unsigned taken) {
  const wasm::Op sum = binary_op(next.op);
  const Place other = next.places[3 - taken];
  const bool reversed = taken == 1 && subtracts(sum);
  if (follows_vector(kFamVectorBinary)) {
    const int row = index_of_product(binary_op(joined_.op), sum, reversed);
    Place a = joined_.places[1], b = joined_.places[2];
    if (is_in_vector(b)) std::swap(a, b);
    const Place places[] = {Place::in_slot(0), a, b, other};
    if (row < 0 || !Emitter::exists(kFamVectorProduct, static_cast<unsigned>(row), places)) return false;
    const PlainFields fields = b.is_imm() ? joined_.fields : next.fields;
    take_back_vector();
    next = {&kFamVectorProduct, static_cast<unsigned>(row), 4, {{}, a, b, other}, fields};
    return true;
  }
  if (!other.is_slot() || !(follows_vector(kFamVectorLoadOp) || follows_vector(kFamVectorOpLoad))) return false;
  const int row = index_of_product(kVectorMemoryOps[joined_.op], sum, reversed);
  if (row < 0 || row >= kLoadedProducts) return false;
  take_back_vector();
  next = {&kFamVectorLoadProduct, static_cast<unsigned>(row), 4, {{}, joined_.places[1], joined_.places[2], other}, joined_.fields};
  return true;
}

/// An extension of bytes that have just been moved is another way to move them.
bool Encoder::join_extension(VectorInst& next) {
  const Extension outer = extension_of(next.family, next.op);
  if (outer.bytes == 0 || !is_in_vector(next.places[1])) return false;
  const bool is_shuffle = follows_vector(kFamShuffle);
  const Extension inner = is_shuffle || !follows_vector(kFamVectorUnary) ? Extension{} : extension_of(joined_.family, joined_.op);
  if (!is_shuffle && inner.bytes == 0) return false;
  uint8_t lanes[16];
  for (unsigned i = 0; i < 16; ++i) {
    const uint8_t from = lane_of(outer, i);
    if (from == kZeroLane)
      lanes[i] = kZeroLane;
    else
      lanes[i] = is_shuffle ? static_cast<uint8_t>(joined_.fields.words[from / 4] >> (from % 4 * 8)) : lane_of(inner, from);
  }
  const Place a = joined_.places[1];
  const Place b = is_shuffle ? joined_.places[2] : Place::in_slot(a.slot);  // which no lane is from
  take_back_vector();
  next = {&kFamShuffle, 0, 3, {{}, a, b}, {}};
  for (unsigned i = 0; i < 4; ++i) next.fields.add_word(load_le<uint32_t>(lanes + 4 * i));
  return true;
}

/// A test of a vector and the branch on whether it is zero.
bool Encoder::branch_on_vector(const Condition& condition, bool back, uint32_t weight) {
  if (!follows(Last::VectorTest) || condition.family != &kFamBranchTruth || condition.test > 1 || !(condition.a == last_.place)) return false;
  const unsigned op = 2 * (2 * unsigned{last_.op} + condition.test) + (back ? 1 : 0);
  const Last test = take_back();
  PlainFields fields({}, {0});
  if (back) fields.add_word(weight);
  emitter_.emit_places(kFamVectorTestBranch, op, {test.place, test.from}, fields);
  return true;
}

/// An operation and the store of its result.
bool Encoder::join_vector_store(const ir::Inst& inst, const Address& address) {
  if (!is_fused_memory() || !address.base.is_reg() || !follows_vector(kFamVectorBinary)) return false;
  const Place a = joined_.places[1], b = joined_.places[2];
  const int op = kMemoryOps[joined_.op];
  if (op < 0 || a.is_imm() || b.is_imm()) return false;
  take_back_vector();
  mark(inst.offset);
  release(inst);
  emitter_.emit_places(kFamVectorOpStore, static_cast<unsigned>(op), {address.base, a, b}, PlainFields({}, {address.addend, inst.imm}));
  return true;
}

}  // namespace umber::interp
