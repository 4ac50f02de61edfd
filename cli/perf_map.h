// Names of compiled functions for `perf`.
#pragma once

#include "aot/image/image.h"
#include "decoder/wasm/module.h"

namespace umber::cli {

/// Writes /tmp/perf-PID.map, in which perf looks up code that lies in no file, which the image then does not. Before it runs; the image
/// must be a mapping of its own. Says on stderr what fails.
[[nodiscard]] bool write_perf_map(const aot::Image& image, const wasm::Module& module);

}  // namespace umber::cli
