// Time from SysTick, which every Cortex-M has: an interrupt counts milliseconds, the counter divides the current one.
#include "ports/baremetal/machine.h"

namespace umber::baremetal {

namespace {

constexpr uint32_t kCyclesPerMillisecond = UMBER_BOARD_CLOCK_HZ / 1000;
volatile uint64_t g_milliseconds = 0;  // written by the interrupt alone

struct SysTick {
  volatile uint32_t control, reload, current, calibration;
};
SysTick& systick() { return *reinterpret_cast<SysTick*>(0xe000'e010); }

}  // namespace

void start_clock() {
  systick().reload = kCyclesPerMillisecond - 1;
  systick().current = 0;
  systick().control = 7;  // processor clock, interrupt, on
}

uint64_t now_ns() {
  for (;;) {
    const uint64_t before = g_milliseconds;
    const uint32_t left = systick().current;
    if (g_milliseconds != before) continue;
    const uint64_t elapsed = kCyclesPerMillisecond - 1 - left;
    return before * 1'000'000 + elapsed * 1'000'000 / kCyclesPerMillisecond;
  }
}

void idle() { asm volatile("wfi" ::: "memory"); }

}  // namespace umber::baremetal

extern "C" void umber_arm_tick() { umber::baremetal::g_milliseconds = umber::baremetal::g_milliseconds + 1; }
