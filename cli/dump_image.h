// `umber dump FILE.umb`: what an image's header says.
#pragma once

#include <string>

#include "aot/image/image.h"

namespace umber::cli {

/// An ExitCode.
[[nodiscard]] int dump_image(const std::string& file, std::span<const uint8_t> bytes);

}  // namespace umber::cli
