// Compiled images on disk, by what they were made from: a file's name is the XXH3-128 of the module, the target with its
// CPU's features, the options and the compiler's version. So nothing in the cache is ever out of date.
#pragma once

#include <span>
#include <string>

#include "aot/compiler/compile.h"

namespace umber::cli {

/// $XDG_CACHE_HOME/umber or ~/.cache/umber, made if needed; empty if there is no such place.
[[nodiscard]] std::string cache_folder();
/// Where the image of that module with those options is, or goes.
[[nodiscard]] std::string cache_path(const std::string& folder, std::span<const uint8_t> module, const aot::CompileOptions& options);

}  // namespace umber::cli
