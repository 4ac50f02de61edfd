// The timer's interrupt, as guest code meets it. Compiled code asks for nothing while it runs: every millisecond or so the
// timer interrupts it, and if it was guest code that was interrupted, its fault target has a look, on the guest's own stack and outside
// of the interrupt's handler, so that it may leave the guest for good, wait or let other tasks run; later the guest goes on
// with the very instruction. Whatever else was interrupted is left alone until the next beat.
//
// Beats come at irregular times: no loop can arrange itself so that each of them meets it in a library routine.
#pragma once

#include "runtime/platform.h"

namespace umber::baremetal {

/// Of whatever task runs. The timer is on from start_clock on.
class MachineInterrupts final : public GuestInterrupts {
 public:
  FaultTarget* exchange_fault_target(FaultTarget* target) override;
  [[nodiscard]] bool start_heartbeat() override { return true; }
};

/// For the processor's handlers: whether a beat that interrupted this instruction is of interest.
[[nodiscard]] bool is_guest_code(uintptr_t pc);
/// The beat, with interrupts on again: returns when the guest is to go on, or never.
void beat(uintptr_t pc, uintptr_t frame_pointer);
/// In riscv/: sets the timer.
void start_next_period();
/// The length of the next period: within a quarter of `mean`.
[[nodiscard]] uint32_t next_period(uint32_t mean);

}  // namespace umber::baremetal
