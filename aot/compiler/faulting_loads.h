// With guard regions a load is also the check of its address: it must happen even if nobody uses its value. LLVM would drop such
// loads, so before it optimises, those that nothing alive depends on are made volatile, and unwanted results of calls look used.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Expects promoted variables (mem2reg). Looks at loads marked with Storage::Memory.
class KeepFaultingLoads : public llvm::PassInfoMixin<KeepFaultingLoads> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }
};

}  // namespace umber::aot
