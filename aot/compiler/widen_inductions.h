// Addresses that grow with a loop as 64-bit variables. Compilers to Wasm like loops whose counter runs from -N up to 0 and whose addresses
// are the counter plus a constant, modulo 2^32. Where LLVM can prove that such a sum does not wrap, it is made a 64-bit induction variable
// of its own before LLVM's own passes widen the counter, which wraps, and bury the addresses under masks.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Expects loops in simplified form. Looks at accesses marked with Storage::Memory; every value stays what it was.
class WidenInductions : public llvm::PassInfoMixin<WidenInductions> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
