// A trap as text, in the form people know from other engines:
//
//   wasm trap: out of bounds memory access
//   wasm backtrace:
//     0: 0x1a3 - parse!scan
//     1: 0x2f0 - parse!<wasm function 12>
//
// Offsets are in the module's bytes. The text is written piece by piece, so nothing is allocated.
#pragma once

#include "runtime/execution.h"

namespace umber {

struct TextSink {
  void (*write)(void* state, StringRef text) = nullptr;
  void* state = nullptr;
};

/// "module!function" of a frame: names where there are any.
using FrameName = FixedText<200>;
[[nodiscard]] FrameName name_of(const TraceFrame& frame);

/// The kind and message of a trap on one line, without a line end: "wasm trap: unreachable", "exit with code 3".
[[nodiscard]] FixedText<240> describe(const Trap& trap);

/// All of the above, each line ended. Without frames only the first line.
void write_trap(const Trap& trap, const TextSink& sink);

}  // namespace umber
