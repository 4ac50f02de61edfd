// Which selects stay conditional moves. For x86 LLVM turns moves in loops into branches where that shortens chains of dependent instructions, as if
// every branch were guessed. A comparison of one datum with another, as in a heap's `left or right` or an edit distance's minima, is
// guessed half of the time, and each wrong guess costs what twenty instructions cost: such loops took two to three times as long. So
// those are marked as unpredictable. Comparisons with constants and bounds are not, nor is the search that remembers the best place
// so far: in `if (a[i] > a[best]) best = i` a new best place is the rarer the longer the search, and a move would wait for a load in each round.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Behind all simplification.
class UnpredictableSelects : public llvm::PassInfoMixin<UnpredictableSelects> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
