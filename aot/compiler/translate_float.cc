// Floating-point arithmetic, scalar and vector. The machine's operations are Wasm's; what has to be watched is LLVM, which
// takes for granted that nobody looks at signalling NaNs: it simplifies x * 1 to x, where Wasm wants a quiet NaN from a
// signalling one. Constants for which it does that are hidden behind a fence.

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/PatternMatch.h>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Intrinsic::ID;

/// Constants with which an operation is the identity or a negation.
bool is_neutral(Instruction::BinaryOps operation, llvm::Value* value) {
  using namespace llvm::PatternMatch;
  const bool is_one = match(value, m_FPOne()) || match(value, m_SpecificFP(-1.0));
  const bool is_zero = match(value, m_AnyZeroFP());
  return operation == Instruction::FMul || operation == Instruction::FDiv ? is_one : is_zero;
}

}  // namespace

llvm::Value* FunctionTranslator::fence(llvm::Value* value) {
  return builder_.CreateIntrinsic(llvm::Intrinsic::arithmetic_fence, {value->getType()}, {value});
}

llvm::Value* FunctionTranslator::float_arithmetic(Instruction::BinaryOps operation, llvm::Value* a, llvm::Value* b) {
  if (is_neutral(operation, a)) a = fence(a);
  if (is_neutral(operation, b)) b = fence(b);
  return builder_.CreateBinOp(operation, a, b);
}

/// As decoder/wasm/semantics/floating.h: two selections that differ only for zeros, whose signs are merged, and for NaNs,
/// which the sum makes quiet.
llvm::Value* FunctionTranslator::float_minimum(llvm::Value* a, llvm::Value* b, bool is_maximum) {
  const CmpInst::Predicate before = is_maximum ? CmpInst::FCMP_OGT : CmpInst::FCMP_OLT;
  llvm::Value* one = builder_.CreateSelect(builder_.CreateFCmp(before, a, b), a, b);
  llvm::Value* other = builder_.CreateSelect(builder_.CreateFCmp(before, b, a), b, a);
  llvm::Type* type = a->getType();
  llvm::Type* bits = type->getWithNewType(builder_.getIntNTy(type->getScalarSizeInBits()));
  one = builder_.CreateBitCast(one, bits);
  other = builder_.CreateBitCast(other, bits);
  llvm::Value* merged = is_maximum ? builder_.CreateAnd(one, other) : builder_.CreateOr(one, other);
  return builder_.CreateSelect(builder_.CreateFCmpUNO(a, b), builder_.CreateFAdd(a, b), builder_.CreateBitCast(merged, type));
}

/// LLVM takes a demotion of a promotion for nothing.
llvm::Value* FunctionTranslator::demote(llvm::Value* value, llvm::Type* type) { return builder_.CreateFPTrunc(fence(value), type); }

llvm::Value* FunctionTranslator::truncate_saturating(llvm::Value* value, llvm::Type* type, bool is_signed) {
  const auto intrinsic = is_signed ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat;
  if (module_.clamping_keeps_nans() && !is_signed && value->getType()->isVectorTy()) {
    value = builder_.CreateSelect(builder_.CreateFCmpUNO(value, value), llvm::Constant::getNullValue(value->getType()), value);
  }
  return builder_.CreateIntrinsic(intrinsic, {type, value->getType()}, {value});
}

/// RISC-V rounds by way of integers, and leaves alone what has none, signalling NaNs too: those are added to themselves.
llvm::Value* FunctionTranslator::round_to_integer(llvm::Intrinsic::ID intrinsic, llvm::Value* a) {
  llvm::Value* rounded = builder_.CreateUnaryIntrinsic(intrinsic, a);
  if (!module_.rounding_keeps_nans()) return rounded;
  return builder_.CreateSelect(builder_.CreateFCmpUNO(a, a), builder_.CreateFAdd(a, a), rounded);
}

/// An operation on floats whatever their shape; null if it is none, or one that differs between scalars and vectors.
llvm::Value* FunctionTranslator::float_operation(FloatOperation operation, llvm::Value* a, llvm::Value* b) {
  switch (operation) {
    case FloatOperation::Add: return float_arithmetic(Instruction::FAdd, a, b);
    case FloatOperation::Sub: return float_arithmetic(Instruction::FSub, a, b);
    case FloatOperation::Mul: return float_arithmetic(Instruction::FMul, a, b);
    case FloatOperation::Div: return float_arithmetic(Instruction::FDiv, a, b);
    case FloatOperation::Min: return float_minimum(a, b, false);
    case FloatOperation::Max: return float_minimum(a, b, true);
    case FloatOperation::Pmin: return builder_.CreateSelect(builder_.CreateFCmpOLT(b, a), b, a);
    case FloatOperation::Pmax: return builder_.CreateSelect(builder_.CreateFCmpOLT(a, b), b, a);
    case FloatOperation::Copysign: return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, a, b);
    case FloatOperation::Abs: return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a);
    case FloatOperation::Neg: return builder_.CreateFNeg(a);
    case FloatOperation::Ceil: return round_to_integer(llvm::Intrinsic::ceil, a);
    case FloatOperation::Floor: return round_to_integer(llvm::Intrinsic::floor, a);
    case FloatOperation::Trunc: return round_to_integer(llvm::Intrinsic::trunc, a);
    case FloatOperation::Nearest: return round_to_integer(llvm::Intrinsic::roundeven, a);
    case FloatOperation::Sqrt: return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, a);
  }
  return nullptr;
}

bool FunctionTranslator::translate_float(const Inst& inst) {
  const auto compute = [&](ir::Type type, FloatOperation operation) {
    llvm::Value* a = read(inst.a, type);
    write(inst.dst, type, float_operation(operation, a, inst.b.is_none() ? nullptr : read(inst.b, type)));
    return true;
  };
  const auto compare = [&](ir::Type type, CmpInst::Predicate predicate) {
    llvm::Value* a = read(inst.a, type);
    write(inst.dst, ir::Type::I32, builder_.CreateZExt(builder_.CreateFCmp(predicate, a, read(inst.b, type)), types_.i32));
    return true;
  };
  using enum FloatOperation;
  switch (inst.op) {
#define COMPARISONS(S, T)                                  \
  case ir::Op::S##Eq: return compare(T, CmpInst::FCMP_OEQ); \
  case ir::Op::S##Ne: return compare(T, CmpInst::FCMP_UNE); \
  case ir::Op::S##Lt: return compare(T, CmpInst::FCMP_OLT); \
  case ir::Op::S##Gt: return compare(T, CmpInst::FCMP_OGT); \
  case ir::Op::S##Le: return compare(T, CmpInst::FCMP_OLE); \
  case ir::Op::S##Ge: return compare(T, CmpInst::FCMP_OGE);
#define OPERATIONS(S, T)                              \
  case ir::Op::S##Abs: return compute(T, Abs);         \
  case ir::Op::S##Neg: return compute(T, Neg);         \
  case ir::Op::S##Ceil: return compute(T, Ceil);       \
  case ir::Op::S##Floor: return compute(T, Floor);     \
  case ir::Op::S##Trunc: return compute(T, Trunc);     \
  case ir::Op::S##Nearest: return compute(T, Nearest); \
  case ir::Op::S##Sqrt: return compute(T, Sqrt);       \
  case ir::Op::S##Add: return compute(T, Add);         \
  case ir::Op::S##Sub: return compute(T, Sub);         \
  case ir::Op::S##Mul: return compute(T, Mul);         \
  case ir::Op::S##Div: return compute(T, Div);         \
  case ir::Op::S##Min: return compute(T, Min);         \
  case ir::Op::S##Max: return compute(T, Max);
    COMPARISONS(F32, ir::Type::F32)
    COMPARISONS(F64, ir::Type::F64)
    OPERATIONS(F32, ir::Type::F32)
    OPERATIONS(F64, ir::Type::F64)
    case ir::Op::F32Copysign: return compute(ir::Type::F32, Copysign);
    case ir::Op::F64Copysign: return compute(ir::Type::F64, Copysign);
    default: return false;
  }
}

bool FunctionTranslator::translate_vector_float(const Inst& inst) {
  const auto compute = [&](llvm::Type* lane, FloatOperation operation) {
    llvm::Value* a = read_lanes(inst.a, lane);
    return write_lanes(inst, float_operation(operation, a, inst.b.is_none() ? nullptr : read_lanes(inst.b, lane)));
  };
  const auto compare = [&](llvm::Type* lane, CmpInst::Predicate predicate) {
    llvm::Value* a = read_lanes(inst.a, lane);
    llvm::Value* holds = builder_.CreateFCmp(predicate, a, read_lanes(inst.b, lane));
    return write_lanes(inst, builder_.CreateSExt(holds, lanes(builder_.getIntNTy(lane->getPrimitiveSizeInBits()))));
  };
  const auto multiply_add = [&](llvm::Type* lane, bool negated) {
    llvm::Value* a = read_lanes(inst.a, lane);
    if (negated) a = builder_.CreateFNeg(a);
    llvm::Value* product = float_arithmetic(Instruction::FMul, a, read_lanes(inst.b, lane));
    return write_lanes(inst, float_arithmetic(Instruction::FAdd, product, read_lanes(inst.c, lane)));
  };
  /// Two lanes in the low half, zeros above.
  const auto above_zero = [&](llvm::Value* low) {
    return builder_.CreateShuffleVector(low, llvm::Constant::getNullValue(low->getType()), std::array<int, 4>{0, 1, 2, 3});
  };
  const auto pair = [&](llvm::Type* lane) { return llvm::FixedVectorType::get(lane, 2); };
  using enum FloatOperation;
  switch (inst.op) {
    COMPARISONS(F32x4, types_.f32)
    COMPARISONS(F64x2, types_.f64)
    OPERATIONS(F32x4, types_.f32)
    OPERATIONS(F64x2, types_.f64)
#undef COMPARISONS
#undef OPERATIONS
    case ir::Op::F32x4Pmin: return compute(types_.f32, Pmin);
    case ir::Op::F32x4Pmax: return compute(types_.f32, Pmax);
    case ir::Op::F64x2Pmin: return compute(types_.f64, Pmin);
    case ir::Op::F64x2Pmax: return compute(types_.f64, Pmax);
    case ir::Op::F32x4RelaxedMin: return compute(types_.f32, Min);
    case ir::Op::F32x4RelaxedMax: return compute(types_.f32, Max);
    case ir::Op::F64x2RelaxedMin: return compute(types_.f64, Min);
    case ir::Op::F64x2RelaxedMax: return compute(types_.f64, Max);
    case ir::Op::F32x4RelaxedMadd: return multiply_add(types_.f32, false);
    case ir::Op::F32x4RelaxedNmadd: return multiply_add(types_.f32, true);
    case ir::Op::F64x2RelaxedMadd: return multiply_add(types_.f64, false);
    case ir::Op::F64x2RelaxedNmadd: return multiply_add(types_.f64, true);
    case ir::Op::F32x4DemoteF64x2Zero: return write_lanes(inst, above_zero(demote(read_lanes(inst.a, types_.f64), pair(types_.f32))));
    case ir::Op::F64x2PromoteLowF32x4:
      return write_lanes(inst, builder_.CreateFPExt(half(read_lanes(inst.a, types_.f32), false), pair(types_.f64)));
    case ir::Op::I32x4TruncSatF32x4S:
    case ir::Op::I32x4RelaxedTruncF32x4S:
      return write_lanes(inst, truncate_saturating(read_lanes(inst.a, types_.f32), lanes(types_.i32), true));
    case ir::Op::I32x4TruncSatF32x4U:
    case ir::Op::I32x4RelaxedTruncF32x4U:
      return write_lanes(inst, truncate_saturating(read_lanes(inst.a, types_.f32), lanes(types_.i32), false));
    case ir::Op::I32x4TruncSatF64x2SZero:
    case ir::Op::I32x4RelaxedTruncF64x2SZero:
      return write_lanes(inst, above_zero(truncate_saturating(read_lanes(inst.a, types_.f64), pair(types_.i32), true)));
    case ir::Op::I32x4TruncSatF64x2UZero:
    case ir::Op::I32x4RelaxedTruncF64x2UZero:
      return write_lanes(inst, above_zero(truncate_saturating(read_lanes(inst.a, types_.f64), pair(types_.i32), false)));
    case ir::Op::F32x4ConvertI32x4S: return write_lanes(inst, builder_.CreateSIToFP(read_lanes(inst.a, types_.i32), lanes(types_.f32)));
    case ir::Op::F32x4ConvertI32x4U: return write_lanes(inst, builder_.CreateUIToFP(read_lanes(inst.a, types_.i32), lanes(types_.f32)));
    case ir::Op::F64x2ConvertLowI32x4S:
      return write_lanes(inst, builder_.CreateSIToFP(half(read_lanes(inst.a, types_.i32), false), pair(types_.f64)));
    case ir::Op::F64x2ConvertLowI32x4U:
      return write_lanes(inst, builder_.CreateUIToFP(half(read_lanes(inst.a, types_.i32), false), pair(types_.f64)));
    default: return false;
  }
}

}  // namespace umber::aot
