// An access beyond the end of a guarded memory raises SIGSEGV (SIGBUS on some machines). The handler asks the thread's
// fault target, which knows the guest code and the memories that this thread runs; it looks at nothing that another thread
// may change, so it needs no locks. What the target does not claim goes to the handler that was there before, and so a
// crash of the embedder still looks like one.
#include "ports/linux/fault_handler.h"

#include <pthread.h>
#include <cerrno>
#include <signal.h>
#include <ucontext.h>

namespace umber::linux_port {

namespace {

// Constant-initialised, and in the static TLS block when linked into an executable: reading it in a handler is safe.
thread_local FaultTarget* current_target = nullptr;

struct sigaction previous_segv;
struct sigaction previous_bus;

void pass_on(int signal_number, siginfo_t* info, void* machine_context) {
  const struct sigaction& previous = signal_number == SIGSEGV ? previous_segv : previous_bus;
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal_number, info, machine_context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    // The faulting instruction runs again after the return and takes the default action. An ignored fault would loop.
    signal(signal_number, SIG_DFL);
  } else {
    previous.sa_handler(signal_number);
  }
}

FaultFrame frame_of(void* machine_context, void* address) {
  const mcontext_t& registers = static_cast<const ucontext_t*>(machine_context)->uc_mcontext;
#if defined(__x86_64__)
  return {machine_context, address, static_cast<uintptr_t>(registers.gregs[REG_RIP]),
          static_cast<uintptr_t>(registers.gregs[REG_RBP])};
#elif defined(__aarch64__)
  return {machine_context, address, static_cast<uintptr_t>(registers.pc), static_cast<uintptr_t>(registers.regs[29])};
#elif defined(__riscv)
  return {machine_context, address, static_cast<uintptr_t>(registers.__gregs[REG_PC]),
          static_cast<uintptr_t>(registers.__gregs[8])};
#elif defined(__arm__)
  return {machine_context, address, static_cast<uintptr_t>(registers.arm_pc), static_cast<uintptr_t>((&registers.arm_r0)[7])};  // r7 in Thumb code
#else
  static_cast<void>(registers);
  return {machine_context, address};
#endif
}

void on_fault(int signal_number, siginfo_t* info, void* machine_context) {
  FaultTarget* target = current_target;
  // si_code <= 0: sent by a process, not a fault of this instruction.
  if (target != nullptr && info->si_code > 0) {
    const FaultFrame frame = frame_of(machine_context, info->si_addr);
    if (target->recover(*target, frame)) return;
  }
  pass_on(signal_number, info, machine_context);
}

void on_heartbeat(int, siginfo_t*, void* machine_context) {
  const int saved = errno;
  FaultTarget* target = current_target;
  if (target != nullptr && target->tick != nullptr) target->tick(*target, frame_of(machine_context, nullptr));
  errno = saved;
}

void install() {
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  // NODEFER: a target may leave by siglongjmp. ONSTACK: if the embedder has an alternate stack, use it.
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_segv);
  sigaction(SIGBUS, &action, &previous_bus);
  action.sa_sigaction = on_heartbeat;
  action.sa_flags |= SA_RESTART;
  sigaction(kHeartbeatSignal, &action, nullptr);
}

}  // namespace

void install_fault_handlers() {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}

FaultTarget* exchange_fault_target(FaultTarget* target) {
  FaultTarget* before = current_target;
  current_target = target;
  return before;
}

}  // namespace umber::linux_port
