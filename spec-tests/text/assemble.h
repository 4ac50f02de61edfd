// The front door for everyone who has text and wants a binary module.
#pragma once

#include <string_view>
#include <vector>

#include "spec-tests/text/text_error.h"

namespace umber::text {

/// Turns one module in the text format (https://webassembly.github.io/spec/core/text/) into the binary format. `source` is
/// "(module …)" in any of its forms (also "(module binary …)" and "(module quote …)") or bare module fields. Ids become a
/// "name" section. Nothing is validated beyond what the text format itself demands: indices, types and alignments are the
/// validator's business. `start` is the place of source[0] in its file, for messages.
[[nodiscard]] TextResult<std::vector<uint8_t>> assemble(std::string_view source, Position start = {});

}  // namespace umber::text
