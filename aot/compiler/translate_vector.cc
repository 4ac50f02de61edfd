// Vector instructions on integer lanes and whole vectors, and the vector memory accesses. A v128 is <16 x i8> between
// operations; each casts it to the lanes it works on. Patterns are the ones that LLVM turns into single instructions.

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsAArch64.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <numeric>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Intrinsic::ID;

unsigned count_of(llvm::Value* vector) { return llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements(); }
unsigned lane_bits(llvm::Value* vector) { return vector->getType()->getScalarSizeInBits(); }

/// 0 or 1, then every second lane.
std::vector<int> every_second(unsigned first, unsigned count) {
  std::vector<int> mask;
  for (unsigned i = 0; i < count; ++i) mask.push_back(static_cast<int>(first + 2 * i));
  return mask;
}

}  // namespace

llvm::FixedVectorType* FunctionTranslator::lanes(llvm::Type* lane) const {
  return llvm::FixedVectorType::get(lane, 128 / lane->getPrimitiveSizeInBits());
}

llvm::Value* FunctionTranslator::read_lanes(ir::Operand operand, llvm::Type* lane) {
  return builder_.CreateBitCast(read(operand, ir::Type::V128), lanes(lane));
}

bool FunctionTranslator::write_lanes(const Inst& inst, llvm::Value* vector) {
  write(inst.dst, ir::Type::V128, builder_.CreateBitCast(vector, types_.v128));
  return true;
}

/// The low or the high half of the lanes.
llvm::Value* FunctionTranslator::half(llvm::Value* vector, bool high) {
  std::vector<int> mask(count_of(vector) / 2);
  std::iota(mask.begin(), mask.end(), high ? static_cast<int>(mask.size()) : 0);
  return builder_.CreateShuffleVector(vector, mask);
}

/// The lanes twice as wide.
llvm::Value* FunctionTranslator::widen(llvm::Value* vector, bool is_signed) {
  auto* type = llvm::FixedVectorType::get(builder_.getIntNTy(lane_bits(vector) * 2), count_of(vector));
  return is_signed ? builder_.CreateSExt(vector, type) : builder_.CreateZExt(vector, type);
}

/// Lanes 0 + 1, 2 + 3, …
llvm::Value* FunctionTranslator::add_neighbours(llvm::Value* vector) {
  const unsigned count = count_of(vector) / 2;
  return builder_.CreateAdd(builder_.CreateShuffleVector(vector, every_second(0, count)),
                            builder_.CreateShuffleVector(vector, every_second(1, count)));
}

/// Signed lanes clamped to half their width, as signed or unsigned.
llvm::Value* FunctionTranslator::narrow(llvm::Value* vector, bool to_signed) {
  const unsigned bits = lane_bits(vector);
  const llvm::APInt lowest = to_signed ? llvm::APInt::getSignedMinValue(bits / 2).sext(bits) : llvm::APInt::getZero(bits);
  const llvm::APInt highest = to_signed ? llvm::APInt::getSignedMaxValue(bits / 2).sext(bits) : llvm::APInt::getMaxValue(bits / 2).zext(bits);
  llvm::Type* type = vector->getType();
  llvm::Value* clamped = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, vector, llvm::ConstantInt::get(type, lowest));
  clamped = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, clamped, llvm::ConstantInt::get(type, highest));
  return builder_.CreateTrunc(clamped, llvm::FixedVectorType::get(builder_.getIntNTy(bits / 2), count_of(vector)));
}

/// Bytes of `a` by index; 0 for an index beyond.
llvm::Value* FunctionTranslator::swizzle(llvm::Value* a, llvm::Value* indices) {
  switch (module_.options().byte_shuffle) {
    case ByteShuffle::X86: {
      // pshufb gives 0 where the index has its top bit set: saturating addition sets it for all from 16 on.
      llvm::Value* high = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::uadd_sat, indices, llvm::ConstantInt::get(types_.v128, 0x70));
      return builder_.CreateIntrinsic(llvm::Intrinsic::x86_ssse3_pshuf_b_128, {}, {a, high});
    }
    case ByteShuffle::AArch64: return builder_.CreateIntrinsic(llvm::Intrinsic::aarch64_neon_tbl1, {types_.v128}, {a, indices});
    case ByteShuffle::None: break;
  }
  llvm::Value* result = llvm::Constant::getNullValue(types_.v128);
  for (uint64_t i = 0; i < 16; ++i) {
    llvm::Value* index = builder_.CreateExtractElement(indices, i);
    llvm::Value* byte = builder_.CreateExtractElement(a, builder_.CreateAnd(index, builder_.getInt8(15)));
    llvm::Value* inside = builder_.CreateICmpULT(index, builder_.getInt8(16));
    result = builder_.CreateInsertElement(result, builder_.CreateSelect(inside, byte, builder_.getInt8(0)), i);
  }
  return result;
}

bool FunctionTranslator::translate_lanes(const Inst& inst) {
  using ir::Type;
  const auto extract = [&](llvm::Type* lane, Type type, bool is_signed) {
    llvm::Value* value = builder_.CreateExtractElement(read_lanes(inst.a, lane), uint64_t{inst.lane});
    if (lane != types_.of(type)) value = is_signed ? builder_.CreateSExt(value, types_.i32) : builder_.CreateZExt(value, types_.i32);
    write(inst.dst, type, value);
    return true;
  };
  const auto scalar = [&](ir::Operand operand, llvm::Type* lane, Type type) {
    llvm::Value* value = read(operand, type);
    return lane == types_.of(type) ? value : builder_.CreateTrunc(value, lane);
  };
  const auto replace = [&](llvm::Type* lane, Type type) {
    return write_lanes(inst, builder_.CreateInsertElement(read_lanes(inst.a, lane), scalar(inst.b, lane, type), uint64_t{inst.lane}));
  };
  const auto splat = [&](llvm::Type* lane, Type type) {
    return write_lanes(inst, builder_.CreateVectorSplat(lanes(lane)->getNumElements(), scalar(inst.a, lane, type)));
  };
  const auto bitwise = [&](auto&& value_of) {
    llvm::Value* a = read_lanes(inst.a, types_.i64);
    return write_lanes(inst, value_of(a, inst.b.is_none() ? nullptr : read_lanes(inst.b, types_.i64)));
  };
  const auto select = [&] {
    llvm::Value* a = read_lanes(inst.a, types_.i64);
    llvm::Value* b = read_lanes(inst.b, types_.i64);
    llvm::Value* mask = read_lanes(inst.c, types_.i64);
    return write_lanes(inst, builder_.CreateOr(builder_.CreateAnd(a, mask), builder_.CreateAnd(b, builder_.CreateNot(mask))));
  };
  switch (inst.op) {
    case ir::Op::I8x16Splat: return splat(types_.i8, Type::I32);
    case ir::Op::I16x8Splat: return splat(types_.i16, Type::I32);
    case ir::Op::I32x4Splat: return splat(types_.i32, Type::I32);
    case ir::Op::I64x2Splat: return splat(types_.i64, Type::I64);
    case ir::Op::F32x4Splat: return splat(types_.f32, Type::F32);
    case ir::Op::F64x2Splat: return splat(types_.f64, Type::F64);
    case ir::Op::I8x16ExtractLaneS: return extract(types_.i8, Type::I32, true);
    case ir::Op::I8x16ExtractLaneU: return extract(types_.i8, Type::I32, false);
    case ir::Op::I16x8ExtractLaneS: return extract(types_.i16, Type::I32, true);
    case ir::Op::I16x8ExtractLaneU: return extract(types_.i16, Type::I32, false);
    case ir::Op::I32x4ExtractLane: return extract(types_.i32, Type::I32, false);
    case ir::Op::I64x2ExtractLane: return extract(types_.i64, Type::I64, false);
    case ir::Op::F32x4ExtractLane: return extract(types_.f32, Type::F32, false);
    case ir::Op::F64x2ExtractLane: return extract(types_.f64, Type::F64, false);
    case ir::Op::I8x16ReplaceLane: return replace(types_.i8, Type::I32);
    case ir::Op::I16x8ReplaceLane: return replace(types_.i16, Type::I32);
    case ir::Op::I32x4ReplaceLane: return replace(types_.i32, Type::I32);
    case ir::Op::I64x2ReplaceLane: return replace(types_.i64, Type::I64);
    case ir::Op::F32x4ReplaceLane: return replace(types_.f32, Type::F32);
    case ir::Op::F64x2ReplaceLane: return replace(types_.f64, Type::F64);
    case ir::Op::I8x16Shuffle: {
      const uint64_t lane_words[] = {function_.constants[inst.c.constant_idx()], function_.constants[inst.c.constant_idx() + 1]};
      std::vector<int> mask;
      for (unsigned i = 0; i < 16; ++i) mask.push_back(static_cast<int>(lane_words[i / 8] >> i % 8 * 8 & 31));
      llvm::Value* a = read_lanes(inst.a, types_.i8);
      return write_lanes(inst, builder_.CreateShuffleVector(a, read_lanes(inst.b, types_.i8), mask));
    }
    case ir::Op::I8x16Swizzle:
    case ir::Op::I8x16RelaxedSwizzle: {
      llvm::Value* a = read_lanes(inst.a, types_.i8);
      return write_lanes(inst, swizzle(a, read_lanes(inst.b, types_.i8)));
    }
    case ir::Op::V128Not: return bitwise([&](llvm::Value* a, llvm::Value*) { return builder_.CreateNot(a); });
    case ir::Op::V128And: return bitwise([&](llvm::Value* a, llvm::Value* b) { return builder_.CreateAnd(a, b); });
    case ir::Op::V128Or: return bitwise([&](llvm::Value* a, llvm::Value* b) { return builder_.CreateOr(a, b); });
    case ir::Op::V128Xor: return bitwise([&](llvm::Value* a, llvm::Value* b) { return builder_.CreateXor(a, b); });
    case ir::Op::V128Andnot:
      return bitwise([&](llvm::Value* a, llvm::Value* b) { return builder_.CreateAnd(a, builder_.CreateNot(b)); });
    case ir::Op::V128Bitselect:
    case ir::Op::I8x16RelaxedLaneselect:
    case ir::Op::I16x8RelaxedLaneselect:
    case ir::Op::I32x4RelaxedLaneselect:
    case ir::Op::I64x2RelaxedLaneselect: return select();
    case ir::Op::V128AnyTrue: {
      llvm::Value* bits = builder_.CreateBitCast(read(inst.a, Type::V128), builder_.getInt128Ty());
      write(inst.dst, Type::I32, builder_.CreateZExt(builder_.CreateICmpNE(bits, llvm::ConstantInt::get(bits->getType(), 0)), types_.i32));
      return true;
    }
    default: return false;
  }
}

bool FunctionTranslator::translate_vector_integer(const Inst& inst) {
  const auto unary = [&](llvm::Type* lane, auto&& value_of) { return write_lanes(inst, value_of(read_lanes(inst.a, lane))); };
  const auto binary = [&](llvm::Type* lane, auto&& value_of) {
    llvm::Value* a = read_lanes(inst.a, lane);
    return write_lanes(inst, value_of(a, read_lanes(inst.b, lane)));
  };
  const auto arithmetic = [&](llvm::Type* lane, Instruction::BinaryOps operation) {
    return binary(lane, [&](llvm::Value* a, llvm::Value* b) { return builder_.CreateBinOp(operation, a, b); });
  };
  const auto intrinsic = [&](llvm::Type* lane, ID id) {
    return binary(lane, [&](llvm::Value* a, llvm::Value* b) { return builder_.CreateBinaryIntrinsic(id, a, b); });
  };
  const auto compare = [&](llvm::Type* lane, CmpInst::Predicate predicate) {
    return binary(lane, [&](llvm::Value* a, llvm::Value* b) { return builder_.CreateSExt(builder_.CreateICmp(predicate, a, b), lanes(lane)); });
  };
  const auto shift = [&](llvm::Type* lane, Instruction::BinaryOps operation) {
    llvm::Value* a = read_lanes(inst.a, lane);
    llvm::Value* count = builder_.CreateAnd(read(inst.b, ir::Type::I32), builder_.getInt32(lane_bits(a) - 1));
    count = builder_.CreateVectorSplat(count_of(a), builder_.CreateZExtOrTrunc(count, lane));
    return write_lanes(inst, builder_.CreateBinOp(operation, a, count));
  };
  const auto mask_of = [&](llvm::Value* holds) { return builder_.CreateBitCast(holds, builder_.getIntNTy(count_of(holds))); };
  const auto all_true = [&](llvm::Type* lane) {
    llvm::Value* a = read_lanes(inst.a, lane);
    llvm::Value* zeros = mask_of(builder_.CreateICmpEQ(a, llvm::Constant::getNullValue(a->getType())));
    write(inst.dst, ir::Type::I32, builder_.CreateZExt(builder_.CreateICmpEQ(zeros, llvm::Constant::getNullValue(zeros->getType())), types_.i32));
    return true;
  };
  const auto bitmask = [&](llvm::Type* lane) {
    llvm::Value* a = read_lanes(inst.a, lane);
    llvm::Value* mask = mask_of(builder_.CreateICmpSLT(a, llvm::Constant::getNullValue(a->getType())));
    write(inst.dst, ir::Type::I32, builder_.CreateZExt(mask, types_.i32));
    return true;
  };
  const auto extend = [&](llvm::Type* lane, bool high, bool is_signed) {
    return unary(lane, [&](llvm::Value* a) { return widen(half(a, high), is_signed); });
  };
  const auto multiply_extended = [&](llvm::Type* lane, bool high, bool is_signed) {
    return binary(lane, [&](llvm::Value* a, llvm::Value* b) {
      return builder_.CreateMul(widen(half(a, high), is_signed), widen(half(b, high), is_signed));
    });
  };
  const auto add_pairwise = [&](llvm::Type* lane, bool is_signed) {
    return unary(lane, [&](llvm::Value* a) { return add_neighbours(widen(a, is_signed)); });
  };
  const auto narrow_both = [&](llvm::Type* lane, bool to_signed) {
    return binary(lane, [&](llvm::Value* a, llvm::Value* b) {
      std::vector<int> both(count_of(a) * 2);
      std::iota(both.begin(), both.end(), 0);
      return narrow(builder_.CreateShuffleVector(a, b, both), to_signed);
    });
  };
  const auto dot = [&](llvm::Value* a, llvm::Value* b) { return add_neighbours(builder_.CreateMul(widen(a, true), widen(b, true))); };
  /// Products of signed bytes need 17 bits when two are added, so the sum is made in 32 bits and clamped.
  const auto dot_bytes = [&] {
    llvm::Value* a = widen(widen(read_lanes(inst.a, types_.i8), true), true);
    llvm::Value* b = widen(widen(read_lanes(inst.b, types_.i8), true), true);
    return narrow(add_neighbours(builder_.CreateMul(a, b)), true);
  };

  switch (inst.op) {
#define SIGNED_COMPARISONS(S, T)                                            \
  case ir::Op::S##Eq: return compare(T, CmpInst::ICMP_EQ);                  \
  case ir::Op::S##Ne: return compare(T, CmpInst::ICMP_NE);                  \
  case ir::Op::S##LtS: return compare(T, CmpInst::ICMP_SLT);                \
  case ir::Op::S##GtS: return compare(T, CmpInst::ICMP_SGT);                \
  case ir::Op::S##LeS: return compare(T, CmpInst::ICMP_SLE);                \
  case ir::Op::S##GeS: return compare(T, CmpInst::ICMP_SGE);
#define EVERY_SHAPE(S, T)                                                   \
  SIGNED_COMPARISONS(S, T)                                                  \
  case ir::Op::S##Abs: return unary(T, [&](llvm::Value* a) { return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, builder_.getFalse()); }); \
  case ir::Op::S##Neg: return unary(T, [&](llvm::Value* a) { return builder_.CreateNeg(a); }); \
  case ir::Op::S##AllTrue: return all_true(T);                              \
  case ir::Op::S##Bitmask: return bitmask(T);                               \
  case ir::Op::S##Shl: return shift(T, Instruction::Shl);                   \
  case ir::Op::S##ShrS: return shift(T, Instruction::AShr);                 \
  case ir::Op::S##ShrU: return shift(T, Instruction::LShr);                 \
  case ir::Op::S##Add: return arithmetic(T, Instruction::Add);              \
  case ir::Op::S##Sub: return arithmetic(T, Instruction::Sub);
    EVERY_SHAPE(I8x16, types_.i8)
    EVERY_SHAPE(I16x8, types_.i16)
    EVERY_SHAPE(I32x4, types_.i32)
    EVERY_SHAPE(I64x2, types_.i64)
#undef EVERY_SHAPE
#undef SIGNED_COMPARISONS
#define UP_TO_32_BITS(S, T)                                                 \
  case ir::Op::S##LtU: return compare(T, CmpInst::ICMP_ULT);                \
  case ir::Op::S##GtU: return compare(T, CmpInst::ICMP_UGT);                \
  case ir::Op::S##LeU: return compare(T, CmpInst::ICMP_ULE);                \
  case ir::Op::S##GeU: return compare(T, CmpInst::ICMP_UGE);                \
  case ir::Op::S##MinS: return intrinsic(T, llvm::Intrinsic::smin);         \
  case ir::Op::S##MinU: return intrinsic(T, llvm::Intrinsic::umin);         \
  case ir::Op::S##MaxS: return intrinsic(T, llvm::Intrinsic::smax);         \
  case ir::Op::S##MaxU: return intrinsic(T, llvm::Intrinsic::umax);
    UP_TO_32_BITS(I8x16, types_.i8)
    UP_TO_32_BITS(I16x8, types_.i16)
    UP_TO_32_BITS(I32x4, types_.i32)
#undef UP_TO_32_BITS
#define UP_TO_16_BITS(S, T)                                                 \
  case ir::Op::S##AddSatS: return intrinsic(T, llvm::Intrinsic::sadd_sat);  \
  case ir::Op::S##AddSatU: return intrinsic(T, llvm::Intrinsic::uadd_sat);  \
  case ir::Op::S##SubSatS: return intrinsic(T, llvm::Intrinsic::ssub_sat);  \
  case ir::Op::S##SubSatU: return intrinsic(T, llvm::Intrinsic::usub_sat);  \
  case ir::Op::S##AvgrU:                                                    \
    return binary(T, [&](llvm::Value* a, llvm::Value* b) {                  \
      llvm::Value* sum = builder_.CreateAdd(widen(a, false), widen(b, false)); \
      sum = builder_.CreateAdd(sum, llvm::ConstantInt::get(sum->getType(), 1)); \
      return builder_.CreateTrunc(builder_.CreateLShr(sum, 1), lanes(T));   \
    });
    UP_TO_16_BITS(I8x16, types_.i8)
    UP_TO_16_BITS(I16x8, types_.i16)
#undef UP_TO_16_BITS
#define WIDENING(WIDE, NARROW, T)                                           \
  case ir::Op::WIDE##ExtendLow##NARROW##S: return extend(T, false, true);   \
  case ir::Op::WIDE##ExtendHigh##NARROW##S: return extend(T, true, true);   \
  case ir::Op::WIDE##ExtendLow##NARROW##U: return extend(T, false, false);  \
  case ir::Op::WIDE##ExtendHigh##NARROW##U: return extend(T, true, false);  \
  case ir::Op::WIDE##ExtmulLow##NARROW##S: return multiply_extended(T, false, true);  \
  case ir::Op::WIDE##ExtmulHigh##NARROW##S: return multiply_extended(T, true, true);  \
  case ir::Op::WIDE##ExtmulLow##NARROW##U: return multiply_extended(T, false, false); \
  case ir::Op::WIDE##ExtmulHigh##NARROW##U: return multiply_extended(T, true, false);
    WIDENING(I16x8, I8x16, types_.i8)
    WIDENING(I32x4, I16x8, types_.i16)
    WIDENING(I64x2, I32x4, types_.i32)
#undef WIDENING
    case ir::Op::I16x8Mul: return arithmetic(types_.i16, Instruction::Mul);
    case ir::Op::I32x4Mul: return arithmetic(types_.i32, Instruction::Mul);
    case ir::Op::I64x2Mul: return arithmetic(types_.i64, Instruction::Mul);
    case ir::Op::I8x16Popcnt:
      return unary(types_.i8, [&](llvm::Value* a) { return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, a); });
    case ir::Op::I8x16NarrowI16x8S: return narrow_both(types_.i16, true);
    case ir::Op::I8x16NarrowI16x8U: return narrow_both(types_.i16, false);
    case ir::Op::I16x8NarrowI32x4S: return narrow_both(types_.i32, true);
    case ir::Op::I16x8NarrowI32x4U: return narrow_both(types_.i32, false);
    case ir::Op::I16x8ExtaddPairwiseI8x16S: return add_pairwise(types_.i8, true);
    case ir::Op::I16x8ExtaddPairwiseI8x16U: return add_pairwise(types_.i8, false);
    case ir::Op::I32x4ExtaddPairwiseI16x8S: return add_pairwise(types_.i16, true);
    case ir::Op::I32x4ExtaddPairwiseI16x8U: return add_pairwise(types_.i16, false);
    case ir::Op::I16x8Q15mulrSatS:
    case ir::Op::I16x8RelaxedQ15mulrS:
      return binary(types_.i16, [&](llvm::Value* a, llvm::Value* b) {
        llvm::Value* product = builder_.CreateMul(widen(a, true), widen(b, true));
        product = builder_.CreateAdd(product, llvm::ConstantInt::get(product->getType(), 0x4000));
        return narrow(builder_.CreateAShr(product, 15), true);
      });
    case ir::Op::I32x4DotI16x8S: return binary(types_.i16, dot);
    case ir::Op::I16x8RelaxedDotI8x16I7x16S: return write_lanes(inst, dot_bytes());
    case ir::Op::I32x4RelaxedDotI8x16I7x16AddS:
      return write_lanes(inst, builder_.CreateAdd(add_neighbours(widen(dot_bytes(), true)), read_lanes(inst.c, types_.i32)));
    default: return false;
  }
}

bool FunctionTranslator::translate_vector_memory(const Inst& inst) {
  const auto load_extended = [&](llvm::Type* lane, bool is_signed) {
    auto* narrow_type = llvm::FixedVectorType::get(lane, 64 / lane->getPrimitiveSizeInBits());
    return write_lanes(inst, widen(load(inst, narrow_type), is_signed));
  };
  const auto load_splat = [&](llvm::Type* lane) {
    return write_lanes(inst, builder_.CreateVectorSplat(lanes(lane)->getNumElements(), load(inst, lane)));
  };
  const auto load_zero = [&](llvm::Type* lane) {
    return write_lanes(inst, builder_.CreateInsertElement(llvm::Constant::getNullValue(lanes(lane)), load(inst, lane), uint64_t{0}));
  };
  const auto load_lane = [&](llvm::Type* lane) {
    llvm::Value* value = load(inst, lane);
    return write_lanes(inst, builder_.CreateInsertElement(read_lanes(inst.b, lane), value, uint64_t{inst.lane}));
  };
  const auto store_lane = [&](llvm::Type* lane) {
    store(inst, builder_.CreateExtractElement(read_lanes(inst.b, lane), uint64_t{inst.lane}));
    return true;
  };
  switch (inst.op) {
    case ir::Op::V128Load8x8S: return load_extended(types_.i8, true);
    case ir::Op::V128Load8x8U: return load_extended(types_.i8, false);
    case ir::Op::V128Load16x4S: return load_extended(types_.i16, true);
    case ir::Op::V128Load16x4U: return load_extended(types_.i16, false);
    case ir::Op::V128Load32x2S: return load_extended(types_.i32, true);
    case ir::Op::V128Load32x2U: return load_extended(types_.i32, false);
#define EVERY_WIDTH(W, T)                                      \
  case ir::Op::V128Load##W##Splat: return load_splat(T);       \
  case ir::Op::V128Load##W##Lane: return load_lane(T);         \
  case ir::Op::V128Store##W##Lane: return store_lane(T);
    EVERY_WIDTH(8, types_.i8)
    EVERY_WIDTH(16, types_.i16)
    EVERY_WIDTH(32, types_.i32)
    EVERY_WIDTH(64, types_.i64)
#undef EVERY_WIDTH
    case ir::Op::V128Load32Zero: return load_zero(types_.i32);
    case ir::Op::V128Load64Zero: return load_zero(types_.i64);
    default: return false;
  }
}

}  // namespace umber::aot
