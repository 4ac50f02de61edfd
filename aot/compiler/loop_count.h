// How often a loop goes back, before it runs. LLVM counts loops whose counter is compared by order; compilers to Wasm prefer `counter != end`
// with steps of 2 to 16 after unrolling, and then the count exists only if the distance is a multiple of the step: the condition is told.
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>

#include <optional>

namespace umber::aot {

struct LoopCount {
  const llvm::SCEV* times;               ///< how often the loop goes back, at most; 32 bits or fewer
  const llvm::SCEV* remainder = nullptr; ///< `times` is true only if this is 0; null: always
  llvm::ICmpInst* end = nullptr;         ///< with a remainder: the comparison by which the loop ends after `times`
};

/// By an exit that every iteration passes and that is not a bounds check: the loop may still end earlier, by a trap or elsewhere.
std::optional<LoopCount> count_of(llvm::Loop& loop, llvm::DominatorTree& tree, llvm::ScalarEvolution& evolution);

}  // namespace umber::aot
