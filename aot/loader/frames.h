// The native stack of compiled code as Wasm frames. Compiled functions keep frame pointers; the image says which Wasm
// instruction each return address belongs to.
#pragma once

#include "aot/loader/image_tier.h"

namespace umber::aot {

/// Arm's code addresses have bit 0 set where Thumb instructions follow; images hold nothing else.
#if defined(__arm__)
inline constexpr uintptr_t kCodeAddressBit = 1;
#else
inline constexpr uintptr_t kCodeAddressBit = 0;
#endif

/// The address to call for an offset in an image's code.
[[nodiscard]] inline uintptr_t code_address(const Image& image, uint32_t offset) {
  return reinterpret_cast<uintptr_t>(image.code.data() + offset) | kCodeAddressBit;
}
/// An address in the call instruction that a return address lies behind.
[[nodiscard]] inline uintptr_t call_before(uintptr_t return_address) { return (return_address & ~kCodeAddressBit) - 1; }

/// The offset of an address in the image's code; false if it lies elsewhere. Async-signal-safe, like all here.
[[nodiscard]] bool find_code(const Image& image, uintptr_t address, uint32_t& code);

/// Adds to the execution's trap the frames from the trapping instruction outwards to the activation, at most so many.
void add_frames(const Activation& activation, const Instance& instance, const TrapSite& site, uint32_t most = UINT32_MAX);

}  // namespace umber::aot
