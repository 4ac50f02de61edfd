// Where code counts for more than time, what a bounds check costs is bytes: a limit computed, a comparison, a branch, a trap's call, 10 of them on
// Thumb. Here it becomes the call of a routine, four bytes, that compares and traps at its caller's place. It is an assembly statement that
// takes the index where it is, whatever register that may be, and changes only scratch registers; so there is a routine for each pair of
// distance and register that occurs (routine_stubs.h). Distances that are rare share one through a fixed register, or stay as they are.
//
// Checks stay opaque (bounds_checks.h) until LLVM's pipeline is through: it would move limits out of loops, where they are spilled.
#pragma once

#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PassManager.h>

#include "runtime/trap.h"

namespace umber::aot {

/// The call of a block that is a trap of the kind and nothing else; null for other blocks.
[[nodiscard]] llvm::CallInst* lone_trap(llvm::BasicBlock& block, TrapKind kind);

/// Calls a routine in place of a branch whose first successor is a lone trap, which nothing else reaches: at the trap's place.
llvm::CallInst* replace_by_call(llvm::BranchInst& branch, llvm::InlineAsm* routine, llvm::Value* operand);

class CallChecks : public llvm::PassInfoMixin<CallChecks> {
 public:
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager& analyses);
};

}  // namespace umber::aot
