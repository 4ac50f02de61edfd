// Writes the image file around linked code (aot/image/FORMAT.md).
#pragma once

#include "aot/compiler/compile.h"
#include "aot/compiler/link.h"

namespace umber::aot {

/// `throwing`: the module's.
[[nodiscard]] Result<std::vector<uint8_t>> write_image(const wasm::Module& module, const CompileOptions& options, const Throwing& throwing, const Blob& blob);

/// The module with every function body replaced by the shortest one: what a loader needs for linking and names.
[[nodiscard]] std::vector<uint8_t> without_bodies(const wasm::Module& module);

}  // namespace umber::aot
