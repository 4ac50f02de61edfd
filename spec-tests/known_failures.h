// The list of failures that are known, each with its reason. A failure on the list counts as skipped; an entry that did not
// fail although its file ran is a failure itself, so that the list never lies.
//
//   # comment
//   proposals/threads/imports.wast:42  multiple tables are valid since reference types
//   custom/name_annot.wast             every failure of the file
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec-tests/report.h"

namespace umber::spectest {

class KnownFailures {
 public:
  /// The first malformed line makes the whole list fail: `error` is "LINE: why".
  [[nodiscard]] static std::optional<KnownFailures> parse(std::string_view text, std::string& error);

  /// Moves known failures to the skips, and adds a failure for each entry of this file that passed.
  void apply(FileReport& file) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Known {
    std::string path;   ///< end of the file's path, from a folder's start
    uint32_t line = 0;  ///< 0: the whole file
    std::string reason;
  };
  std::vector<Known> entries_;
};

}  // namespace umber::spectest
