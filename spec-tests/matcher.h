// Whether a result is what a script expects (https://github.com/WebAssembly/spec/tree/main/interpreter#scripts). Numbers
// match bit by bit, NaN patterns by class, references by what they refer to.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "spec-tests/text/script.h"
#include "spec-tests/value.h"

namespace umber::spectest {

[[nodiscard]] bool matches(const RunValue& value, const text::ResultPattern& pattern);

/// All results, in order. On a mismatch `why` says what was expected and what came.
[[nodiscard]] bool matches(std::span<const RunValue> values, std::span<const text::ResultPattern> patterns,
                           std::string& why);

/// Engines word their messages with more or less detail than the suite; one has to contain the other.
[[nodiscard]] bool message_matches(std::string_view expected, std::string_view actual);

[[nodiscard]] std::string to_string(const text::ResultPattern& pattern);

}  // namespace umber::spectest
