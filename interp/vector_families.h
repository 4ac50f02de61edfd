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
  StringRef text;
};
inline constexpr LaneProduct kLaneProducts[] = {
    {Op::F32x4Mul, Op::F32x4Add, false, "f32x4.mul.add"},
    {Op::F64x2Mul, Op::F64x2Add, false, "f64x2.mul.add"},
    {Op::I16x8Mul, Op::I16x8Add, false, "i16x8.mul.add"},
    {Op::I32x4Mul, Op::I32x4Add, false, "i32x4.mul.add"},
    {Op::I32x4DotI16x8S, Op::I32x4Add, false, "i32x4.dot_i16x8_s.add"},
    {Op::F32x4Mul, Op::F32x4Sub, false, "f32x4.mul.sub_from"},
    {Op::F64x2Mul, Op::F64x2Sub, false, "f64x2.mul.sub_from"},
    {Op::F32x4Mul, Op::F32x4Sub, true, "f32x4.mul.sub"},
    {Op::F64x2Mul, Op::F64x2Sub, true, "f64x2.mul.sub"},
    {Op::I16x8Mul, Op::I16x8Sub, false, "i16x8.mul.sub_from"},
    {Op::I32x4ExtmulLowI16x8S, Op::I32x4Add, false, "i32x4.extmul_low_i16x8_s.add"},
    {Op::I32x4ExtmulHighI16x8S, Op::I32x4Add, false, "i32x4.extmul_high_i16x8_s.add"},
    {Op::I32x4ExtmulLowI16x8U, Op::I32x4Add, false, "i32x4.extmul_low_i16x8_u.add"},
    {Op::I32x4ExtmulHighI16x8U, Op::I32x4Add, false, "i32x4.extmul_high_i16x8_u.add"},
    {Op::I16x8ExtmulLowI8x16S, Op::I16x8Add, false, "i16x8.extmul_low_i8x16_s.add"},
    {Op::I16x8ExtmulHighI8x16S, Op::I16x8Add, false, "i16x8.extmul_high_i8x16_s.add"},
    {Op::I16x8ExtmulLowI8x16U, Op::I16x8Add, false, "i16x8.extmul_low_i8x16_u.add"},
    {Op::I16x8ExtmulHighI8x16U, Op::I16x8Add, false, "i16x8.extmul_high_i8x16_u.add"},
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

/// D = a test of A, then a branch if that is zero, or not zero: D A; distance. op = 4 * the test's place in kVectorOps (+ 2: if not zero)
/// (+ 1: backward, with a fuel charge). D is a register.
extern const Family kFamVectorTestBranch;

}  // namespace umber::interp
