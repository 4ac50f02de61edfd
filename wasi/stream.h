// Standard streams that are not files of the platform: nothing, bytes in memory, or a function of the embedder
// (a log, a UART, a test). None of them ever waits.
#pragma once

#include "base/allocator.h"
#include "wasi/platform.h"

namespace umber::wasi {

/// Reads as empty, takes and forgets everything. One object serves for all; closing it does nothing.
File& null_stream();

/// Reads `bytes`, which outlive the stream, once. Null when there is no memory.
[[nodiscard]] File* new_input_stream(Allocator& allocator, std::span<const uint8_t> bytes);

/// Takes bytes that a guest writes; valid during the call only. What it returns becomes the guest's errno.
using OutputCallback = Errno (*)(void* state, std::span<const uint8_t> bytes);
/// Hands everything that is written to `callback`. The guest is told that it is a character device, so that C programs write line by
/// line, as to a terminal, and not when a buffer is full. Null when there is no memory.
[[nodiscard]] File* new_output_stream(Allocator& allocator, OutputCallback callback, void* state);

}  // namespace umber::wasi
