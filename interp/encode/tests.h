// Comparisons of integers by number, as kBranchInt has them within a width.
#pragma once

#include <cstdint>

#include "interp/op_lists.h"

namespace umber::interp {

inline constexpr unsigned kEqual = 0, kNotEqual = 1, kFirstGreater = 6;
/// The opposite comparison.
inline constexpr uint8_t kOppositeInt[kBranchIntPerWidth] = {1, 0, 4, 5, 2, 3, 8, 9, 6, 7};
/// The same comparison with swapped operands.
inline constexpr uint8_t kSwappedInt[kBranchIntPerWidth] = {0, 1, 6, 7, 8, 9, 2, 3, 4, 5};

/// test(x, bound) for one of the four 32-bit comparisons with greater or less-or-equal, as one with less or greater-or-equal of
/// bound + 1; false where that overflows.
[[nodiscard]] inline bool next_bound(unsigned& test, uint64_t& bound) {
  const bool is_signed = test % 2 == 0;
  if (static_cast<uint32_t>(bound) == (is_signed ? 0x7fff'ffffu : 0xffff'ffffu)) return false;
  constexpr uint8_t kNext[] = {4, 5, 2, 3};  // gt_s → ge_s, gt_u → ge_u, le_s → lt_s, le_u → lt_u
  test = kNext[test - kFirstGreater];
  bound = static_cast<uint32_t>(bound + 1);
  return true;
}

}  // namespace umber::interp
