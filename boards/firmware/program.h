// What scripts/board has put into the flash for programs:
//
//   "UMBR"  u32 size of the program  u32 number of arguments  u32 flags  u32 where the program begins (a multiple of 16)
//   the arguments, each zero-terminated
//   the program
#pragma once

#include <span>

#include "base/string_ref.h"
#include "base/error.h"

namespace umber::baremetal {

enum ProgramFlag : uint32_t {
  kReportStatistics = 1,  ///< time and memory at the end
  kEager = 2,             ///< encode every function at once
};

struct Program {
  const char* arguments = nullptr;
  uint32_t argument_count = 0;
  uint32_t flags = 0;  ///< ProgramFlag
  std::span<const uint8_t> bytes;
};

/// False: there is none.
[[nodiscard]] bool find_program(Program& out);

void print_text(StringRef text);
/// Prints the message; returns the exit code of failures, the same as `umber run`'s.
int fail(const Error& error);

}  // namespace umber::baremetal
