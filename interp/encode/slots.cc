// Instructions whose operands all lie in slots: memories other than memory 0, bulk memory, tables, references.
#include "decoder/ir/shape.h"
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

/// An access to memory in one of the families with one handler for each instruction.
void Encoder::encode_access(const ir::Inst& inst, const Family& family) {
  if (family.table == nullptr) return encode_unsupported(inst);
  const ir::Shape& shape = ir::shape_of(inst.op);
  const bool loads = shape.result != 0;
  uint32_t halves[5];
  unsigned count = loads ? 1 : 0;
  const Type address = ir::type_of_letter(shape.operands[0], *function_->module, inst);
  halves[count++] = &family == &kFamAtomic ? use_wide_slot(inst.a, address) : use_slot(inst.a, Type::I64);
  const ir::Operand operands[3] = {inst.a, inst.b, inst.c};
  for (unsigned i = 1; i < shape.operand_count; ++i)
    halves[count++] = use_slot(operands[i], ir::type_of_letter(shape.operands[i], *function_->module, inst));
  if (shape.has_lane) halves[count++] = inst.lane;
  release(inst);
  if (loads) halves[0] = define_slot(inst.dst, inst.type);
  const uint64_t offset = (inst.flags & ir::kWideOffset) != 0 ? function_->constants[inst.imm] : inst.imm;
  const uint32_t words[3] = {inst.aux, static_cast<uint32_t>(offset), static_cast<uint32_t>(offset >> 32)};
  const std::span<const uint32_t> tail(words, family.shape.size() - 1);
  const wasm::Op op = ir::wasm_op_of(inst.op);
  const Handler handler = family.table[&family == &kFamAtomic ? atomic_index(op) : generic_memory_index(op)];
  emitter_.emit_handler(handler, {halves, count}, tail);
  if (loads) finish_slot(inst.dst, inst.type);
}

namespace {

/// Instructions that are one Single: result first if there is one, then a, b, c, then `aux` and `imm` as needed.
struct SingleRow {
  ir::Op op;
  Single single;
  bool aux;
  bool imm;
};
constexpr SingleRow kSingleRows[] = {
    {ir::Op::MemorySize, Single::MemorySize, true, false},   {ir::Op::MemoryGrow, Single::MemoryGrow, true, false},
    {ir::Op::MemoryFill, Single::MemoryFill, true, false},   {ir::Op::MemoryCopy, Single::MemoryCopy, true, true},
    {ir::Op::MemoryInit, Single::MemoryInit, true, true},    {ir::Op::DataDrop, Single::DataDrop, false, true},
    {ir::Op::TableGet, Single::TableGet, true, false},       {ir::Op::TableSet, Single::TableSet, true, false},
    {ir::Op::TableSize, Single::TableSize, true, false},     {ir::Op::TableGrow, Single::TableGrow, true, false},
    {ir::Op::TableFill, Single::TableFill, true, false},     {ir::Op::TableCopy, Single::TableCopy, true, true},
    {ir::Op::TableInit, Single::TableInit, true, true},      {ir::Op::ElemDrop, Single::ElemDrop, false, true},
    {ir::Op::RefFunc, Single::RefFunc, false, true},         {ir::Op::RefAsNonNull, Single::RefAsNonNull, false, false},
};

}  // namespace

/// The slot of an operand with this letter in the shape: addresses, indices and counts that may have 64 bits are read as such.
uint32_t Encoder::use_address(Operand operand, char letter, const ir::Inst& inst) {
  const Type type = ir::type_of_letter(letter, *function_->module, inst);
  return letter == 'i' ? use_slot(operand, type) : use_wide_slot(operand, type);
}

void Encoder::encode_single(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::Unreachable:
      flush_all();
      emitter_.emit(Single::Unreachable, {});
      reachable_ = false;
      return;
    case ir::Op::AtomicFence: return emitter_.emit(Single::AtomicFence, {});
    case ir::Op::RefIsNull: {
      const Place a = use(inst.a);
      release(inst);
      return emitter_.emit(kFamUnaryInt, static_cast<unsigned>(index_in<kUnaryInt>(wasm::Op::I64Eqz)), {define(inst.dst, Type::I32), a});
    }
    case ir::Op::RefEq: {
      const Place a = use(inst.a), b = use(inst.b);
      release(inst);
      return emit_compare_int(selection_of(ir::Op::I64Eq).op, define(inst.dst, Type::I32), a, b);
    }
    case ir::Op::I64Add128: return encode_wide(inst, Single::Add128, 4);
    case ir::Op::I64Sub128: return encode_wide(inst, Single::Sub128, 4);
    case ir::Op::I64MulWideS: return encode_wide(inst, Single::MulWideS, 2);
    case ir::Op::I64MulWideU: return encode_wide(inst, Single::MulWideU, 2);
    default: break;
  }
  const ir::Shape& shape = ir::shape_of(inst.op);
  for (const SingleRow& row : kSingleRows) {
    if (row.op != inst.op) continue;
    uint32_t halves[4];
    unsigned count = shape.result != 0 ? 1 : 0;
    const ir::Operand operands[3] = {inst.a, inst.b, inst.c};
    for (unsigned i = 0; i < shape.operand_count; ++i)
      if (shape.operands[i] != '-') halves[count++] = use_address(operands[i], shape.operands[i], inst);
    release(inst);
    if (shape.result != 0) halves[0] = define_slot(inst.dst, Type::I64);
    uint32_t words[2];
    unsigned word_count = 0;
    if (row.aux) words[word_count++] = inst.aux;
    if (row.imm) words[word_count++] = inst.imm;
    emitter_.emit_handler(kFamSingle.table[static_cast<unsigned>(row.single)], {halves, count}, {words, word_count});
    if (shape.result != 0) finish_slot(inst.dst, Type::I64);
    return;
  }
  encode_unsupported(inst);
}

/// Two results, side by side; operands from a list.
void Encoder::encode_wide(const ir::Inst& inst, Single op, unsigned operands) {
  const std::span<const uint32_t> items = function_->list(inst.imm);
  uint32_t halves[6];
  for (unsigned i = 0; i < operands; ++i) halves[2 + i] = use_slot(ir::Operand::of_bits(items[i]), Type::I64);
  release_list(items);
  halves[0] = define_slot(inst.dst, Type::I64);
  halves[1] = define_slot(inst.dst + 1, Type::I64);
  emitter_.emit_handler(kFamSingle.table[static_cast<unsigned>(op)], {halves, operands + 2}, {});
}

/// Valid, but not run yet: a trap that names the instruction. Its result exists for what follows.
void Encoder::encode_unsupported(const ir::Inst& inst) {
  flush_all();
  emitter_.emit(Single::Unsupported, {}, {static_cast<uint32_t>(inst.op)});
  ir::for_each_use(*function_, inst, [&](ir::Operand operand) { release(operand); });
  ir::for_each_result(*function_, inst, [&](uint32_t slot, Type type) {
    (void)define_slot(slot, type);
    finish_slot(slot, type);
  });
  if (ir::is_terminator(inst.op)) reachable_ = false;
}

}  // namespace umber::interp
