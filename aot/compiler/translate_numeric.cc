// Integer arithmetic and comparisons. Where LLVM's operation differs from Wasm's (division, shifts) the difference is spelled
// out here.

#include <llvm/IR/Intrinsics.h>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

using llvm::CmpInst;
using llvm::Instruction;
using llvm::Intrinsic::ID;

}  // namespace

/// Traps on division by zero and, for signed quotients, on the one overflow; the remainder of that overflow is 0.
llvm::Value* FunctionTranslator::divide(Instruction::BinaryOps operation, llvm::Value* a, llvm::Value* b) {
  llvm::Type* type = a->getType();
  llvm::Constant* minus_one = llvm::ConstantInt::getAllOnesValue(type);
  trap_if(builder_.CreateICmpEQ(b, llvm::Constant::getNullValue(type)), TrapKind::IntegerDivideByZero);
  if (operation == Instruction::SDiv) {
    llvm::Constant* smallest = llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(type->getIntegerBitWidth()));
    llvm::Value* overflows = builder_.CreateAnd(builder_.CreateICmpEQ(a, smallest), builder_.CreateICmpEQ(b, minus_one));
    trap_if(overflows, TrapKind::IntegerOverflow);
  }
  if (operation == Instruction::SRem) {
    b = builder_.CreateSelect(builder_.CreateICmpEQ(b, minus_one), llvm::ConstantInt::get(type, 1), b);
  }
  return builder_.CreateBinOp(operation, a, b);
}

bool FunctionTranslator::translate_numeric(const Inst& inst) {
  const auto unary = [&](ir::Type type, auto&& value_of) {
    write(inst.dst, type, value_of(read(inst.a, type)));
    return true;
  };
  const auto binary = [&](ir::Type type, auto&& value_of) {
    llvm::Value* a = read(inst.a, type);
    write(inst.dst, type, value_of(a, read(inst.b, type)));
    return true;
  };
  const auto arithmetic = [&](ir::Type type, Instruction::BinaryOps operation) {
    return binary(type, [&](llvm::Value* a, llvm::Value* b) { return builder_.CreateBinOp(operation, a, b); });
  };
  const auto division = [&](ir::Type type, Instruction::BinaryOps operation) {
    return binary(type, [&](llvm::Value* a, llvm::Value* b) { return divide(operation, a, b); });
  };
  const auto shift = [&](ir::Type type, Instruction::BinaryOps operation) {
    return binary(type, [&](llvm::Value* a, llvm::Value* b) {
      llvm::Value* count = builder_.CreateAnd(b, llvm::ConstantInt::get(b->getType(), b->getType()->getIntegerBitWidth() - 1));
      return builder_.CreateBinOp(operation, a, count);
    });
  };
  const auto rotate = [&](ir::Type type, ID intrinsic) {
    return binary(type, [&](llvm::Value* a, llvm::Value* b) { return builder_.CreateIntrinsic(intrinsic, {a->getType()}, {a, a, b}); });
  };
  const auto compare = [&](ir::Type type, CmpInst::Predicate predicate) {
    llvm::Value* a = read(inst.a, type);
    llvm::Value* holds = builder_.CreateCmp(predicate, a, read(inst.b, type));
    write(inst.dst, ir::Type::I32, builder_.CreateZExt(holds, types_.i32));
    return true;
  };
  const auto is_zero = [&](ir::Type type) {
    llvm::Value* a = read(inst.a, type);
    write(inst.dst, ir::Type::I32, builder_.CreateZExt(builder_.CreateICmpEQ(a, llvm::Constant::getNullValue(a->getType())), types_.i32));
    return true;
  };
  const auto count_zeros = [&](ir::Type type, ID intrinsic) {
    return unary(type, [&](llvm::Value* a) { return builder_.CreateIntrinsic(intrinsic, {a->getType()}, {a, builder_.getFalse()}); });
  };
  const auto intrinsic1 = [&](ir::Type type, ID intrinsic) {
    return unary(type, [&](llvm::Value* a) { return builder_.CreateUnaryIntrinsic(intrinsic, a); });
  };
  switch (inst.op) {
#define INTEGER(W, T)                                                                       \
  case ir::Op::W##Eqz: return is_zero(T);                                                   \
  case ir::Op::W##Eq: return compare(T, CmpInst::ICMP_EQ);                                  \
  case ir::Op::W##Ne: return compare(T, CmpInst::ICMP_NE);                                  \
  case ir::Op::W##LtS: return compare(T, CmpInst::ICMP_SLT);                                \
  case ir::Op::W##LtU: return compare(T, CmpInst::ICMP_ULT);                                \
  case ir::Op::W##GtS: return compare(T, CmpInst::ICMP_SGT);                                \
  case ir::Op::W##GtU: return compare(T, CmpInst::ICMP_UGT);                                \
  case ir::Op::W##LeS: return compare(T, CmpInst::ICMP_SLE);                                \
  case ir::Op::W##LeU: return compare(T, CmpInst::ICMP_ULE);                                \
  case ir::Op::W##GeS: return compare(T, CmpInst::ICMP_SGE);                                \
  case ir::Op::W##GeU: return compare(T, CmpInst::ICMP_UGE);                                \
  case ir::Op::W##Clz: return count_zeros(T, llvm::Intrinsic::ctlz);                        \
  case ir::Op::W##Ctz: return count_zeros(T, llvm::Intrinsic::cttz);                        \
  case ir::Op::W##Popcnt: return intrinsic1(T, llvm::Intrinsic::ctpop);                     \
  case ir::Op::W##Add: return arithmetic(T, Instruction::Add);                              \
  case ir::Op::W##Sub: return arithmetic(T, Instruction::Sub);                              \
  case ir::Op::W##Mul: return arithmetic(T, Instruction::Mul);                              \
  case ir::Op::W##DivS: return division(T, Instruction::SDiv);                              \
  case ir::Op::W##DivU: return division(T, Instruction::UDiv);                              \
  case ir::Op::W##RemS: return division(T, Instruction::SRem);                              \
  case ir::Op::W##RemU: return division(T, Instruction::URem);                              \
  case ir::Op::W##And: return arithmetic(T, Instruction::And);                              \
  case ir::Op::W##Or: return arithmetic(T, Instruction::Or);                                \
  case ir::Op::W##Xor: return arithmetic(T, Instruction::Xor);                              \
  case ir::Op::W##Shl: return shift(T, Instruction::Shl);                                   \
  case ir::Op::W##ShrS: return shift(T, Instruction::AShr);                                 \
  case ir::Op::W##ShrU: return shift(T, Instruction::LShr);                                 \
  case ir::Op::W##Rotl: return rotate(T, llvm::Intrinsic::fshl);                            \
  case ir::Op::W##Rotr: return rotate(T, llvm::Intrinsic::fshr);
    INTEGER(I32, ir::Type::I32)
    INTEGER(I64, ir::Type::I64)
#undef INTEGER
    default: return false;
  }
}

/// 128-bit sums and products as pairs of i64, low half first.
bool FunctionTranslator::translate_wide(const Inst& inst) {
  llvm::Type* i128 = builder_.getInt128Ty();
  std::span<const uint32_t> operands;
  const auto wide = [&](size_t i) {
    llvm::Value* high = builder_.CreateShl(builder_.CreateZExt(read(operands[i + 1], ir::Type::I64), i128), 64);
    return builder_.CreateOr(builder_.CreateZExt(read(operands[i], ir::Type::I64), i128), high);
  };
  const auto extended = [&](size_t i, bool is_signed) {
    llvm::Value* value = read(operands[i], ir::Type::I64);
    return is_signed ? builder_.CreateSExt(value, i128) : builder_.CreateZExt(value, i128);
  };
  const auto finish = [&](llvm::Value* value) {
    write(inst.dst, ir::Type::I64, builder_.CreateTrunc(value, types_.i64));
    write(inst.dst + 1, ir::Type::I64, builder_.CreateTrunc(builder_.CreateLShr(value, 64), types_.i64));
    return true;
  };
  switch (inst.op) {
    case ir::Op::I64Add128: operands = function_.list(inst.imm); return finish(builder_.CreateAdd(wide(0), wide(2)));
    case ir::Op::I64Sub128: operands = function_.list(inst.imm); return finish(builder_.CreateSub(wide(0), wide(2)));
    case ir::Op::I64MulWideS: operands = function_.list(inst.imm); return finish(builder_.CreateMul(extended(0, true), extended(1, true)));
    case ir::Op::I64MulWideU: operands = function_.list(inst.imm); return finish(builder_.CreateMul(extended(0, false), extended(1, false)));
    default: return false;
  }
}

}  // namespace umber::aot
