// Firmware that executes one command stream of the official test suite (spec-tests/commands), its modules interpreted, or
// compiled and executed where they lie. Prints a line per failure and the totals, as umber-spec-runner does on Linux.
#include "boards/firmware/program.h"
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/platform.h"
#include "ports/baremetal/region_allocator.h"
#include "ports/baremetal/semihosting.h"
#include "spec-tests/commands/run.h"

namespace umber::baremetal {

int firmware_main() {
  RegionAllocator heap({umber_heap_start, static_cast<size_t>(umber_heap_end - umber_heap_start)});
  MachineClock clock;
  Program program;
  if (!find_program(program)) return fail(Error::of(ErrorCode::NotFound, "there is no command stream in flash"));

  constexpr uintptr_t kKept = 16 * 1024;  // for what compiled code calls
  spectest::StreamConfig config;
  config.allocator = &heap;
  config.clock = &clock;
  MachineInterrupts interrupts;
  config.interrupts = &interrupts;
  config.stack_slots = 64 * 1024;
  config.native_stack = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - reinterpret_cast<uintptr_t>(umber_stack_limit) - kKept;
  config.print = [](void*, StringRef text) { print_text(text); };
  const Result<spectest::StreamTotals> totals = spectest::run_stream(program.bytes, config);
  if (!totals.ok()) return fail(totals.error());
  FixedText<96> line;
  line.add(totals.value().passed, " passed, ", totals.value().failed, " failed, ", totals.value().skipped, " skipped\n");
  print_text(line.str());
  return totals.value().failed == 0 ? 0 : 1;
}

}  // namespace umber::baremetal
