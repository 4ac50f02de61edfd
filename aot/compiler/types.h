// IR types as LLVM types, and Wasm signatures as native ones. i32, i64, f32 and f64 are themselves, a reference is an i64,
// v128 is <16 x i8>; operations cast the vector to the lanes they need.
#pragma once

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/LLVMContext.h>

#include "decoder/ir/ir.h"

namespace umber::aot {

class Types {
 public:
  explicit Types(llvm::LLVMContext& context);

  [[nodiscard]] llvm::Type* of(ir::Type type) const;
  [[nodiscard]] llvm::Type* of(wasm::ValType type) const { return of(ir::type_of(type)); }
  /// ([context,] [results pointer,] parameters…) -> the one result, if there is exactly one (runtime/native_abi.h).
  [[nodiscard]] llvm::FunctionType* function(const wasm::FuncType& type, bool has_context) const;

  llvm::LLVMContext& context;
  llvm::PointerType* ptr;
  llvm::IntegerType* i1;
  llvm::IntegerType* i8;
  llvm::IntegerType* i16;
  llvm::IntegerType* i32;
  llvm::IntegerType* i64;
  llvm::Type* f32;
  llvm::Type* f64;
  llvm::Type* nothing;
  llvm::FixedVectorType* v128;
};

}  // namespace umber::aot
