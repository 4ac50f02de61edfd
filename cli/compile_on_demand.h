// `umber run --aot`: an image of a module, compiled now or found in the cache. The compiler is a program of its own, so that
// `umber` stays small; it is looked for beside this one, then on the PATH.
#pragma once

#include <string>

namespace umber::cli {

/// The path of an image of `file` for this machine; empty on failure, with the reason on stderr.
[[nodiscard]] std::string compile_on_demand(const std::string& file);

}  // namespace umber::cli
