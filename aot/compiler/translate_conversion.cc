// Conversions between number types. A float that does not fit traps, or saturates where the instruction says so.

#include <llvm/IR/Intrinsics.h>

#include "aot/compiler/function_translator.h"

namespace umber::aot {
namespace {

/// The open interval of floats whose truncation fits: (lowest, highest). Both bounds are exact in the float's format.
struct Interval {
  llvm::APFloat lowest;
  llvm::APFloat highest;
  bool lowest_fits;  ///< the lower bound itself truncates to a value that fits (the next float below does not)
};

/// For a signed integer of n bits: -2^(n-1) and 2^(n-1); unsigned: -1 (exclusive) and 2^n. Where -2^(n-1) - 1 is a float of
/// its own, it is the exclusive bound; otherwise -2^(n-1) is inclusive.
Interval interval_of(const llvm::fltSemantics& format, unsigned bits, bool is_signed) {
  const auto power = [&](unsigned exponent, bool negative) {
    llvm::APFloat value(format, "1.0");
    value = scalbn(value, static_cast<int>(exponent), llvm::APFloat::rmNearestTiesToEven);
    if (negative) value.changeSign();
    return value;
  };
  if (!is_signed) return {power(0, true), power(bits, false), false};
  const unsigned precision = llvm::APFloat::semanticsPrecision(format);
  llvm::APFloat lowest = power(bits - 1, true);
  const bool next_is_exact = precision >= bits;
  if (next_is_exact) lowest.subtract(llvm::APFloat(format, "1.0"), llvm::APFloat::rmNearestTiesToEven);
  return {lowest, power(bits - 1, false), !next_is_exact};
}

}  // namespace

llvm::Value* FunctionTranslator::truncate(llvm::Value* value, llvm::IntegerType* type, bool is_signed) {
  const Interval interval = interval_of(value->getType()->getFltSemantics(), type->getBitWidth(), is_signed);
  trap_if(builder_.CreateFCmpUNO(value, value), TrapKind::InvalidConversionToInteger);
  llvm::Value* lowest = llvm::ConstantFP::get(value->getType(), interval.lowest);
  llvm::Value* highest = llvm::ConstantFP::get(value->getType(), interval.highest);
  llvm::Value* too_low = interval.lowest_fits ? builder_.CreateFCmpOLT(value, lowest) : builder_.CreateFCmpOLE(value, lowest);
  trap_if(builder_.CreateOr(too_low, builder_.CreateFCmpOGE(value, highest)), TrapKind::IntegerOverflow);
  return is_signed ? builder_.CreateFPToSI(value, type) : builder_.CreateFPToUI(value, type);
}

bool FunctionTranslator::translate_conversion(const Inst& inst) {
  const auto convert = [&](ir::Type from, ir::Type to, auto&& value_of) {
    write(inst.dst, to, value_of(read(inst.a, from)));
    return true;
  };
  const auto truncation = [&](ir::Type from, ir::Type to, bool is_signed, bool saturates) {
    return convert(from, to, [&](llvm::Value* a) {
      auto* type = llvm::cast<llvm::IntegerType>(types_.of(to));
      return saturates ? truncate_saturating(a, type, is_signed) : truncate(a, type, is_signed);
    });
  };
  const auto cast = [&](ir::Type from, ir::Type to, llvm::Instruction::CastOps operation) {
    return convert(from, to, [&](llvm::Value* a) { return builder_.CreateCast(operation, a, types_.of(to)); });
  };
  const auto sign_extend = [&](ir::Type type, llvm::Type* narrow) {
    return convert(type, type, [&](llvm::Value* a) { return builder_.CreateSExt(builder_.CreateTrunc(a, narrow), a->getType()); });
  };
  using Cast = llvm::Instruction::CastOps;
  using ir::Type;

  switch (inst.op) {
#define TRUNCATIONS(W, F)                                                                                        \
  case ir::Op::W##Trunc##F##S: return truncation(Type::F, Type::W, true, false);                                 \
  case ir::Op::W##Trunc##F##U: return truncation(Type::F, Type::W, false, false);                                \
  case ir::Op::W##TruncSat##F##S: return truncation(Type::F, Type::W, true, true);                               \
  case ir::Op::W##TruncSat##F##U: return truncation(Type::F, Type::W, false, true);                              \
  case ir::Op::F##Convert##W##S: return cast(Type::W, Type::F, Cast::SIToFP);                                    \
  case ir::Op::F##Convert##W##U: return cast(Type::W, Type::F, Cast::UIToFP);
    TRUNCATIONS(I32, F32)
    TRUNCATIONS(I32, F64)
    TRUNCATIONS(I64, F32)
    TRUNCATIONS(I64, F64)
#undef TRUNCATIONS
    case ir::Op::I32WrapI64: return cast(Type::I64, Type::I32, Cast::Trunc);
    case ir::Op::I64ExtendI32S: return cast(Type::I32, Type::I64, Cast::SExt);
    case ir::Op::I64ExtendI32U: return cast(Type::I32, Type::I64, Cast::ZExt);
    case ir::Op::F32DemoteF64: return convert(Type::F64, Type::F32, [&](llvm::Value* a) { return demote(a, types_.f32); });
    case ir::Op::F64PromoteF32: return cast(Type::F32, Type::F64, Cast::FPExt);
    case ir::Op::I32ReinterpretF32: return cast(Type::F32, Type::I32, Cast::BitCast);
    case ir::Op::I64ReinterpretF64: return cast(Type::F64, Type::I64, Cast::BitCast);
    case ir::Op::F32ReinterpretI32: return cast(Type::I32, Type::F32, Cast::BitCast);
    case ir::Op::F64ReinterpretI64: return cast(Type::I64, Type::F64, Cast::BitCast);
    case ir::Op::I32Extend8S: return sign_extend(Type::I32, types_.i8);
    case ir::Op::I32Extend16S: return sign_extend(Type::I32, types_.i16);
    case ir::Op::I64Extend8S: return sign_extend(Type::I64, types_.i8);
    case ir::Op::I64Extend16S: return sign_extend(Type::I64, types_.i16);
    case ir::Op::I64Extend32S: return sign_extend(Type::I64, types_.i32);
    default: return false;
  }
}

}  // namespace umber::aot
