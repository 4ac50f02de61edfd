// Executes a command stream (format.h) with what is in the device core only: no text is parsed, no libraries are needed.
#pragma once

#include <span>

#include "base/allocator.h"
#include "base/error.h"
#include "runtime/platform.h"

namespace umber::spectest {

struct StreamTotals {
  uint32_t passed = 0;
  uint32_t failed = 0;
  uint32_t skipped = 0;
};

struct StreamConfig {
  Allocator* allocator = nullptr;
  VirtualMemory* virtual_memory = nullptr;  ///< null where there is none
  GuestInterrupts* interrupts = nullptr;    ///< a board's; null: those of the virtual memory
  Clock* clock = nullptr;
  bool guarded_memory = false;
  uint32_t stack_slots = 128 * 1024;        ///< of the value stack, 8 bytes each
  uintptr_t native_stack = 512 * 1024;      ///< bytes that compiled code may use
  uint64_t call_timeout_ns = 60'000'000'000;
  void* state = nullptr;                    ///< of `print`
  void (*print)(void* state, StringRef text) = nullptr;  ///< "line: what went wrong\n"
};

/// The error: the stream is damaged or the runtime could not be set up. What single commands do is in the totals.
[[nodiscard]] Result<StreamTotals> run_stream(std::span<const uint8_t> stream, const StreamConfig& config);

}  // namespace umber::spectest
