#include "aot/compiler/types.h"

#include <vector>

namespace umber::aot {

Types::Types(llvm::LLVMContext& llvm_context)
    : context(llvm_context),
      ptr(llvm::PointerType::get(llvm_context, 0)),
      i1(llvm::Type::getInt1Ty(llvm_context)),
      i8(llvm::Type::getInt8Ty(llvm_context)),
      i16(llvm::Type::getInt16Ty(llvm_context)),
      i32(llvm::Type::getInt32Ty(llvm_context)),
      i64(llvm::Type::getInt64Ty(llvm_context)),
      f32(llvm::Type::getFloatTy(llvm_context)),
      f64(llvm::Type::getDoubleTy(llvm_context)),
      nothing(llvm::Type::getVoidTy(llvm_context)),
      v128(llvm::FixedVectorType::get(i8, 16)) {}

llvm::Type* Types::of(ir::Type type) const {
  switch (type) {
    case ir::Type::I32: return i32;
    case ir::Type::I64: return i64;
    case ir::Type::F32: return f32;
    case ir::Type::F64: return f64;
    case ir::Type::V128: return v128;
    case ir::Type::Ref: return i64;
  }
  return nothing;
}

llvm::FunctionType* Types::function(const wasm::FuncType& type, bool has_context) const {
  std::vector<llvm::Type*> params;
  if (has_context) params.push_back(ptr);
  if (type.results.size() > 1) params.push_back(ptr);
  for (const wasm::ValType param : type.params) params.push_back(of(param));
  return llvm::FunctionType::get(type.results.size() == 1 ? of(type.results[0]) : nothing, params, false);
}

}  // namespace umber::aot
