// Where code counts for more than time, a function's look at the stack's end is the call of a routine that compares and traps at its caller's
// place. Until LLVM's pipeline is through it is a branch on an opaque predicate, so that of a function and those inlined into it one is left.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Whether the frame of the function lies below the context's limit; a module with such calls needs StackChecks.
llvm::Value* create_stack_low(llvm::IRBuilder<>& builder, llvm::Value* context);

class StackChecks : public llvm::PassInfoMixin<StackChecks> {
 public:
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager& analyses);
};

}  // namespace umber::aot
