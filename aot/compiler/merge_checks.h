// Fewer bounds checks on the same path. A check falls away where the index is known to be small enough for the memory's least size, or
// where an earlier check on every way there reaches as far. Of several that follow each other in straight-line code on one index, the first
// is widened to the farthest, and the others fall away: what lies between must not be skipped when the wide one fails, so then
// a cold copy of that code runs, with the checks as they were, one of which traps at its own place with all that
// happened before it.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Over what a check is widened, and so what is copied for when the wide one fails.
enum class Copies : uint8_t { Nothing, CodeWithoutEffects, Code };

class MergeChecks : public llvm::PassInfoMixin<MergeChecks> {
 public:
  explicit MergeChecks(Copies copies) : copies_(copies) {}
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }

 private:
  const Copies copies_;
};

}  // namespace umber::aot
