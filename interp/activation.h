// One entry into the interpreter: from the first function's call to its return, however many interpreted functions, of whatever
// instances, lie in between. It lives in the value stack, below the first frame, where Execution::stack_top points while
// interpreted code runs; so a suspended run needs no other memory.
#pragma once

#include "interp/code.h"
#include "runtime/execution.h"

namespace umber::interp {

struct Activation {
  State state{};               ///< saved while suspended; compact: of an operation that is a function
  const Func* func = nullptr;  ///< the first function
  Slot* values = nullptr;      ///< the caller's parameters and results
  uint32_t result_slots = 0;
  bool in_place = false;       ///< the first frame's slot 0 is *values
  bool tail_called = false;    ///< the innermost frame's last act was a call that failed: its handlers do not count
  FaultTarget fault_target;
  FaultTarget* outer_fault_target = nullptr;
  void* native_stack = nullptr;  ///< the stack pointer at every handler's entry
  Execution* execution = nullptr;
  alignas(8) Code exit_code[16];   ///< return address of the first function
  alignas(8) Code cross_code[16];  ///< return address of a function of another instance
};
inline constexpr size_t kActivationSlots = (sizeof(Activation) + sizeof(Slot) - 1) / sizeof(Slot);

[[nodiscard]] inline Activation& activation_of(const VmContext* ctx) {
  return *reinterpret_cast<Activation*>(ctx->execution->stack_top);
}

/// Slots of a pseudo-frame between functions of different instances: what to go back to. The callee's frame lies behind it;
/// its return address is Activation::cross_code, its caller's frame is this.
struct CrossFrame {
  VmContext* ctx;
  const Code* return_pc;
  Slot* fp;
  uint64_t result_slots;
};
inline constexpr uint32_t kCrossSlots = sizeof(CrossFrame) / sizeof(Slot);

/// RunStatus of a call from interpreted code, as what comes next.
[[nodiscard]] inline Next next_of(RunStatus status) {
  switch (status) {
    case RunStatus::Done: return Next::Go;
    case RunStatus::Trapped: return Next::Failed;
    case RunStatus::Suspended: return Next::Suspended;
  }
  return Next::Failed;
}

/// Func::entry of interpreted functions.
RunStatus enter(Execution& execution, const Func& func, Slot* values);
/// Encodes a function at its first call. Go: do the call again; otherwise the trap.
[[nodiscard]] Next encode_on_demand(const State& s, VmContext* ctx, uint32_t func_idx);
/// Adds the frames of this activation to the current trap, from the instruction at `s.pc` outwards.
void add_frames(const State& s);

}  // namespace umber::interp
