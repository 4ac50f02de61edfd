#include "decoder/ir/shape.h"

namespace umber::ir {
namespace {

constexpr bool is_lane(wasm::Immediate immediate) {
  using enum wasm::Immediate;
  return (immediate >= Lane2 && immediate <= Lane16) || (immediate >= MemLane0 && immediate <= MemLane3);
}
constexpr bool is_memory_access(wasm::Immediate immediate) {
  return immediate >= wasm::Immediate::Mem0 && immediate <= wasm::Immediate::Atomic3;
}

/// The shape of a regular Wasm instruction. The lanes of a shuffle are its third operand.
constexpr Shape shape_of_signature(const char* signature, wasm::Immediate immediate) {
  Shape shape;
  if (signature[0] == '*') return shape;
  const char* at = signature;
  for (; *at != ':'; ++at)
    if (shape.operand_count < 3) shape.operands[shape.operand_count++] = *at;
  if (immediate == wasm::Immediate::Shuffle) shape.operands[shape.operand_count++] = 'v';
  shape.result = at[1];
  shape.is_regular = true;
  shape.type = type_of_plain_letter(shape.result != 0 ? shape.result : at[-1]);
  shape.has_lane = is_lane(immediate);
  if (is_memory_access(immediate)) {
    shape.aux = Aux::Memory;
    shape.imm = Imm::Offset;
  }
  return shape;
}

constexpr Shape shape_of_row(const char* operands, const char* result, ListAt list, const char* items, Aux aux, Imm imm) {
  Shape shape;
  while (operands[shape.operand_count] != 0) {
    shape.operands[shape.operand_count] = operands[shape.operand_count];
    ++shape.operand_count;
  }
  shape.result = result[0] != 0 && result[1] != 0 ? '2' : result[0];
  shape.list = list;
  for (unsigned i = 0; items[i] != 0; ++i) shape.items[i] = items[i];
  shape.aux = aux;
  shape.imm = imm;
  return shape;
}

/// The shape of every operation, before equal ones are shared.
struct AllShapes {
  Shape rows[kOpCount] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) \
  shape_of_signature(signature, wasm::Immediate::immediate),
#include "decoder/wasm/opcodes.def"
#undef OP
  };
  constexpr AllShapes() {
#define SHAPE(id, operands, result, list, items, aux, imm) \
  rows[static_cast<unsigned>(Op::id)] = shape_of_row(operands, result, ListAt::list, items, Aux::aux, Imm::imm);
#include "decoder/ir/shapes.def"
#undef SHAPE
  }
};

/// Does not compile if there are more different shapes than the table has room for.
constexpr ShapeTable build_table() {
  const AllShapes all;
  ShapeTable table;
  unsigned count = 0;
  for (unsigned op = 0; op < kOpCount; ++op) {
    unsigned row = 0;
    while (row < count && !(table.rows[row] == all.rows[op])) ++row;
    if (row == count) table.rows[count++] = all.rows[op];
    table.row_of[op] = static_cast<uint8_t>(row);
  }
  return table;
}

Type address_type(bool is_64) { return is_64 ? Type::I64 : Type::I32; }
Type unpacked(wasm::ValType type) { return type.is_packed() ? Type::I32 : type_of(type); }

}  // namespace

constexpr ShapeTable kShapes = build_table();

Type type_of_letter(char letter, const wasm::Module& module, const Inst& inst) {
  const auto memory = [&](uint32_t idx) { return module.memories[idx].type.limits.is_64; };
  const auto table = [&](uint32_t idx) { return module.tables[idx].type.limits.is_64; };
  switch (letter) {
    case 'y': return inst.type;
    case 'm': return address_type(memory(inst.aux));
    case 'n': return address_type(memory(inst.imm));
    case 'k': return address_type(memory(inst.aux) && memory(inst.imm));
    case 't': return address_type(table(inst.aux));
    case 'u': return address_type(table(inst.imm));
    case 'w': return address_type(table(inst.aux) && table(inst.imm));
    case 'e': return unpacked(module.types[inst.aux].fields[0].type);
    case 'g': return unpacked(module.types[inst.aux].fields[inst.imm].type);
    default: return type_of_plain_letter(letter);
  }
}

const wasm::FuncType& callee_type_of(const wasm::Module& module, const Inst& inst) {
  switch (shape_of(inst.op).aux) {
    case Aux::Tag: return module.types[module.tags[inst.aux].type.type_idx].func;
    case Aux::Type: return module.types[inst.aux].func;
    default: return module.func_type(inst.imm);
  }
}

Type type_of_item(const Function& function, const Inst& inst, uint32_t idx) {
  const wasm::Module& module = *function.module;
  const Shape& shape = shape_of(inst.op);
  switch (shape.items[0]) {
    case 'P': return type_of(callee_type_of(module, inst).params[idx]);
    case 'R': return type_of(module.func_type(function.func_idx).results[idx]);
    case 'F': return unpacked(module.types[inst.aux].fields[idx].type);
    case 'E': return unpacked(module.types[inst.aux].fields[0].type);
    default: return type_of_letter(shape.items[idx], module, inst);
  }
}

std::span<const uint32_t> items_of(const Function& function, const Inst& inst) {
  switch (shape_of(inst.op).list) {
    case ListAt::No: return {};
    case ListAt::C: return function.list(inst.c.bits());
    case ListAt::Imm: return function.list(inst.imm);
  }
  return {};
}

}  // namespace umber::ir
