// RISC-V in machine mode: reset, and time from the `mtime` counter of the core-local interruptor. Traps are in traps.cc.
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/machine.h"

extern "C" {

/// Stack, floating-point unit (mstatus.FS; without effect where there is none), trap vector. The thread pointer shows the
/// C library a place for errno.
[[gnu::naked, gnu::section(".vectors"), gnu::used, noreturn]] void umber_riscv_reset() {
  asm volatile(
      ".option push\n .option norelax\n la gp, __global_pointer$\n .option pop\n"
      "la sp, umber_stack_top\n"
      "la tp, umber_tls\n"
      "la t0, umber_riscv_trap\n csrw mtvec, t0\n"
      "li t0, 0x2000\n csrs mstatus, t0\n"
      "j umber_start\n");
}

alignas(16) uint8_t umber_tls[64];

/// The three instructions are the semihosting call; they must not be compressed, and must lie in one page.
[[gnu::naked, gnu::aligned(16)]] uintptr_t umber_semihosting(uintptr_t, void*) {
  asm volatile(
      ".option push\n .option norvc\n"
      "slli zero, zero, 0x1f\n ebreak\n srai zero, zero, 7\n"
      ".option pop\n ret\n");
}

}  // extern "C"

namespace umber::baremetal {

namespace {

/// 64 bits, read in halves on RV32.
uint64_t mtime() {
  auto* const low = reinterpret_cast<volatile uint32_t*>(UMBER_BOARD_MTIME);
  auto* const high = low + 1;
  for (;;) {
    const uint32_t above = *high;
    const uint32_t below = *low;
    if (*high == above) return uint64_t{above} << 32 | below;
  }
}

uint64_t g_start = 0;

/// The timer's interrupt comes as soon as mtime is not below. In an order in which no half makes it come early.
void set_alarm(uint64_t at) {
  auto* const low = reinterpret_cast<volatile uint32_t*>(UMBER_BOARD_MTIMECMP);
  low[1] = UINT32_MAX;
  low[0] = static_cast<uint32_t>(at);
  low[1] = static_cast<uint32_t>(at >> 32);
}

}  // namespace

void start_clock() {
  g_start = mtime();
  start_next_period();
  asm volatile("csrs mie, %0\n csrsi mstatus, 8" ::"r"(uintptr_t{1} << 7) : "memory");  // the timer's interrupt, and all
}
void start_next_period() { set_alarm(mtime() + next_period(UMBER_BOARD_CLOCK_HZ / 1000)); }
uint64_t now_ns() { return (mtime() - g_start) * (1'000'000'000 / UMBER_BOARD_CLOCK_HZ); }
void idle() { asm volatile("wfi" ::: "memory"); }

}  // namespace umber::baremetal
