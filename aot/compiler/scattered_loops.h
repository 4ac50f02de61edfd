// Loops that walk down columns. A vector of elements that lie in a cache line each has to be put together from scalars, since x86-64 images
// use no gathers, and where the guest's compiler has unrolled the loop, LLVM also takes its neighbours apart and together again. Its
// cost model takes that for a gain; it is none (`syrk` 1.45 times native), so such loops stay scalar.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// In front of the vectoriser: innermost loops with accesses further apart than a cache line in each iteration are not vectorised.
class ScatteredLoops : public llvm::PassInfoMixin<ScatteredLoops> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
