// Runs a guest's "run" in one mode and says what came of it: result or trap, fuel, and the memory "memory". For comparing modes.
#pragma once

#include <cstdlib>

#include "tests/interp/fixture.h"

namespace umber::test {

/// What a run has done, as far as it must not depend on how.
struct Outcome {
  RunStatus status;
  TrapKind trap;
  uint32_t trap_offset;
  uint32_t frames;
  uint64_t result;
  uint64_t fuel;
  uint64_t memory_hash;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "status " << static_cast<int>(outcome.status) << " trap " << static_cast<int>(outcome.trap) << " at " << outcome.trap_offset
             << " frames " << outcome.frames << " result " << std::hex << outcome.result << std::dec << " fuel " << outcome.fuel << " memory "
             << std::hex << outcome.memory_hash << std::dec;
}

inline Outcome run(const TextModule& module, const Mode& mode, bool pausing) {
  ExecutionConfig config;
  if (pausing) config.slice = 1;  // every charge is a checkpoint
  Guest guest(mode, config);
  Instance& instance = guest.add(module);
  if (pausing) guest.execution.request_pause();
  RunStatus status = guest.call("run", {5, 0x1234'5678'9abc, 0x40490fdb, 0x400921fb54442d18});
  while (status == RunStatus::Suspended) {
    guest.execution.request_pause();
    status = guest.execution.resume();
  }
  uint64_t hash = 1;
  for (uint8_t byte : instance.find_memory("memory")->bytes()) hash = hash * 0x100000001b3 + byte;
  const Trap& trap = guest.trap();
  const bool trapped = status == RunStatus::Trapped;
  return {status,
          trapped ? trap.kind : TrapKind::None,
          trapped && trap.frame_count > 0 ? trap.frames()[0].offset : 0,
          trapped ? trap.frame_count : 0,
          trapped ? 0 : guest.values[0].bits,
          guest.execution.fuel_consumed(),
          hash};
}

/// An environment variable's number.
inline uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace umber::test
