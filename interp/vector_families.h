// Families that do the work of two or three vector instructions which programs often have one behind the other: what is loaded and
// computed with at once, products that are added up, results that go straight to memory. Like pair_families.h: only the speed profile has
// them, in the forms that occur, and memory is memory 0, guarded. Addresses are in registers, or sums of two operands.
#pragma once

#include "interp/family.h"
#include "interp/op_lists.h"

namespace umber::interp {

inline constexpr Op kVectorMemoryOps[] = {
    Op::V128And, Op::V128Or, Op::V128Xor, Op::I8x16Eq, Op::I8x16Add, Op::I8x16AddSatS, Op::I8x16AddSatU, Op::I8x16MinU, Op::I8x16MaxU,
    Op::I8x16AvgrU, Op::I16x8Add, Op::I16x8AddSatS, Op::I16x8Mul, Op::I32x4Add, Op::I32x4Mul, Op::I32x4DotI16x8S, Op::I64x2Add,
    Op::F32x4Add, Op::F32x4Mul, Op::F64x2Add, Op::F64x2Mul, Op::I8x16Sub, Op::I8x16SubSatU, Op::I16x8Sub, Op::I32x4Sub, Op::F32x4Sub,
    Op::F64x2Sub,
};
/// D = memory[u32(A + addend) + offset] op B: D A B; addend, offset. And where the operands cannot change places, D = B op memory[…].
extern const Family kFamVectorLoadOp, kFamVectorOpLoad;
/// memory[u32(A + addend) + offset] = B op C: A B C; addend, offset.
extern const Family kFamVectorOpStore;

/// What is done with a product: C + A * B, C - A * B or, reversed, A * B - C.
struct LaneProduct {
  Op product;
  Op sum;
  bool reversed;
};
inline constexpr LaneProduct kLaneProducts[] = {
    {Op::F32x4Mul, Op::F32x4Add, false}, {Op::F64x2Mul, Op::F64x2Add, false}, {Op::I16x8Mul, Op::I16x8Add, false},
    {Op::I32x4Mul, Op::I32x4Add, false}, {Op::I32x4DotI16x8S, Op::I32x4Add, false},
    {Op::F32x4Mul, Op::F32x4Sub, false}, {Op::F64x2Mul, Op::F64x2Sub, false}, {Op::F32x4Mul, Op::F32x4Sub, true},
    {Op::F64x2Mul, Op::F64x2Sub, true}, {Op::I16x8Mul, Op::I16x8Sub, false},
    {Op::I32x4ExtmulLowI16x8S, Op::I32x4Add, false}, {Op::I32x4ExtmulHighI16x8S, Op::I32x4Add, false},
    {Op::I32x4ExtmulLowI16x8U, Op::I32x4Add, false}, {Op::I32x4ExtmulHighI16x8U, Op::I32x4Add, false},
    {Op::I16x8ExtmulLowI8x16S, Op::I16x8Add, false}, {Op::I16x8ExtmulHighI8x16S, Op::I16x8Add, false},
    {Op::I16x8ExtmulLowI8x16U, Op::I16x8Add, false}, {Op::I16x8ExtmulHighI8x16U, Op::I16x8Add, false},
};
inline constexpr int kLoadedProducts = 5;  ///< the first ones, with a factor in memory too
[[nodiscard]] constexpr int index_of_product(Op product, Op sum, bool reversed) {
  for (unsigned i = 0; i < std::size(kLaneProducts); ++i)
    if (kLaneProducts[i].product == product && kLaneProducts[i].sum == sum && kLaneProducts[i].reversed == reversed) return static_cast<int>(i);
  return -1;
}
/// D A B C.
extern const Family kFamVectorProduct;
/// D = C + memory[u32(A + addend) + offset] * B: D A B C; addend, offset. kLoadedProducts.
extern const Family kFamVectorLoadProduct;

/// D = memory[u32(A + B + addend) + offset]: D A B; addend, offset. A is in no higher place than B.
extern const Family kFamVectorLoadIndexed;
inline constexpr Op kIndexedVectorLoads[] = {Op::V128Load, Op::V128Load8Splat, Op::V128Load32Splat, Op::V128Load64Splat, Op::V128Load64Zero};
/// memory[u32(A + B + addend) + offset] = C: A B C; addend, offset.
extern const Family kFamVectorStoreIndexed;

}  // namespace umber::interp
