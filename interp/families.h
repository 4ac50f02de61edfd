// Every family of handlers and every single operation, by name: what the encoder chooses from. The tables are in handlers/, one
// file per kind; what a combination looks like in code is in operand.h.
#pragma once

#include "interp/family.h"
#include "interp/op_lists.h"

namespace umber::interp {

// integer.cc
extern const Family kFamHotInt;        ///< kHotBinaryInt: D A B
extern const Family kFamColdInt;       ///< kColdBinaryInt: D A B
extern const Family kFamCompareInt;    ///< kBranchInt: D A B
extern const Family kFamReversedInt;   ///< kReversedInt: D B, A constant
extern const Family kFamUnaryInt;      ///< kUnaryInt: D A
// float.cc
extern const Family kFamBinaryF32, kFamBinaryF64;    ///< D A B
extern const Family kFamCompareF32, kFamCompareF64;  ///< D (integer) A B
extern const Family kFamUnaryFloat;                  ///< D A
extern const Family kFamF32ToInt, kFamF64ToInt, kFamIntToFloat;  ///< D A
// move.cc
extern const Family kFamMoveI32, kFamMoveI64;        ///< D A; immediates zero- and sign-extended
extern const Family kFamMoveF32, kFamMoveF64;        ///< D A
extern const Family kFamSaveInt, kFamLoadInt;        ///< op = mask of registers; their slots
extern const Family kFamSaveFloat, kFamLoadFloat;
extern const Family kFamSelectInt, kFamSelectFloat;  ///< D = C ? A : B: D A B C. Int, with an immediate or compact: op 0 32 bits, 1 64 bits; else op 0
extern const Family kFamMoveJump;       ///< op 0: D = A, then a jump: D A; distance. 1: back: weight behind
extern const Family kFamMove2;          ///< D = A, then E = B, immediates zero-extended: D A E B
extern const Family kFamGlobalGet, kFamGlobalSet;    ///< op 0 32 bits, 1 64 bits: D or A; byte offset from the context
extern const Family kFamGlobalSum;      ///< op 0: D = global + c; 1: and the global too: D; byte offset, c
extern const Family kFamGlobalSetSum;   ///< i32: global = A + c: A; c, byte offset
extern const Family kFamGlobalGetFloat, kFamGlobalSetFloat;
// vector_memory.cc; memory 0 with 32-bit addresses. In the compact profile all operands lie in slots and there is no addend.
struct VectorAccesses {
  Family load;        ///< kVectorLoads: D, address; addend, offset
  Family store;       ///< kVectorStores: address, value; addend, offset
  Family load_lane;   ///< kVectorLaneLoads: D, address, A; lane, addend, offset
  Family store_lane;  ///< kVectorLaneStores: address, A; lane, addend, offset
};
extern const VectorAccesses kGuardedVectors, kCheckedVectors;
// memory.cc; memory 0 with 32-bit addresses. Guarded (g) or checked (c).
struct MemoryFamilies {
  const Family* load_int;      ///< kLoadInt: D, address; offset
  const Family* load_float;    ///< kLoadFloat
  const Family* store_int;     ///< kStoreInt: address, value; offset
  const Family* store_float;
  const Family* load_int_plus;    ///< as above, but the address is a 32-bit sum: address, addend, offset
  const Family* load_float_plus;
  const Family* store_int_plus;
  const Family* store_float_plus;
  const VectorAccesses* vectors;
};
extern const MemoryFamilies kGuardedMemory, kCheckedMemory;
// branch.cc. op = 2 * operation (+ 1: backward, with a fuel charge)
extern const Family kFamBranchInt;      ///< kBranchInt: A B, distance
extern const Family kFamBranchTruth;    ///< 0 i32 is zero, 1 i32 is not, 2 i64 is zero, 3 i64 is not: A
extern const Family kFamBranchMask;     ///< the same of A & B
extern const Family kFamBranchF32, kFamBranchF64;  ///< FloatTest: A B
extern const Family kFamBranchTable;    ///< A; count, distances behind

// fused_int.cc
extern const Family kFamShifted;        ///< index in kShiftedOps * 2 + (0: B << k, 1: B >> k unsigned): D A B; k
extern const Family kFamSum3;           ///< i32: D = A + B + C; C may be an immediate
extern const Family kFamField;          ///< op 0: i32 (A >> k) & mask; 1: i64, mask sign-extended; 2, 3: (A & mask) << k: D A; k, mask
extern const Family kFamIncrement2;     ///< i32: A += c, then B += d: A B; c d
extern const Family kFamIncrementBranch;  ///< i32: A += c; back if A test B (kBranchInt), or (the last) A is not zero: A B; c, distance, weight
extern const Family kFamSumJump;        ///< i32: D = A + c, then a jump as in kFamMoveJump: D A; c, distance
extern const Family kFamEnterInt;       ///< loads the registers of the mask `op`, then charges: their slots; weight
extern const Family kFamJumpBackInt;    ///< loads, then jumps back: their slots; distance, weight
inline constexpr unsigned kIncrementTests = kBranchIntPerWidth + 1;

// fused_memory.cc; guarded memory 0
extern const Family kFamLoadIndexedInt, kFamLoadIndexedFloat;    ///< kLoadIndexed…: D a b; addend, offset
extern const Family kFamStoreIndexedInt, kFamStoreIndexedFloat;  ///< kStoreIndexed…: a b value; addend, offset
extern const Family kFamLoadOpInt;      ///< kLoadOpInt: D = A op memory[B]; addend, offset
extern const Family kFamLoadOpF32, kFamLoadOpF64;  ///< FloatLoadOp: D A B; addend, offset
enum class FloatLoadOp : uint8_t { Add, Sub, SubFrom, Mul };  ///< A op m; SubFrom: m - A
inline constexpr int kFloatLoadOps = 4;
extern const Family kFamLoadMulAddF32, kFamLoadMulAddF64;  ///< D = D + A * m, op 1: D - A * m: D A B; addend, offset
extern const Family kFamBranchLoad;     ///< BranchLoad op * 2 (+ 1: backward): memory[A] test B: A B; addend, offset, distance
extern const Family kFamBranchTableLoad;  ///< br_table on the byte at A + offset: A; offset, count, distances behind
inline constexpr int kBranchLoadTests = 6;  ///< the first six of kBranchInt; i32.load, then i32.load8_u

// fused_float.cc
extern const Family kFamMulAddF32, kFamMulAddF64;  ///< op 0: D = C + A * B, 1: C - A * B, 2: A * B - C: D A B C
extern const Family kFamReversedF32, kFamReversedF64;  ///< op 0: constant - B, 1: constant / B: D B; constant

/// Conditions on floats; greater is less with swapped operands, and a negated condition is not the opposite one: NaN.
enum class FloatTest : uint8_t { Eq, Lt, Le, Ne, NotLt, NotLe };
inline constexpr int kFloatTests = 6;

// control.cc, call.cc
extern const Family kFamCallIndirect, kFamCallRef;               ///< A: the table index or reference. Indirect, compact: op 0 reads 32 bits, 1 64
/// Calls with the last one or two copies that prepare them: the sources, immediates zero-extended; slots where they go.
extern const Family kFamMoveCall, kFamMove2Call;
extern const Family kFamSumCall;  ///< A direct call whose argument before is the sum A + c: A; slot, base, link; c, function
extern const Family kFamMoveCallIndirect, kFamMove2CallIndirect;  ///< the index first; in a slot when there are two copies
extern const Family kFamReturnInt, kFamReturnF32, kFamReturnF64;  ///< one result: A; link. Int: op 0 i32, 1 i64

/// Operations without variants: all operands in slots or in the instruction. See singles.def.
enum class Single : uint8_t {
#define SINGLE(id, text, shape) id,
#include "interp/singles.def"
#undef SINGLE
};
inline constexpr unsigned kSingleCount = 0
#define SINGLE(id, text, shape) +1
#include "interp/singles.def"
#undef SINGLE
    ;
extern const Family kFamSingle;
/// Fields of a single operation, in the letters of Family::shape.
[[nodiscard]] StringRef shape_of(Single op);

// object.cc: objects of the garbage-collected heap
/// How a field or element is read. Written are four widths: 1, 2, 4, 8 bytes.
enum class ObjectAccess : uint8_t { S8, U8, S16, U16, W32, W64 };
inline constexpr int kObjectAccesses = 6;
inline constexpr int kObjectWidths = 4;
extern const Family kFamStructGet;  ///< ObjectAccess: D A, offset
extern const Family kFamStructSet;  ///< log2 of the width: A B, offset
/// Whether accesses to arrays take operands in registers; where there are few registers, the many forms are not worth their size.
inline constexpr bool kArrayRegisters = kIntRegs >= 4;
extern const Family kFamArrayGet;   ///< ObjectAccess: D, array, index
extern const Family kFamArraySet;   ///< log2 of the width: array, index, value
extern const Family kFamArrayLen;   ///< D A
extern const Family kFamI31;        ///< ref.i31, i31.get_s, i31.get_u: D A
extern const Family kFamRefTest, kFamRefCast;  ///< D A, CastTarget
/// The target of a cast as it stands in code.
struct CastTarget {
  static constexpr uint32_t kHeapType = 0xff'ffff;  ///< HeapType::bits, of the module
  static constexpr uint32_t kNullable = 1u << 31;
  static constexpr uint32_t kObject = 1u << 30;     ///< a defined struct or array type
};
/// Operations of objects.def.
enum class ObjectOp : uint8_t {
#define OBJECT(id, text, shape) id,
#include "interp/objects.def"
#undef OBJECT
};
inline constexpr unsigned kObjectOps = 0
#define OBJECT(id, text, shape) +1
#include "interp/objects.def"
#undef OBJECT
    ;
extern const Family kFamObject;
[[nodiscard]] StringRef shape_of(ObjectOp op);

// vector_*.cc: kVectorOps of a shape. In the speed profile a vector operand lies in a slot or, one of them, in the vector register, or
// is a constant; a result goes to the register, and to its slot unless the next instruction is all that reads it.
extern const Family kFamVectorUnary, kFamVectorBinary, kFamVectorTernary;  ///< D A, D A B, D A B C
extern const Family kFamVectorShift;                     ///< D A, count
extern const Family kFamShuffle;                         ///< D A B; 16 lanes
extern const Family kFamSplatInt, kFamSplatFloat;        ///< D A
extern const Family kFamVectorTest;                      ///< D (integer) A
extern const Family kFamExtractInt, kFamExtractFloat;    ///< D (a scalar) A; lane
extern const Family kFamReplaceInt, kFamReplaceFloat;    ///< D A, B (a scalar); lane

// atomic.cc: atomic instructions on any memory, all operands in slots; fields as in kFamMemory64
inline constexpr Op kFirstAtomic = Op::MemoryAtomicNotify;
inline constexpr int kAtomicOps = static_cast<int>(Op::I64AtomicRmw32CmpxchgU) - static_cast<int>(kFirstAtomic) + 1;
[[nodiscard]] constexpr Op atomic_op(int index) { return static_cast<Op>(static_cast<int>(kFirstAtomic) + index); }
[[nodiscard]] constexpr unsigned atomic_index(Op op) { return static_cast<unsigned>(op) - static_cast<unsigned>(kFirstAtomic); }
extern const Family kFamAtomic;  ///< without a table in builds without threads

// generic_memory.cc, memory64.cc, vector_memory.cc, vector_memory64.cc: loads and stores on any memory with all operands in slots. Their shape is M and the fields behind the operands.
extern const Family kFamGenericMemory;
/// Without a table in builds without 64-bit addresses.
extern const Family kFamMemory64, kFamVectorMemory64;
/// Without a table in builds without vectors, as all of vectors are.
extern const Family kFamAnyVector;
/// Scalar loads and stores by number, then the vector instructions.
inline constexpr int kScalarAccesses = static_cast<int>(Op::I64Store32) - static_cast<int>(Op::I32Load) + 1;
inline constexpr int kGenericMemoryOps =
    kScalarAccesses + static_cast<int>(Op::V128Load64Zero) - static_cast<int>(Op::V128Load) + 1;
[[nodiscard]] constexpr Op generic_memory_op(int index) {
  return static_cast<Op>(index < kScalarAccesses ? static_cast<int>(Op::I32Load) + index
                                                 : static_cast<int>(Op::V128Load) + index - kScalarAccesses);
}
[[nodiscard]] constexpr unsigned generic_memory_index(Op op) {
  return op < Op::V128Load ? static_cast<unsigned>(op) - static_cast<unsigned>(Op::I32Load)
                           : kScalarAccesses + static_cast<unsigned>(op) - static_cast<unsigned>(Op::V128Load);
}

}  // namespace umber::interp
