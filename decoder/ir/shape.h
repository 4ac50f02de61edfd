// What each field of an instruction means, by operation, as data. Consumers that treat all operations alike (printer,
// verifier, use counting, register allocation) walk operands and results through this instead of a switch over opcodes.
#pragma once

#include <concepts>

#include "decoder/ir/ir.h"

namespace umber::ir {

/// Where the position of the argument list stands.
enum class ListAt : uint8_t { No, C, Imm };
/// What `aux` names.
enum class Aux : uint8_t { None, Label, LabelDef, Memory, Table, Type, Global, Tag, Heap };
/// What `imm` names (or, for the last two, b.bits(), because `imm` is the list).
enum class Imm : uint8_t { None, Offset, Weight, Labels, Func, Memory, Table, Data, Elem, Field, DataInB, ElemInB };

/// One row of shapes.def, or derived from a signature of opcodes.def. Letters as explained in shapes.def; 0 is none.
struct Shape {
  char operands[3] = {};
  char result = 0;         ///< '*': the callee's results; '2': two i64
  uint8_t operand_count = 0;  ///< highest used field + 1
  ListAt list = ListAt::No;
  Aux aux = Aux::None;
  Imm imm = Imm::None;
  bool is_regular = false;  ///< a Wasm instruction that lowers to itself
  bool has_lane = false;
  Type type = Type::I32;    ///< regular: of the result, or of the value stored
  char items[6] = {};      ///< letters of the list's items, or one of P R F E

  friend constexpr bool operator==(const Shape&, const Shape&) = default;
};

/// Most operations share their shape with others, so the table is one byte an operation.
struct ShapeTable {
  uint8_t row_of[kOpCount] = {};
  Shape rows[120];
};
extern const ShapeTable kShapes;
[[nodiscard]] inline const Shape& shape_of(Op op) { return kShapes.rows[kShapes.row_of[static_cast<unsigned>(op)]]; }

/// i l f d v r to their type. Other letters depend on the instruction: see type_of_letter.
[[nodiscard]] constexpr Type type_of_plain_letter(char letter) {
  switch (letter) {
    case 'l': return Type::I64;
    case 'f': return Type::F32;
    case 'd': return Type::F64;
    case 'v': return Type::V128;
    case 'r': return Type::Ref;
    default: return Type::I32;
  }
}
/// Any letter, for one instruction. Indices in the instruction must be valid.
[[nodiscard]] Type type_of_letter(char letter, const wasm::Module& module, const Inst& inst);

/// The callee's or tag's type of a call, return_call or throw.
[[nodiscard]] const wasm::FuncType& callee_type_of(const wasm::Module& module, const Inst& inst);
/// Type of item `idx` of the instruction's argument list.
[[nodiscard]] Type type_of_item(const Function& function, const Inst& inst, uint32_t idx);
/// The argument list of the instruction: Operand bits. Empty if it has none.
[[nodiscard]] std::span<const uint32_t> items_of(const Function& function, const Inst& inst);

/// Ends a straight line: control never goes on behind it.
[[nodiscard]] constexpr bool is_terminator(Op op) {
  switch (op) {
    case Op::Br:
    case Op::BrTable:
    case Op::Return:
    case Op::Unreachable:
    case Op::ReturnCall:
    case Op::ReturnCallIndirect:
    case Op::ReturnCallRef:
    case Op::Throw:
    case Op::ThrowRef: return true;
    default: return false;
  }
}

/// Calls `use(operand)` for every source: a, b, c, then the argument list.
template <std::invocable<Operand> Use>
void for_each_use(const Function& function, const Inst& inst, Use use) {
  const Shape& shape = shape_of(inst.op);
  const Operand fields[3] = {inst.a, inst.b, inst.c};
  for (unsigned i = 0; i < shape.operand_count; ++i)
    if (shape.operands[i] != '-') use(fields[i]);
  if (shape.list == ListAt::No) return;
  for (const uint32_t bits : items_of(function, inst)) use(Operand::of_bits(bits));
}

/// The same with types: calls `use(operand, type)`.
template <std::invocable<Operand, Type> Use>
void for_each_use(const Function& function, const Inst& inst, Use use) {
  const Shape& shape = shape_of(inst.op);
  const Operand fields[3] = {inst.a, inst.b, inst.c};
  for (unsigned i = 0; i < shape.operand_count; ++i)
    if (shape.operands[i] != '-') use(fields[i], type_of_letter(shape.operands[i], *function.module, inst));
  if (shape.list == ListAt::No) return;
  const std::span<const uint32_t> items = items_of(function, inst);
  for (uint32_t i = 0; i < items.size(); ++i) use(Operand::of_bits(items[i]), type_of_item(function, inst, i));
}

/// Calls `define(slot, type)` for every result.
template <class Define>
void for_each_result(const Function& function, const Inst& inst, Define define) {
  const char result = shape_of(inst.op).result;
  if (result == 0) return;
  uint32_t slot = inst.dst;
  if (result == '2') {
    define(slot, Type::I64);
    define(slot + 1, Type::I64);
  } else if (result != '*') {
    define(slot, type_of_letter(result, *function.module, inst));
  } else {
    for (wasm::ValType type : callee_type_of(*function.module, inst).results) {
      define(slot, type_of(type));
      slot += type.slots();
    }
  }
}

}  // namespace umber::ir
