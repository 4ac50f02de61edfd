// With guard regions a load is also the check of its address: it must happen whether anybody uses its value or not, and as wide as it
// is. LLVM knows nothing of that: it drops a load without a use (`x ^ x` has none), moves one to the only branch that uses it, and
// reads one byte of four if the others are masked off. Volatile loads would be left alone, but neither joined nor vectorised. So every load is pinned
// by a use that costs nothing while the module is simplified and inlined; before loops are vectorised the pins go whose load is needed on
// every way, at the end all others, and the few loads that the code generator would drop or narrow become volatile.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// First: pins every load marked with Storage::Memory. Expects promoted variables (mem2reg).
class PinLoads : public llvm::PassInfoMixin<PinLoads> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

/// After simplification: takes the pins from values whose use is certain wherever they are.
class UnpinNeededLoads : public llvm::PassInfoMixin<UnpinNeededLoads> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

/// Last: takes away what is left of the pins and makes volatile what code generation would not leave as it is.
class KeepFaults : public llvm::PassInfoMixin<KeepFaults> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

/// Instead of them all where nothing is optimised: every load is volatile.
class KeepAllLoads : public llvm::PassInfoMixin<KeepAllLoads> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

}  // namespace umber::aot
