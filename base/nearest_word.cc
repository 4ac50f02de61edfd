#include "base/nearest_word.h"

#include <cstdint>

namespace umber {

namespace {

constexpr size_t kLongest = 63;

/// Levenshtein's; words that are too long are far from everything.
size_t distance(StringRef a, StringRef b) {
  if (a.size() > kLongest || b.size() > kLongest) return kLongest;
  uint8_t row[kLongest + 1];
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<uint8_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    uint8_t diagonal = row[0];
    row[0] = static_cast<uint8_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = static_cast<uint8_t>(diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
      diagonal = row[j];
      const auto shifted = static_cast<uint8_t>((row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1);
      row[j] = replaced < shifted ? replaced : shifted;
    }
  }
  return row[b.size()];
}

}  // namespace

void NearestWord::offer(StringRef known) {
  const size_t longer = known.size() > misspelt_.size() ? known.size() - misspelt_.size() : misspelt_.size() - known.size();
  if (longer >= distance_) return;
  const size_t found = distance(misspelt_, known);
  if (found >= distance_ || found * 2 > known.size()) return;
  distance_ = found;
  best_ = known;
}

}  // namespace umber
