// State machines: a loop around a switch whose cases say, by a constant, which case comes next. The processor would look that up in a table
// each time round. Instead the way from where cases meet to the switch is copied once for each such constant; at the end of a copy the case is
// known, and a state's code goes straight on to the next one's. LLVM has a pass with this aim which is not on by default, and has
// made wrong code again and again; with guests that nobody trusts this one copies whole blocks, and lets SSAUpdater work out what value
// each use then sees.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

class ThreadStates : public llvm::PassInfoMixin<ThreadStates> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
