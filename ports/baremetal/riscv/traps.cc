// RISC-V in machine mode: what interrupts code. All registers are put on the stack of whoever ran. If the timer interrupted guest code, its
// target has a look right from here, with interrupts on again, since machine mode knows no handlers that one could not leave. A
// misaligned access that the processor does not make is made; anything else is a hardware fault.
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/riscv/misaligned.h"
#include "ports/baremetal/riscv/registers.h"

extern "C" {

[[gnu::used, noreturn]] void umber_riscv_fault() {
  uintptr_t cause = 0, pc = 0, caller = 0, address = 0;
  asm volatile("csrr %0, mcause\n csrr %1, mepc\n csrr %2, mtval\n mv %3, ra" : "=r"(cause), "=r"(pc), "=r"(address), "=r"(caller));
  umber_hardware_fault(cause, pc, caller, address);
}

[[gnu::used]] void umber_riscv_interrupt(umber::baremetal::TrapFrame& frame, uintptr_t cause, uintptr_t address) {
  using namespace umber::baremetal;
  constexpr uintptr_t kTimer = ~(UINTPTR_MAX >> 1) | 7;
  constexpr unsigned kCaller = 0, kFramePointer = 7;  // x1 and x8
  if (cause != kTimer) {
    if (!emulate_misaligned(frame, address)) umber_hardware_fault(cause, frame.pc, frame.registers[kCaller], address);
    return;
  }
  start_next_period();
  if (!is_guest_code(frame.pc)) return;
  asm volatile("csrsi mstatus, 8" ::: "memory");
  beat(frame.pc, frame.registers[kFramePointer]);
}

/// x1 and x5 to x31; the stack pointer is saved apart. The thread and global pointers, x3 and x4, never change.
#define UMBER_INTEGERS(move)                                                                                                            \
  move "x1, " UMBER_AT(1) move "x6, " UMBER_AT(6) move "x7, " UMBER_AT(7) move "x8, " UMBER_AT(8) move "x9, " UMBER_AT(9)               \
  move "x10, " UMBER_AT(10) move "x11, " UMBER_AT(11) move "x12, " UMBER_AT(12) move "x13, " UMBER_AT(13) move "x14, " UMBER_AT(14)     \
  move "x15, " UMBER_AT(15) move "x16, " UMBER_AT(16) move "x17, " UMBER_AT(17) move "x18, " UMBER_AT(18) move "x19, " UMBER_AT(19)     \
  move "x20, " UMBER_AT(20) move "x21, " UMBER_AT(21) move "x22, " UMBER_AT(22) move "x23, " UMBER_AT(23) move "x24, " UMBER_AT(24)     \
  move "x25, " UMBER_AT(25) move "x26, " UMBER_AT(26) move "x27, " UMBER_AT(27) move "x28, " UMBER_AT(28) move "x29, " UMBER_AT(29)     \
  move "x30, " UMBER_AT(30) move "x31, " UMBER_AT(31)

/// Of the frame: 36 words of 4 bytes or 34 of 8, then the floating-point registers.
#if __riscv_xlen == 64
#define UMBER_WORDS "272"
#define UMBER_WORDS_AND_FLOATS "528"
#else
#define UMBER_WORDS "144"
#define UMBER_WORDS_AND_FLOATS "400"
#endif
#if defined(__riscv_flen)
#define UMBER_FRAME UMBER_WORDS_AND_FLOATS
#define UMBER_F(move, i) UMBER_FLOAT(move, UMBER_WORDS, "f" #i, i)
#define UMBER_FLOATS(move)                                                                                                              \
  UMBER_F(move, 0) UMBER_F(move, 1) UMBER_F(move, 2) UMBER_F(move, 3) UMBER_F(move, 4) UMBER_F(move, 5) UMBER_F(move, 6)                \
  UMBER_F(move, 7) UMBER_F(move, 8) UMBER_F(move, 9) UMBER_F(move, 10) UMBER_F(move, 11) UMBER_F(move, 12) UMBER_F(move, 13)            \
  UMBER_F(move, 14) UMBER_F(move, 15) UMBER_F(move, 16) UMBER_F(move, 17) UMBER_F(move, 18) UMBER_F(move, 19) UMBER_F(move, 20)         \
  UMBER_F(move, 21) UMBER_F(move, 22) UMBER_F(move, 23) UMBER_F(move, 24) UMBER_F(move, 25) UMBER_F(move, 26) UMBER_F(move, 27)         \
  UMBER_F(move, 28) UMBER_F(move, 29) UMBER_F(move, 30) UMBER_F(move, 31)
#define UMBER_SAVE_FLOATS "frcsr t0\n" UMBER_SAVE "t0, " UMBER_AT(33) UMBER_FLOATS(UMBER_SAVE_FLOAT)
#define UMBER_LOAD_FLOATS UMBER_LOAD "t0, " UMBER_AT(33) "fscsr t0\n" UMBER_FLOATS(UMBER_LOAD_FLOAT)
#else
#define UMBER_FRAME UMBER_WORDS
#define UMBER_SAVE_FLOATS
#define UMBER_LOAD_FLOATS
#endif

/// Causes 4 and 6 are misaligned accesses, negative ones interrupts. A fault is reported without touching the stack, which may be what
/// is wrong. mret leaves user mode as what comes before the next trap, so mstatus is put back as a whole.
[[gnu::naked, gnu::used, gnu::aligned(4)]] void umber_riscv_trap() {
  asm volatile(
      "csrw mscratch, t0\n csrr t0, mcause\n bltz t0, 1f\n"
      "addi t0, t0, -4\n andi t0, t0, -3\n bnez t0, umber_riscv_fault\n"
      "1: csrr t0, mscratch\n"
      "addi sp, sp, -" UMBER_FRAME "\n" UMBER_SAVE "t0, " UMBER_AT(5) UMBER_INTEGERS(UMBER_SAVE)
      "addi t0, sp, " UMBER_FRAME "\n" UMBER_SAVE "t0, " UMBER_AT(2)
      "csrr t0, mepc\n" UMBER_SAVE "t0, " UMBER_AT(0) "csrr t0, mstatus\n" UMBER_SAVE "t0, " UMBER_AT(32) UMBER_SAVE_FLOATS
      "mv a0, sp\n csrr a1, mcause\n csrr a2, mtval\n call umber_riscv_interrupt\n"
      "csrci mstatus, 8\n" UMBER_LOAD_FLOATS
      UMBER_LOAD "t0, " UMBER_AT(0) "csrw mepc, t0\n" UMBER_LOAD "t0, " UMBER_AT(32) "csrw mstatus, t0\n"
      UMBER_INTEGERS(UMBER_LOAD) UMBER_LOAD "t0, " UMBER_AT(5) "addi sp, sp, " UMBER_FRAME "\n mret\n");
}

static_assert(sizeof(umber::baremetal::TrapFrame) == (sizeof(uintptr_t) == 8 ? 272 : 144)
#if defined(__riscv_flen)
              + 256
#endif
);

}  // extern "C"
