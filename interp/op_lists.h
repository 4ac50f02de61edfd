// Which Wasm instructions each family of handlers covers, in the order of its table; and from an instruction to its place in a
// family. Lists only: what an instruction means is decoder/wasm/semantics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "decoder/wasm/opcode.h"

namespace umber::interp {

using wasm::Op;

/// Integer operations of two operands with all register forms, then those with few.
inline constexpr Op kHotBinaryInt[] = {
    Op::I32Add, Op::I32Sub, Op::I32Mul, Op::I32And, Op::I32Or, Op::I32Xor, Op::I32Shl, Op::I32ShrS, Op::I32ShrU, Op::I32Rotl,
    Op::I64Add, Op::I64Sub, Op::I64Mul, Op::I64And, Op::I64Or, Op::I64Xor, Op::I64Shl, Op::I64ShrS, Op::I64ShrU, Op::I64Rotl,
};
inline constexpr Op kColdBinaryInt[] = {
    Op::I32Rotr, Op::I32DivS, Op::I32DivU, Op::I32RemS, Op::I32RemU,
    Op::I64Rotr, Op::I64DivS, Op::I64DivU, Op::I64RemS, Op::I64RemU,
};
/// With a constant first operand.
inline constexpr Op kReversedInt[] = {Op::I32Sub, Op::I32Shl, Op::I32ShrS, Op::I32ShrU, Op::I64Sub, Op::I64Shl, Op::I64ShrS, Op::I64ShrU};

inline constexpr Op kBinaryF32[] = {Op::F32Add, Op::F32Sub, Op::F32Mul, Op::F32Div, Op::F32Min, Op::F32Max, Op::F32Copysign};
inline constexpr Op kBinaryF64[] = {Op::F64Add, Op::F64Sub, Op::F64Mul, Op::F64Div, Op::F64Min, Op::F64Max, Op::F64Copysign};
inline constexpr Op kCompareF32[] = {Op::F32Eq, Op::F32Ne, Op::F32Lt, Op::F32Gt, Op::F32Le, Op::F32Ge};
inline constexpr Op kCompareF64[] = {Op::F64Eq, Op::F64Ne, Op::F64Lt, Op::F64Gt, Op::F64Le, Op::F64Ge};

inline constexpr Op kUnaryInt[] = {
    Op::I32Eqz, Op::I32Clz, Op::I32Ctz, Op::I32Popcnt, Op::I32Extend8S, Op::I32Extend16S, Op::I64Eqz, Op::I64Clz, Op::I64Ctz,
    Op::I64Popcnt, Op::I64Extend8S, Op::I64Extend16S, Op::I64Extend32S, Op::I32WrapI64, Op::I64ExtendI32S, Op::I64ExtendI32U,
};
inline constexpr Op kF32ToInt[] = {
    Op::I32TruncF32S, Op::I32TruncF32U, Op::I64TruncF32S, Op::I64TruncF32U, Op::I32TruncSatF32S, Op::I32TruncSatF32U,
    Op::I64TruncSatF32S, Op::I64TruncSatF32U, Op::I32ReinterpretF32,
};
inline constexpr Op kF64ToInt[] = {
    Op::I32TruncF64S, Op::I32TruncF64U, Op::I64TruncF64S, Op::I64TruncF64U, Op::I32TruncSatF64S, Op::I32TruncSatF64U,
    Op::I64TruncSatF64S, Op::I64TruncSatF64U, Op::I64ReinterpretF64,
};
inline constexpr Op kIntToFloat[] = {
    Op::F32ConvertI32S, Op::F32ConvertI32U, Op::F32ConvertI64S, Op::F32ConvertI64U, Op::F32ReinterpretI32,
    Op::F64ConvertI32S, Op::F64ConvertI32U, Op::F64ConvertI64S, Op::F64ConvertI64U, Op::F64ReinterpretI64,
};
inline constexpr Op kUnaryFloat[] = {
    Op::F32Abs, Op::F32Neg, Op::F32Ceil, Op::F32Floor, Op::F32Trunc, Op::F32Nearest, Op::F32Sqrt, Op::F32DemoteF64,
    Op::F64Abs, Op::F64Neg, Op::F64Ceil, Op::F64Floor, Op::F64Trunc, Op::F64Nearest, Op::F64Sqrt, Op::F64PromoteF32,
};

/// Loads and stores by what they do to memory and value, not by Wasm's names (same_access). The last three are for the compact
/// profile; in the other one an i32 is zero-extended, and they agree with those of 32 bits.
inline constexpr Op kLoadInt[] = {
    Op::I32Load, Op::I32Load8S, Op::I32Load8U, Op::I32Load16S, Op::I32Load16U, Op::I64Load, Op::I64Load8S, Op::I64Load16S,
    Op::I64Load32S, Op::I64Load8U, Op::I64Load16U, Op::I64Load32U,
};
inline constexpr int kNarrowLoads = 9;  ///< without those
inline constexpr Op kLoadFloat[] = {Op::F32Load, Op::F64Load};
inline constexpr Op kStoreInt[] = {Op::I32Store8, Op::I32Store16, Op::I32Store, Op::I64Store};
inline constexpr Op kStoreFloat[] = {Op::F32Store, Op::F64Store};
/// With an index: none or the element's own scale.
struct IndexedAccess {
  Op op;
  uint8_t shift;
};
inline constexpr IndexedAccess kLoadIndexedInt[] = {
    {Op::I32Load, 0}, {Op::I32Load, 2}, {Op::I32Load8S, 0}, {Op::I32Load8U, 0}, {Op::I32Load16S, 1},
    {Op::I32Load16U, 0}, {Op::I32Load16U, 1}, {Op::I64Load, 0}, {Op::I64Load, 3},
};
inline constexpr IndexedAccess kLoadIndexedFloat[] = {{Op::F32Load, 0}, {Op::F32Load, 2}, {Op::F64Load, 0}, {Op::F64Load, 3}};
inline constexpr IndexedAccess kStoreIndexedInt[] = {
    {Op::I32Store8, 0}, {Op::I32Store16, 0}, {Op::I32Store16, 1}, {Op::I32Store, 0}, {Op::I32Store, 2}, {Op::I64Store, 0}, {Op::I64Store, 3},
};
inline constexpr IndexedAccess kStoreIndexedFloat[] = {{Op::F32Store, 0}, {Op::F32Store, 2}, {Op::F64Store, 0}, {Op::F64Store, 3}};
/// The first access of 64 bits.
template <size_t size>
[[nodiscard]] constexpr uint16_t index_of_wide(const IndexedAccess (&list)[size]) {
  for (size_t i = 0; i < size; ++i)
    if (list[i].op == Op::I64Store) return static_cast<uint16_t>(i);
  return UINT16_MAX;
}
template <size_t size>
[[nodiscard]] constexpr int index_in_list(const IndexedAccess (&list)[size], Op op, unsigned shift) {
  for (size_t i = 0; i < size; ++i)
    if (list[i].op == op && list[i].shift == shift) return static_cast<int>(i);
  return -1;
}

/// Operations that take a shifted second operand: A op (B << k), A op (B >> k).
inline constexpr Op kShiftedOps[] = {Op::I32Add, Op::I32Xor, Op::I32Or, Op::I64Add, Op::I64Xor};
inline constexpr Op kShifts[] = {Op::I32Shl, Op::I32ShrU, Op::I64Shl, Op::I64ShrU};

/// Operations with a second operand in memory, of their own width.
inline constexpr Op kLoadOpInt[] = {Op::I32Add, Op::I32Sub, Op::I32And, Op::I32Or, Op::I32Xor, Op::I32Mul, Op::I64Add, Op::I64Xor};
/// Of floats sum, difference (also the other way round) and product: see FloatLoadOp. A division takes longer than the load saves.

/// Comparisons of integers, as values and in conditional branches. The first six of each width take a register, slot or immediate on
/// the right; greater-than and less-or-equal occur with an immediate only, otherwise the operands are swapped.
inline constexpr Op kBranchInt[] = {
    Op::I32Eq, Op::I32Ne, Op::I32LtS, Op::I32LtU, Op::I32GeS, Op::I32GeU, Op::I32GtS, Op::I32GtU, Op::I32LeS, Op::I32LeU,
    Op::I64Eq, Op::I64Ne, Op::I64LtS, Op::I64LtU, Op::I64GeS, Op::I64GeU, Op::I64GtS, Op::I64GtU, Op::I64LeS, Op::I64LeU,
};
inline constexpr unsigned kBranchIntPerWidth = 10;

/// Which combinations a comparison has: see kBranchInt; operands of an equality are in ascending order of place. `imm` is the place
/// of an immediate.
[[nodiscard]] constexpr bool has_comparison(int index, int a, int b, int imm) {
  const int test = index % static_cast<int>(kBranchIntPerWidth);
  return (test < 6 || b == imm) && (test >= 2 || a <= b);
}

/// What a vector instruction that computes takes and gives; the last four name a lane too.
enum class VectorShape : uint8_t {
  None, Unary, Binary, Shift, Ternary, Shuffle, SplatInt, SplatFloat, Test, ExtractInt, ExtractFloat, ReplaceInt, ReplaceFloat,
};
[[nodiscard]] constexpr VectorShape vector_shape_of(StringRef signature, wasm::Immediate immediate) {
  if (immediate == wasm::Immediate::Shuffle) return VectorShape::Shuffle;
  const bool has_lane = immediate >= wasm::Immediate::Lane2 && immediate <= wasm::Immediate::Lane16;
  if (!has_lane && immediate != wasm::Immediate::None) return VectorShape::None;
  if (signature == "v:v") return VectorShape::Unary;
  if (signature == "vv:v") return VectorShape::Binary;
  if (signature == "vvv:v") return VectorShape::Ternary;
  if (signature == "i:v" || signature == "l:v") return VectorShape::SplatInt;
  if (signature == "f:v" || signature == "d:v") return VectorShape::SplatFloat;
  if (signature == "v:i" || signature == "v:l") return has_lane ? VectorShape::ExtractInt : VectorShape::Test;
  if (signature == "v:f" || signature == "v:d") return VectorShape::ExtractFloat;
  if (signature == "vi:v" || signature == "vl:v") return has_lane ? VectorShape::ReplaceInt : VectorShape::Shift;
  if (signature == "vf:v" || signature == "vd:v") return VectorShape::ReplaceFloat;
  return VectorShape::None;
}
namespace detail {
inline constexpr VectorShape kVectorShapes[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) vector_shape_of(signature, wasm::Immediate::immediate),
#include "decoder/wasm/opcodes.def"
#undef OP
};
constexpr size_t count_of(VectorShape shape) {
  size_t count = 0;
  for (const VectorShape other : kVectorShapes) count += other == shape ? 1 : 0;
  return count;
}
}  // namespace detail
/// All of one shape, from the opcode table.
template <VectorShape shape>
inline constexpr auto kVectorOps = [] {
  std::array<Op, detail::count_of(shape)> ops{};
  size_t count = 0;
  for (unsigned i = 0; i < std::size(detail::kVectorShapes); ++i)
    if (detail::kVectorShapes[i] == shape) ops[count++] = static_cast<Op>(i);
  return ops;
}();
inline constexpr Op kVectorLoads[] = {
    Op::V128Load, Op::V128Load8x8S, Op::V128Load8x8U, Op::V128Load16x4S, Op::V128Load16x4U, Op::V128Load32x2S, Op::V128Load32x2U,
    Op::V128Load8Splat, Op::V128Load16Splat, Op::V128Load32Splat, Op::V128Load64Splat, Op::V128Load32Zero, Op::V128Load64Zero,
};
inline constexpr Op kVectorStores[] = {Op::V128Store};
inline constexpr Op kVectorLaneLoads[] = {Op::V128Load8Lane, Op::V128Load16Lane, Op::V128Load32Lane, Op::V128Load64Lane};
inline constexpr Op kVectorLaneStores[] = {Op::V128Store8Lane, Op::V128Store16Lane, Op::V128Store32Lane, Op::V128Store64Lane};

/// Whether the operands of a vector instruction may change places. Floats' may not: which NaN results depends on their order.
[[nodiscard]] constexpr bool commutes_in_lanes(Op op) {
  constexpr Op kCommutative[] = {
      Op::V128And, Op::V128Or, Op::V128Xor, Op::I8x16Eq, Op::I8x16Ne, Op::I16x8Eq, Op::I16x8Ne, Op::I32x4Eq, Op::I32x4Ne,
      Op::I64x2Eq, Op::I64x2Ne, Op::I8x16Add, Op::I16x8Add, Op::I32x4Add, Op::I64x2Add, Op::I16x8Mul, Op::I32x4Mul, Op::I64x2Mul,
      Op::I8x16AddSatS, Op::I8x16AddSatU, Op::I16x8AddSatS, Op::I16x8AddSatU, Op::I8x16MinS, Op::I8x16MinU, Op::I8x16MaxS,
      Op::I8x16MaxU, Op::I16x8MinS, Op::I16x8MinU, Op::I16x8MaxS, Op::I16x8MaxU, Op::I32x4MinS, Op::I32x4MinU, Op::I32x4MaxS,
      Op::I32x4MaxU, Op::I8x16AvgrU, Op::I16x8AvgrU, Op::I16x8Q15mulrSatS, Op::I32x4DotI16x8S, Op::I16x8ExtmulLowI8x16S,
      Op::I16x8ExtmulHighI8x16S, Op::I16x8ExtmulLowI8x16U, Op::I16x8ExtmulHighI8x16U, Op::I32x4ExtmulLowI16x8S,
      Op::I32x4ExtmulHighI16x8S, Op::I32x4ExtmulLowI16x8U, Op::I32x4ExtmulHighI16x8U, Op::I64x2ExtmulLowI32x4S,
      Op::I64x2ExtmulHighI32x4S, Op::I64x2ExtmulLowI32x4U, Op::I64x2ExtmulHighI32x4U,
  };
  for (const Op other : kCommutative)
    if (other == op) return true;
  return false;
}
/// Whether it is worth a form with a constant first operand.
[[nodiscard]] constexpr bool takes_constant_first(Op op) {
  switch (op) {
    case Op::I8x16Swizzle:
    case Op::I8x16RelaxedSwizzle:
    case Op::I8x16Sub:
    case Op::I16x8Sub:
    case Op::I32x4Sub:
    case Op::I64x2Sub:
    case Op::I8x16SubSatU:
    case Op::F32x4Sub:
    case Op::F64x2Sub:
    case Op::F32x4Div:
    case Op::F64x2Div: return true;
    default: return false;
  }
}

/// Place of an instruction in a list; -1 if it is not there.
template <const auto& list>
[[nodiscard]] constexpr int index_in(Op op) {
  for (unsigned i = 0; i < std::size(list); ++i)
    if (list[i] == op) return static_cast<int>(i);
  return -1;
}

}  // namespace umber::interp
