// x86-64 and AArch64 on Linux, with preserve_none: a handler's parameters stay in the registers in which they arrived until the
// access is over (end_access), so pc, frame and context are where the calling convention put them. The stack pointer may
// have moved inside the handler; it goes back to what it was at every handler's entry.
#include "interp/fault.h"

#if defined(__linux__) && defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))

#include <ucontext.h>

#include <cstddef>

extern "C" {
extern const char __start_umber_handlers[] __attribute__((visibility("hidden")));
extern const char __stop_umber_handlers[] __attribute__((visibility("hidden")));
}

namespace umber::interp {

namespace {

struct MachineState {
  uintptr_t pc;
  uintptr_t context;  ///< the VmContext parameter
};

#if defined(__x86_64__)
MachineState machine_state(const ucontext_t& context) {
  const greg_t* registers = context.uc_mcontext.gregs;
  return {static_cast<uintptr_t>(registers[REG_RIP]), static_cast<uintptr_t>(registers[REG_R15])};
}
void redirect(ucontext_t& context, uintptr_t target, void* stack) {
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(target);
  context.uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(stack);
}
#else
MachineState machine_state(const ucontext_t& context) {
  return {static_cast<uintptr_t>(context.uc_mcontext.pc), static_cast<uintptr_t>(context.uc_mcontext.regs[23])};
}
void redirect(ucontext_t& context, uintptr_t target, void* stack) {
  context.uc_mcontext.pc = target;
  context.uc_mcontext.sp = reinterpret_cast<uintptr_t>(stack);
}
#endif

}  // namespace

bool can_recover_faults() { return true; }

bool recover_fault(FaultTarget& target, const FaultFrame& frame) {
  auto& context = *static_cast<ucontext_t*>(frame.machine_context);
  const MachineState state = machine_state(context);
  const auto first = reinterpret_cast<uintptr_t>(__start_umber_handlers);
  const auto end = reinterpret_cast<uintptr_t>(__stop_umber_handlers);
  if (state.pc < first || state.pc >= end) return false;
  auto& activation = *reinterpret_cast<Activation*>(reinterpret_cast<char*>(&target) - offsetof(Activation, fault_target));
  if (!activation.execution->is_guard_fault(frame.address)) return false;
  redirect(context, reinterpret_cast<uintptr_t>(&leave_faulted), activation.native_stack);
  return true;
}

}  // namespace umber::interp

#endif
