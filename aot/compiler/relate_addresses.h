// What an access that did not trap says about its neighbours. Wasm computes `p + 8` modulo 2^32, so LLVM must believe that the next element
// may lie at the other end of memory: it keeps an addition and an extension for every access and sees no neighbours to join. But no memory
// reaches the last 64 KiB of its addresses, so `zext(p + 8)` is `zext(p) + 8` wherever an access at `p` lies before.
//
// An address made so is at most kFar beyond what it was, so it stays in what is reserved for a guarded memory even if a later pass drops
// or moves the access that vouches.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// For modules whose memories all have 32-bit addresses of which the last kMemoryHole are never used. Looks at accesses marked with
/// Storage::Memory. Time is linear in the function's accesses.
class RelateAddresses : public llvm::PassInfoMixin<RelateAddresses> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace umber::aot
