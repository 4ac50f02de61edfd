// For the test of the task switch: fills every register that a called function preserves, calls something, and looks at them.
#pragma once

#include <cstdint>

namespace umber::baremetal {

/// How many of them `kept_registers` fills.
extern const uint32_t kPreservedRegisters;

/// The number of registers that `go(state)` did not preserve. `pattern`: what to fill them with, a multiple of 64; no two tasks have the same at
/// a time.
extern "C" uint32_t umber_lost_registers(uint32_t pattern, void (*go)(void* state), void* state);

}  // namespace umber::baremetal
