// The value of --wasm.
#pragma once

#include <string>
#include <vector>

#include "decoder/wasm/features.h"

namespace umber::cli {

/// Applies each value in turn, starting from all. On an unknown name prints the known ones and returns false.
[[nodiscard]] bool parse_features(const std::vector<std::string>& values, wasm::Features& features);

}  // namespace umber::cli
