// The native stack of compiled code as Wasm frames. Compiled functions keep frame pointers; the image says which Wasm
// instruction each return address belongs to.
#pragma once

#include "aot/loader/image_tier.h"

namespace umber::aot {

/// The offset of an address in the image's code; false if it lies elsewhere. Async-signal-safe, like all here.
[[nodiscard]] bool find_code(const Image& image, uintptr_t address, uint32_t& code);

/// Adds to the execution's trap the frames from the trapping instruction outwards to the activation, at most so many.
void add_frames(const Activation& activation, const Instance& instance, const TrapSite& site, uint32_t most = UINT32_MAX);

}  // namespace umber::aot
