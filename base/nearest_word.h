// What somebody may have meant who misspelt a word: the nearest of those that are known, if one is near. For messages.
#pragma once

#include "base/string_ref.h"

namespace umber {

class NearestWord {
 public:
  /// The text outlives the object.
  explicit NearestWord(StringRef misspelt) : misspelt_(misspelt) {}

  /// One of the known words; it is kept if it is nearer than those before: two letters wrong at most, and less than half of it.
  void offer(StringRef known);
  /// Empty when none is near.
  [[nodiscard]] StringRef best() const { return best_; }

 private:
  StringRef misspelt_;
  StringRef best_;
  size_t distance_ = 3;
};

}  // namespace umber
