// Two instructions in one, as in pairs.cc, where the handler accesses memory more than once or makes an address on the way. A trap
// names the access that it comes from, so each has its place in the Wasm code.
#include "interp/encode/encoder.h"
#include "interp/pair_families.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

void Encoder::mark_second(uint32_t offset) {
  if (probe_ != kNone && emitter_.last_start() + kSecondAccess <= probe_) probe_offset_ = offset;
}

// ---- loads -------------------------------------------------------------------------------------------------------------

/// dst = memory[base + offset] by a load `op`, the Wasm instruction at `at`, with what came just before, if that made the base: a sum, or
/// a load that nothing but this one reads (`is_last_use`).
bool Encoder::join_load(ir::Op op, uint32_t offset, const Place& dst, const Place& base, bool is_last_use, uint32_t at) {
  if (!(base == last_.place) || !is_fused_memory()) return false;
  const Selection selection = selection_of(op);
  const bool is_int = selection.way == Way::LoadInt;
  if (follows(Last::Load)) {
    const int chained = is_int ? index_in<kChainedLoads>(kLoadInt[selection.op]) : -1;
    if (chained < 0 || !is_last_use || kLoadInt[last_.op] != wasm::Op::I32Load) return false;
    const Last load = take_back();
    emitter_.emit(kFamLoadLoad, static_cast<unsigned>(chained), {dst, load.from}, {}, {load.imm, offset});
    mark_second(at);
    return true;
  }
  if (!follows(Last::Sum) && !follows(Last::Increment)) return false;
  const int index = is_int ? index_in<kSumLoadsInt>(kLoadInt[selection.op]) : index_in<kSumLoadsFloat>(kLoadFloat[selection.op]);
  if (index < 0) return false;
  const Last sum = take_back();
  mark(at);
  emitter_.emit(is_int ? kFamSumLoadInt : kFamSumLoadFloat, static_cast<unsigned>(index), {dst, sum.place, sum.from}, {}, {sum.imm, offset});
  return true;
}

/// A load whose index is a byte that was loaded just before for it alone: its register is among those held for the address, or it lies in
/// a temporary's slot.
bool Encoder::join_byte_index(const ir::Inst& inst, const Place& dst, const Address& address, uint32_t held) {
  if (!follows(Last::Load) || !(address.index == last_.place) || address.base == last_.place) return false;
  const int index = index_in_list(kByteIndexed, detail::same_access(ir::wasm_op_of(inst.op)), address.shift);
  const Place& byte = address.index;
  const bool is_alone = byte.is_reg() ? (held >> byte.number & 1) != 0 : byte.slot >= physical(local_slots_);
  if (index < 0 || kLoadInt[last_.op] != wasm::Op::I32Load8U || !is_alone) return false;
  const Last load = take_back();
  const auto op = static_cast<unsigned>(index);
  if (address.base.kind == Place::None)
    emitter_.emit(kFamLoadByByte, op, {dst, load.from}, {}, {load.imm, address.addend, inst.imm});
  else
    emitter_.emit(kFamLoadByByteIn, op, {dst, address.base, load.from}, {}, {load.imm, address.addend, inst.imm});
  mark_second(inst.offset);
  return true;
}

/// The last instruction loaded, for a temporary, what lies at an address with an index.
void Encoder::note_element(uint32_t start, const ir::Inst& inst, const Place& dst, const Address& address) {
  const int access = index_in_list(kBranchedElements, detail::same_access(ir::wasm_op_of(inst.op)), address.shift);
  if (access < 0 || !is_worth_a_note(inst.dst)) return;
  last_ = {Last::Element, start, emitter_.position(), dst, inst.imm, address.addend, address.base, {{}, address.index}};
  last_.op = static_cast<uint8_t>(access);
}

namespace {

/// The place in kFamCopyMemory of a load whose value the store writes as it is; -1: there is none.
[[nodiscard]] int copied_width(ir::Op load, ir::Op store) {
  switch (load) {
    case ir::Op::I32Load8U: return store == ir::Op::I32Store8 ? 0 : -1;
    case ir::Op::I32Load: return store == ir::Op::I32Store ? 1 : -1;
    case ir::Op::F32Load: return store == ir::Op::F32Store ? 1 : -1;
    case ir::Op::I64Load: return store == ir::Op::I64Store ? 2 : -1;
    case ir::Op::F64Load: return store == ir::Op::F64Store ? 2 : -1;
    default: return -1;
  }
}

}  // namespace

/// memory[base + addend …] = memory[…], where the load waits.
bool Encoder::encode_memory_copy(const ir::Inst& inst, const Place& base, uint32_t addend) {
  const Pending* const load = pending_of(inst.b, Pending::Load);
  const int width = load != nullptr ? copied_width(load->op, inst.op) : -1;
  if (width < 0) return false;
  const Pending value = *load;
  Pending held;
  absorb(held, inst.b);
  free_held(held.held);
  release(inst);
  mark(value.offset);
  emitter_.emit(kFamCopyMemory, static_cast<unsigned>(width), {value.b, base}, {}, {value.addend, value.imm, addend, inst.imm});
  mark_second(inst.offset);
  return true;
}

// ---- products of floats ------------------------------------------------------------------------------------------------

/// The last instruction loaded a float for a temporary.
void Encoder::note_float_load(uint32_t start, const Place& dst, const Pending& load) {
  last_ = {Last::FloatLoad, start, emitter_.position(), dst, load.imm, load.addend, load.b, {}};
}

/// The last instructions are the load `load` and the sum, or difference, of what it read and a product: `inst`.
void Encoder::note_product(const Last& load, const ir::Inst& inst, const Place& dst, const Pending& product) {
  const bool wide = inst.type == Type::F64, loads = product.kind == Pending::MulLoad;
  const bool subtracts = inst.op == ir::Op::F32Sub || inst.op == ir::Op::F64Sub;
  last_ = {Last::Product, load.start, emitter_.position(), dst, product.imm, product.addend, product.a, {{}, product.b}};
  last_.op = subtracts ? 1 : 0;
  last_.family = loads ? (wide ? &kFamUpdateLoadedProductF64 : &kFamUpdateLoadedProductF32)
                       : (wide ? &kFamUpdateProductF64 : &kFamUpdateProductF32);
  last_.target.base = load.from;
  last_.target.addend = load.addend;
  last_.target.offset = load.imm;
  last_.target.second_at = product.offset;
}

/// sum + a * m, where a was loaded just before: both factors in memory.
bool Encoder::encode_dot(const ir::Inst& inst, const Place& dst, const Place& sum, const Pending& product) {
  if (!follows(Last::FloatLoad) || !(last_.place == product.a)) return false;
  if (!(dst == sum) && (dst == last_.from || dst == product.b)) return false;
  const unsigned op = inst.op == ir::Op::F32Sub || inst.op == ir::Op::F64Sub ? 1 : 0;
  const Family& family = inst.type == Type::F64 ? kFamDotAddF64 : kFamDotAddF32;
  const Place places[] = {dst, last_.from, product.b};
  if (!emitter_.exists(family, op, places)) return false;
  const Last load = take_back();
  emitter_.move(inst.type, dst, sum);
  emitter_.emit(family, op, places, {}, {load.addend, load.imm, product.addend, product.imm});
  mark_second(product.offset);
  return true;
}

/// memory[…] = memory[…] + a * b: written back where it was read.
bool Encoder::encode_stored_product(const ir::Inst& inst, const Place& base, uint32_t addend) {
  if (!follows(Last::Product) || !(last_.target.base == base)) return false;
  if (last_.target.addend != addend || last_.target.offset != inst.imm) return false;
  const bool loads = last_.family == &kFamUpdateLoadedProductF64 || last_.family == &kFamUpdateLoadedProductF32;
  const bool wide = last_.family == &kFamUpdateLoadedProductF64 || last_.family == &kFamUpdateProductF64;
  const Place places[] = {last_.from, last_.second.from, base};
  if (inst.op != (wide ? ir::Op::F64Store : ir::Op::F32Store) || !emitter_.exists(*last_.family, last_.op, places)) return false;
  const Last last = take_back();
  release(inst);
  PlainFields fields;
  if (loads) {
    fields.add_word(last.addend);
    fields.add_word(last.imm);
  }
  fields.add_word(addend);
  fields.add_word(inst.imm);
  emitter_.emit_places(*last.family, last.op, places, fields);
  if (loads) mark_second(last.target.second_at);
  return true;
}

}  // namespace umber::interp
