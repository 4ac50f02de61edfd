// Loops without bounds checks, polls and addresses that may wrap. Where a loop's iterations can be counted beforehand and the indices of
// accesses rise or fall by a constant, one comparison in front of it tells for all of them; then a copy of the loop runs without those
// checks, its addresses 64-bit variables where addresses have 64 bits (so that LLVM can vectorise it), else the loop as it was, which
// traps at the right access with all that happened before it.
//
// A poll (Interruption::Coarse) in an innermost loop of at most kMaxUnpolled iterations is left out too: they are charged in front of it, and
// the next poll behind it sees that the budget is spent.
#pragma once

#include <llvm/IR/PassManager.h>

namespace umber::aot {

/// Metadata of a poll's branch in a loop header: its first successor is the checkpoint.
inline constexpr const char kPollMark[] = "umber.poll";

/// Iterations that may go by without a poll.
inline constexpr uint64_t kMaxUnpolled = 65536;

class VersionLoops : public llvm::PassInfoMixin<VersionLoops> {
 public:
  /// Without copies only polls fall away, those of loops that are known to be short.
  explicit VersionLoops(bool may_copy) : may_copy_(may_copy) {}
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
  static bool isRequired() { return true; }

 private:
  const bool may_copy_;
};

}  // namespace umber::aot
