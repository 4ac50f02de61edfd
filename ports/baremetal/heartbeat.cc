#include "ports/baremetal/heartbeat.h"

namespace umber::baremetal {

namespace {

FaultTarget* g_target = nullptr;  // of the task that runs
uint32_t g_noise = 0x9e37'79b9;

}  // namespace

FaultTarget* MachineInterrupts::exchange_fault_target(FaultTarget* target) {
  FaultTarget* const before = g_target;
  g_target = target;
  return before;
}

bool is_guest_code(uintptr_t pc) {
  return g_target != nullptr && g_target->tick != nullptr && pc >= g_target->code_begin && pc < g_target->code_end;
}

void beat(uintptr_t pc, uintptr_t frame_pointer) { g_target->tick(*g_target, {nullptr, nullptr, pc, frame_pointer}); }

/// Marsaglia's xorshift: what it lacks in quality a loop that wants to avoid beats would have to compute along.
uint32_t next_period(uint32_t mean) {
  g_noise ^= g_noise << 13;
  g_noise ^= g_noise >> 17;
  g_noise ^= g_noise << 5;
  return mean - mean / 4 + g_noise % (mean / 2);
}

}  // namespace umber::baremetal
