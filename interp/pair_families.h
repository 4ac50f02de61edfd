// Families that do the work of two or three operations which programs often have one behind the other: a load and the branch on what it
// read, the increments at the end of a loop and its branch, an operation and the store of its result. Only the speed profile has
// them, and only in the forms that occur; `Emitter::exists` tells. Other than the families of families.h they need no complete set,
// because the encoder joins two instructions only after it has seen both.
#pragma once

#include "interp/family.h"
#include "interp/op_lists.h"

namespace umber::interp {

// pair_branch.cc. Branches as in branch.cc: op = 2 * test (+ 1: backward)
/// D = memory[A + offset], then a branch if D test the constant: D A; constant, offset, distance. The test is one of the first
/// kLoadTests of kBranchInt, plus kLoadTests times the place in kBranchedLoads.
extern const Family kFamLoadBranch;
inline constexpr Op kBranchedLoads[] = {Op::I32Load, Op::I32Load8U, Op::I32Load8S};
inline constexpr unsigned kLoadTests = 6;
/// The ends of loops, i32. A += c, B += d; back if B test C: A B C; c, d, distance, weight. CountTest.
extern const Family kFamIncrement2Branch;
/// A += B; back if A test C: A B C; distance, weight. CountTest without NonZero.
extern const Family kFamSumBranch;
/// A += c; back if B test the constant d: A B; c, d, distance, weight. The first kLoadTests of kBranchInt.
extern const Family kFamIncrementTest;
enum class CountTest : uint8_t { NonZero, Ne, LtS, LtU };  ///< NonZero: there is no C; encoded as the first register
inline constexpr int kCountTests = 4;
/// D = A + c, then a branch if D test the constant: D A; c, constant, distance. The first kLoadTests of kBranchInt.
extern const Family kFamSumTest;
/// i32: a branch if A & c is, or is not, the constant: A; c, constant, distance. The first two of kBranchInt.
extern const Family kFamMaskTest;
/// A branch forward if memory[u32(A + (B << k) + addend) + offset] is, or is not, the constant: A B; addend, offset, constant, distance. op =
/// 2 * (2 * place in kBranchedElements + place in kBranchInt). Guarded memory 0.
extern const Family kFamElementBranch;
inline constexpr IndexedAccess kBranchedElements[] = {{Op::I32Load8U, 0}, {Op::I32Load, 0}, {Op::I32Load, 2}};
/// op 0: D = A, then a charge: D A; weight. 1: D = A + c: D A; c, weight.
extern const Family kFamMoveCharge, kFamSumCharge;

// pair_int.cc
/// D = A op rotl(B, k): D A B; k. kRotatedOps.
extern const Family kFamRotated;
inline constexpr Op kRotatedOps[] = {Op::I32Xor, Op::I64Xor};
/// D = rotl(A ^ B, k): D A B; k. op 0: i32, 1: i64.
extern const Family kFamXorRotate;
/// i32: D = A op B op C: D A B C. op 0: or, 1: xor.
extern const Family kFamLogic3;

/// i32: D = A, then A += c, as `*p++` has it: D A; c.
extern const Family kFamStep;
/// i32: D = A + ((B >> k) & mask): D A B; k, mask.
extern const Family kFamFieldSum;
/// i32: D = (A + c) & B: D A B; c.
extern const Family kFamSumAnd;

// br_table.cc
/// br_table on A + c: A; c, count, distances behind.
extern const Family kFamBranchTableSum;
/// kFamStep with a br_table on the byte at D + offset: D A; c, offset, count, distances behind. Guarded memory 0.
extern const Family kFamStepTable;
/// A jump back to a loop's header where such an instruction stands, and what that does: its places; distance, weight. op 0: kFamBranchTable,
/// 1: kFamBranchTableSum, 2: kFamBranchTableLoad.
extern const Family kFamBackToTable, kFamBackToStepTable;

// pair_return.cc
extern const Family kFamReturnSum;   ///< i32: return A + B: A B; link
extern const Family kFamReturnLoad;  ///< kLoadInt: return memory[A + offset]: A; link, offset

// pair_memory.cc; guarded memory 0
/// memory[u32((B << k) + addend) + offset], by the lists of indexed accesses, those with a shift: D B, or B value; addend, offset.
extern const Family kFamLoadScaledInt, kFamLoadScaledFloat, kFamStoreScaledInt, kFamStoreScaledFloat;
/// memory[C] = A op B: A B C; addend, offset. kStoredInt; add, sub, mul of floats.
extern const Family kFamStoreOpInt, kFamStoreOpF32, kFamStoreOpF64;
inline constexpr Op kStoredInt[] = {Op::I32Add, Op::I32And, Op::I32Or, Op::I32Xor};
inline constexpr int kStoredFloats = 3;
/// memory[B] = memory[B] op A: A B; addend, offset. kLoadOpInt, FloatLoadOp.
extern const Family kFamUpdateInt, kFamUpdateF32, kFamUpdateF64;

/// Of the instructions below that access memory twice: where the program counter is, from the instruction's start, when the second access
/// faults (handlers/two_accesses.h).
inline constexpr uint32_t kSecondAccess = 2;

// pair_load.cc; guarded memory 0
/// D = memory[memory[A + offset] + offset]: D A; both offsets. kChainedLoads.
extern const Family kFamLoadLoad;
inline constexpr Op kChainedLoads[] = {Op::I32Load, Op::I32Load8U, Op::I32Load16U, Op::I64Load};
/// D = A + c, then E = memory[D + offset]: E D A; c, offset.
extern const Family kFamSumLoadInt, kFamSumLoadFloat;
inline constexpr Op kSumLoadsInt[] = {Op::I32Load, Op::I32Load8U, Op::I64Load};
inline constexpr Op kSumLoadsFloat[] = {Op::F64Load};
/// D = memory[u32((memory8[A + offset] << k) + addend) + offset]: D A; offset, addend, offset. And with a base that is added: D B A.
/// kByteIndexed.
extern const Family kFamLoadByByte, kFamLoadByByteIn;
inline constexpr IndexedAccess kByteIndexed[] = {{Op::I32Load, 2}, {Op::I64Load, 3}};
/// memory[u32(B + addend) + offset] = memory[u32(A + addend) + offset]: A B; addend and offset of A, then of B. 8, 32, 64 bits.
extern const Family kFamCopyMemory;
inline constexpr int kCopiedWidths = 3;

// pair_float.cc; guarded memory 0. op 0 adds the product, 1 subtracts it
/// D = D + memory[A] * memory[B]: D A B; addend and offset of A, then of B.
extern const Family kFamDotAddF32, kFamDotAddF64;
/// memory[C] = memory[C] + A * B: A B C, factors in ascending order of place; addend, offset. And with B in memory: A B C; addend and offset of B, then of C.
extern const Family kFamUpdateProductF32, kFamUpdateProductF64, kFamUpdateLoadedProductF32, kFamUpdateLoadedProductF64;

}  // namespace umber::interp
