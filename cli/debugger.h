// Compiled functions for debuggers.
#pragma once

#include <string>

#include "aot/image/image.h"

namespace umber::cli {

/// Tells a debugger, one that runs this process or attaches to it later, of an image's functions and lines, from the file FILE.debug that
/// `umberc --debug` wrote beside FILE. Stays so for good. Says on stderr what fails.
[[nodiscard]] bool tell_debuggers(const std::string& file, const aot::Image& image);

}  // namespace umber::cli
