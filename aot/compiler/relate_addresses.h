// What accesses that did not trap say about others. Wasm computes `p + 8` modulo 2^32, so LLVM must believe that the next element may
// lie at the other end of memory: it keeps an addition and an extension for every access, sees no neighbours, and cannot count the
// rounds of a loop over pointers, for which it might never end. But no memory reaches the last 64 KiB of its addresses, so
//
// - `zext(p + 8)` is `zext(p) + 8` wherever an access at `p` lies before;
// - a loop that accesses `p` in every round and moves it by a constant ends, if only by a trap.
//
// Nothing here lets an address leave what is reserved for a guarded memory, even if a later pass drops or moves the access that vouches.
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
