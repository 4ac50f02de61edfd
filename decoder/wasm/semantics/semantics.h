// The one place that says which function is the meaning of which instruction. `apply<Op::I32Add>(a, b)` computes an
// instruction from its operands; interpreter handlers, constant folding and the compiler's helpers all go through it, so
// a numeric instruction has exactly one definition. Its result type tells whether it can trap (Trapping<T>).
//
// Carriers: i32 uint32_t, i64 uint64_t, f32 float, f64 double, v128 V128. Two results are an I64Pair. An immediate lane index
// follows the operands as a uint32_t (already validated), the lanes of i8x16.shuffle as a V128.
// semantics.cc checks that every regular instruction without memory has a row, and that its function has the types of its
// signature in opcodes.def. Templates instead of a .def file: a row that names no opcode or no function doesn't compile.
#pragma once

#include "decoder/wasm/opcode.h"
#include "decoder/wasm/semantics/conversion.h"
#include "decoder/wasm/semantics/function_types.h"
#include "decoder/wasm/semantics/wide.h"

namespace umber::sem {

/// The function of an instruction, or null for one that is not a pure computation.
template <wasm::Op op>
inline constexpr auto kMeaning = nullptr;

template <wasm::Op op>
inline constexpr bool kHasMeaning = !std::is_same_v<decltype(kMeaning<op>), const std::nullptr_t>;

#define MEANS(id, ...) \
  template <>          \
  inline constexpr auto kMeaning<wasm::Op::id> = &__VA_ARGS__;

MEANS(I32Eqz, eqz<uint32_t>)
MEANS(I32Eq, eq<uint32_t>)
MEANS(I32Ne, ne<uint32_t>)
MEANS(I32LtS, lt_s<uint32_t>)
MEANS(I32LtU, lt_u<uint32_t>)
MEANS(I32GtS, gt_s<uint32_t>)
MEANS(I32GtU, gt_u<uint32_t>)
MEANS(I32LeS, le_s<uint32_t>)
MEANS(I32LeU, le_u<uint32_t>)
MEANS(I32GeS, ge_s<uint32_t>)
MEANS(I32GeU, ge_u<uint32_t>)
MEANS(I64Eqz, eqz<uint64_t>)
MEANS(I64Eq, eq<uint64_t>)
MEANS(I64Ne, ne<uint64_t>)
MEANS(I64LtS, lt_s<uint64_t>)
MEANS(I64LtU, lt_u<uint64_t>)
MEANS(I64GtS, gt_s<uint64_t>)
MEANS(I64GtU, gt_u<uint64_t>)
MEANS(I64LeS, le_s<uint64_t>)
MEANS(I64LeU, le_u<uint64_t>)
MEANS(I64GeS, ge_s<uint64_t>)
MEANS(I64GeU, ge_u<uint64_t>)
MEANS(F32Eq, eq<float>)
MEANS(F32Ne, ne<float>)
MEANS(F32Lt, lt<float>)
MEANS(F32Gt, gt<float>)
MEANS(F32Le, le<float>)
MEANS(F32Ge, ge<float>)
MEANS(F64Eq, eq<double>)
MEANS(F64Ne, ne<double>)
MEANS(F64Lt, lt<double>)
MEANS(F64Gt, gt<double>)
MEANS(F64Le, le<double>)
MEANS(F64Ge, ge<double>)
MEANS(I32Clz, clz<uint32_t>)
MEANS(I32Ctz, ctz<uint32_t>)
MEANS(I32Popcnt, popcnt<uint32_t>)
MEANS(I32Add, add<uint32_t>)
MEANS(I32Sub, sub<uint32_t>)
MEANS(I32Mul, mul<uint32_t>)
MEANS(I32DivS, div_s<uint32_t>)
MEANS(I32DivU, div_u<uint32_t>)
MEANS(I32RemS, rem_s<uint32_t>)
MEANS(I32RemU, rem_u<uint32_t>)
MEANS(I32And, bit_and<uint32_t>)
MEANS(I32Or, bit_or<uint32_t>)
MEANS(I32Xor, bit_xor<uint32_t>)
MEANS(I32Shl, shl<uint32_t>)
MEANS(I32ShrS, shr_s<uint32_t>)
MEANS(I32ShrU, shr_u<uint32_t>)
MEANS(I32Rotl, rotl<uint32_t>)
MEANS(I32Rotr, rotr<uint32_t>)
MEANS(I64Clz, clz<uint64_t>)
MEANS(I64Ctz, ctz<uint64_t>)
MEANS(I64Popcnt, popcnt<uint64_t>)
MEANS(I64Add, add<uint64_t>)
MEANS(I64Sub, sub<uint64_t>)
MEANS(I64Mul, mul<uint64_t>)
MEANS(I64DivS, div_s<uint64_t>)
MEANS(I64DivU, div_u<uint64_t>)
MEANS(I64RemS, rem_s<uint64_t>)
MEANS(I64RemU, rem_u<uint64_t>)
MEANS(I64And, bit_and<uint64_t>)
MEANS(I64Or, bit_or<uint64_t>)
MEANS(I64Xor, bit_xor<uint64_t>)
MEANS(I64Shl, shl<uint64_t>)
MEANS(I64ShrS, shr_s<uint64_t>)
MEANS(I64ShrU, shr_u<uint64_t>)
MEANS(I64Rotl, rotl<uint64_t>)
MEANS(I64Rotr, rotr<uint64_t>)
MEANS(F32Abs, abs<float>)
MEANS(F32Neg, neg<float>)
MEANS(F32Ceil, ceil<float>)
MEANS(F32Floor, floor<float>)
MEANS(F32Trunc, trunc<float>)
MEANS(F32Nearest, nearest<float>)
MEANS(F32Sqrt, sqrt<float>)
MEANS(F32Add, add<float>)
MEANS(F32Sub, sub<float>)
MEANS(F32Mul, mul<float>)
MEANS(F32Div, div<float>)
MEANS(F32Min, min<float>)
MEANS(F32Max, max<float>)
MEANS(F32Copysign, copysign<float>)
MEANS(F64Abs, abs<double>)
MEANS(F64Neg, neg<double>)
MEANS(F64Ceil, ceil<double>)
MEANS(F64Floor, floor<double>)
MEANS(F64Trunc, trunc<double>)
MEANS(F64Nearest, nearest<double>)
MEANS(F64Sqrt, sqrt<double>)
MEANS(F64Add, add<double>)
MEANS(F64Sub, sub<double>)
MEANS(F64Mul, mul<double>)
MEANS(F64Div, div<double>)
MEANS(F64Min, min<double>)
MEANS(F64Max, max<double>)
MEANS(F64Copysign, copysign<double>)
MEANS(I32WrapI64, wrap<uint32_t, uint64_t>)
MEANS(I32TruncF32S, trunc_s<uint32_t, float>)
MEANS(I32TruncF32U, trunc_u<uint32_t, float>)
MEANS(I32TruncF64S, trunc_s<uint32_t, double>)
MEANS(I32TruncF64U, trunc_u<uint32_t, double>)
MEANS(I64ExtendI32S, widen_s<uint64_t, uint32_t>)
MEANS(I64ExtendI32U, widen_u<uint64_t, uint32_t>)
MEANS(I64TruncF32S, trunc_s<uint64_t, float>)
MEANS(I64TruncF32U, trunc_u<uint64_t, float>)
MEANS(I64TruncF64S, trunc_s<uint64_t, double>)
MEANS(I64TruncF64U, trunc_u<uint64_t, double>)
MEANS(F32ConvertI32S, convert_s<float, uint32_t>)
MEANS(F32ConvertI32U, convert_u<float, uint32_t>)
MEANS(F32ConvertI64S, convert_s<float, uint64_t>)
MEANS(F32ConvertI64U, convert_u<float, uint64_t>)
MEANS(F32DemoteF64, demote)
MEANS(F64ConvertI32S, convert_s<double, uint32_t>)
MEANS(F64ConvertI32U, convert_u<double, uint32_t>)
MEANS(F64ConvertI64S, convert_s<double, uint64_t>)
MEANS(F64ConvertI64U, convert_u<double, uint64_t>)
MEANS(F64PromoteF32, promote)
MEANS(I32ReinterpretF32, reinterpret<uint32_t, float>)
MEANS(I64ReinterpretF64, reinterpret<uint64_t, double>)
MEANS(F32ReinterpretI32, reinterpret<float, uint32_t>)
MEANS(F64ReinterpretI64, reinterpret<double, uint64_t>)
MEANS(I32Extend8S, extend_s<uint8_t, uint32_t>)
MEANS(I32Extend16S, extend_s<uint16_t, uint32_t>)
MEANS(I64Extend8S, extend_s<uint8_t, uint64_t>)
MEANS(I64Extend16S, extend_s<uint16_t, uint64_t>)
MEANS(I64Extend32S, extend_s<uint32_t, uint64_t>)
MEANS(I32TruncSatF32S, trunc_sat_s<uint32_t, float>)
MEANS(I32TruncSatF32U, trunc_sat_u<uint32_t, float>)
MEANS(I32TruncSatF64S, trunc_sat_s<uint32_t, double>)
MEANS(I32TruncSatF64U, trunc_sat_u<uint32_t, double>)
MEANS(I64TruncSatF32S, trunc_sat_s<uint64_t, float>)
MEANS(I64TruncSatF32U, trunc_sat_u<uint64_t, float>)
MEANS(I64TruncSatF64S, trunc_sat_s<uint64_t, double>)
MEANS(I64TruncSatF64U, trunc_sat_u<uint64_t, double>)
MEANS(I64Add128, add128)
MEANS(I64Sub128, sub128)
MEANS(I64MulWideS, mul_wide_s)
MEANS(I64MulWideU, mul_wide_u)

#undef MEANS

/// Computes the instruction `op`.
template <wasm::Op op, class... Operands>
  requires kHasMeaning<op>
[[nodiscard, gnu::always_inline]] constexpr auto apply(Operands... operands) {
  return kMeaning<op>(operands...);
}

/// What `apply<op>` returns.
template <wasm::Op op>
using ResultOf = typename FunctionTypes<decltype(kMeaning<op>)>::Result;

}  // namespace umber::sem
