// The indices of a loop's accesses that rise or fall by a constant, and one comparison in front of the loop for all those of an array: that none
// is out of bounds, or at least that none wraps around at 2^32. Indices that differ by a constant share a range, as those of an
// unrolled loop do.
#pragma once

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include <optional>
#include <vector>

#include "aot/compiler/bounds_checks.h"

namespace umber::aot {

/// Steps up to this, times 65,536 iterations, fit into 31 bits.
inline constexpr uint64_t kMaxStep = INT16_MAX;

/// The bytes from start + low + i * step to start + reach + i * step, for the i-th iteration.
struct AddressRange {
  const llvm::SCEV* start;
  int64_t step;
  int64_t low;
  int64_t reach;
  llvm::Value* size;  ///< of the memory; null: 2^32 bytes
  uint64_t memory;
  uint64_t least;               ///< bytes that the memory has at least
  llvm::Value* first = nullptr; ///< start + low in front of the loop, once is_outside was called
};

/// An index in a range: start + distance in the first iteration.
struct RangedIndex {
  size_t range;
  int64_t distance;
};

class AddressRanges {
 public:
  AddressRanges(llvm::Loop& loop, llvm::ScalarEvolution& evolution) : loop_(loop), evolution_(evolution) {}

  /// Takes the check's accesses into a range; false if they follow no pattern or there are too many ranges.
  bool cover(const BoundsCheck& check);
  /// The range that keeps an index of 32 bits from wrapping; none if it follows no pattern or there are too many ranges.
  std::optional<RangedIndex> keep_from_wrapping(llvm::Value* index);
  [[nodiscard]] bool can_expand(llvm::SCEVExpander& expander, llvm::Instruction* at) const;
  /// Whether the i-th of `count` + 1 iterations leaves a range. `count`: below 65,536 if addresses have 32 bits.
  llvm::Value* is_outside(llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander);
  [[nodiscard]] const AddressRange& operator[](size_t range) const { return ranges_[range]; }

 private:
  struct Pattern {
    const llvm::SCEV* start;
    int64_t step;
  };
  std::optional<Pattern> pattern_of(llvm::Value* index);
  std::optional<int64_t> distance(const AddressRange& range, const Pattern& pattern);
  bool add(const AddressRange& range);
  llvm::Value* is_outside(AddressRange& range, llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander);

  llvm::Loop& loop_;
  llvm::ScalarEvolution& evolution_;
  std::vector<AddressRange> ranges_;
};

/// Whether a value can be computed in front of the loop too: it is outside, or comes through constant places in the context.
bool can_remake(llvm::Value* value, const llvm::Loop& loop);
llvm::Value* remake(llvm::Value* value, const llvm::Loop& loop, llvm::IRBuilder<>& builder);

}  // namespace umber::aot
