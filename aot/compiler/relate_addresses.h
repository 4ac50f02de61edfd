// What an access that did not trap says about its neighbours. Wasm computes `p + 8` modulo 2^32, so LLVM must believe that the next element
// may lie at the other end of memory: it keeps an addition and an extension for every access and sees no neighbours to join. But no memory
// reaches the last 64 KiB of its addresses, so `zext(p + 8)` is `zext(p) + 8` wherever an access at `p` lies before. And `zext(p - 8)`
// is `zext(p) - 8` where an access at `p - 8` does not trap. Unless it has a check of its own that says so, what is less than zero must trap
// too: the addresses in front of a guarded memory fault like those behind it.
//
// An address made so is at most kFar from what it was, so it stays in what is reserved for a guarded memory even if a later pass drops
// or moves the access that vouches.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// For modules whose memories all have 32-bit addresses of which the last kMemoryHole are never used. Looks at accesses marked with
/// Storage::Memory. Time is linear in the function's accesses.
class RelateAddresses : public llvm::PassInfoMixin<RelateAddresses> {
 public:
  /// `faulting`: accesses have no checks of their own.
  explicit RelateAddresses(bool faulting) : faulting_(faulting) {}
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

 private:
  bool faulting_;
};

}  // namespace umber::aot
