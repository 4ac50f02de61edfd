// Addresses that grow with a loop as 64-bit variables. Compilers to Wasm like loops whose counter runs from -N up to 0 and whose addresses
// are the counter plus a constant, modulo 2^32. Where LLVM can prove that such a sum does not wrap, it is made a 64-bit induction variable
// of its own before LLVM's own passes widen the counter, which wraps, and bury the addresses under masks.
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// The extended 32-bit value that an access adds to its memory's base; null where there is none.
llvm::ZExtInst* index_of(llvm::Instruction& access);

/// 64-bit variables that count from 0 by a constant; addresses that differ in their starts share one. For loops in simplified form.
class WideCounters {
 public:
  llvm::PHINode* of(const llvm::Loop& loop, int64_t step);

 private:
  llvm::DenseMap<std::pair<const llvm::Loop*, int64_t>, llvm::PHINode*> counters_;
};

/// Expects loops in simplified form. Looks at accesses marked with Storage::Memory; every value stays what it was.
class WidenInductions : public llvm::PassInfoMixin<WidenInductions> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
