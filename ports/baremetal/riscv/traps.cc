// RISC-V in machine mode: what interrupts code. All that a called function may change is put on the stack of whoever ran; if that
// was guest code its target has a look right from here, with interrupts on again, since machine mode knows no handlers that one
// could not leave. Anything but the timer's interrupt is a hardware fault.
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/riscv/registers.h"

extern "C" {

[[gnu::used, noreturn]] void umber_riscv_fault() {
  uintptr_t cause = 0, pc = 0, caller = 0, address = 0;
  asm volatile("csrr %0, mcause\n csrr %1, mepc\n csrr %2, mtval\n mv %3, ra" : "=r"(cause), "=r"(pc), "=r"(address), "=r"(caller));
  umber_hardware_fault(cause, pc, caller, address);
}

[[gnu::used]] void umber_riscv_interrupt(uintptr_t cause, uintptr_t pc, uintptr_t frame_pointer) {
  using namespace umber::baremetal;
  constexpr uintptr_t kInterrupt = ~(UINTPTR_MAX >> 1);
  constexpr uintptr_t kMachineTimer = 7;
  if (cause != (kInterrupt | kMachineTimer)) umber_hardware_fault(cause, pc, 0, 0);
  start_next_period();
  if (!is_guest_code(pc)) return;
  asm volatile("csrsi mstatus, 8" ::: "memory");
  beat(pc, frame_pointer);
}

#define UMBER_CALLER_SAVED(move)                                                                                                        \
  move "ra, " UMBER_AT(0) move "t1, " UMBER_AT(2) move "t2, " UMBER_AT(3) move "t3, " UMBER_AT(4) move "t4, " UMBER_AT(5)               \
  move "t5, " UMBER_AT(6) move "t6, " UMBER_AT(7) move "a0, " UMBER_AT(8) move "a1, " UMBER_AT(9) move "a2, " UMBER_AT(10)              \
  move "a3, " UMBER_AT(11) move "a4, " UMBER_AT(12) move "a5, " UMBER_AT(13) move "a6, " UMBER_AT(14) move "a7, " UMBER_AT(15)

#if defined(__riscv_flen)
#define UMBER_CALLER_SAVED_FLOATS(move)                                                                                                 \
  UMBER_FLOAT(move, "ft0", 4) UMBER_FLOAT(move, "ft1", 5) UMBER_FLOAT(move, "ft2", 6) UMBER_FLOAT(move, "ft3", 7)                       \
  UMBER_FLOAT(move, "ft4", 8) UMBER_FLOAT(move, "ft5", 9) UMBER_FLOAT(move, "ft6", 10) UMBER_FLOAT(move, "ft7", 11)                     \
  UMBER_FLOAT(move, "ft8", 12) UMBER_FLOAT(move, "ft9", 13) UMBER_FLOAT(move, "ft10", 14) UMBER_FLOAT(move, "ft11", 15)                 \
  UMBER_FLOAT(move, "fa0", 16) UMBER_FLOAT(move, "fa1", 17) UMBER_FLOAT(move, "fa2", 18) UMBER_FLOAT(move, "fa3", 19)                   \
  UMBER_FLOAT(move, "fa4", 20) UMBER_FLOAT(move, "fa5", 21) UMBER_FLOAT(move, "fa6", 22) UMBER_FLOAT(move, "fa7", 23)
#define UMBER_FRAME "320"
#define UMBER_SAVE_FLOATS UMBER_CALLER_SAVED_FLOATS(UMBER_SAVE_FLOAT) "frcsr t0\n" UMBER_SAVE "t0, " UMBER_AT(18)
#define UMBER_LOAD_FLOATS UMBER_LOAD "t0, " UMBER_AT(18) "fscsr t0\n" UMBER_CALLER_SAVED_FLOATS(UMBER_LOAD_FLOAT)
#else
#define UMBER_FRAME "160"
#define UMBER_SAVE_FLOATS
#define UMBER_LOAD_FLOATS
#endif
/// The frame: 19 words in 160 bytes, and behind them 20 floating-point registers. A fault is reported without touching the stack, which may be what is wrong. mret leaves user mode as what comes before the next
/// trap, so mstatus is put back as a whole.
[[gnu::naked, gnu::used, gnu::aligned(4)]] void umber_riscv_trap() {
  asm volatile(
      "csrw mscratch, t0\n csrr t0, mcause\n bgez t0, umber_riscv_fault\n csrr t0, mscratch\n"
      "addi sp, sp, -" UMBER_FRAME "\n" UMBER_SAVE "t0, " UMBER_AT(1) UMBER_CALLER_SAVED(UMBER_SAVE)
      "csrr a1, mepc\n" UMBER_SAVE "a1, " UMBER_AT(16) "csrr t0, mstatus\n" UMBER_SAVE "t0, " UMBER_AT(17) UMBER_SAVE_FLOATS
      "csrr a0, mcause\n mv a2, s0\n call umber_riscv_interrupt\n"
      "csrci mstatus, 8\n" UMBER_LOAD_FLOATS
      UMBER_LOAD "t0, " UMBER_AT(16) "csrw mepc, t0\n" UMBER_LOAD "t0, " UMBER_AT(17) "csrw mstatus, t0\n"
      UMBER_CALLER_SAVED(UMBER_LOAD) UMBER_LOAD "t0, " UMBER_AT(1) "addi sp, sp, " UMBER_FRAME "\n mret\n");
}

}  // extern "C"
