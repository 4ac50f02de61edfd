// Time from SysTick, which every Cortex-M has: an interrupt every millisecond or so counts the cycles of the periods that have ended, the
// counter those of the current one. The same interrupt is the heartbeat of guest code.
//
// A handler can't stop what it interrupted, and it must not wait. So it returns, but not to the guest: below the frame that the
// processor has pushed it puts another one that leads to umber_arm_in_guest, in thread mode, on the guest's stack. From there a
// supervisor call drops everything down to the first frame, and returning through that restores all registers, flags and the state of an
// interrupted `it` or `ldm`, as if nothing had been.
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/machine.h"

namespace umber::baremetal {

namespace {

constexpr uint32_t kPeriod = UMBER_BOARD_CLOCK_HZ / 1000;
// Written by the interrupt alone. SysTick takes a new reload value at the end of the period that runs, hence the next one's.
volatile uint64_t g_cycles = 0;  // of all periods that have ended
volatile uint32_t g_beats = 0;
volatile uint32_t g_running = kPeriod;
volatile uint32_t g_next = kPeriod;

struct SysTick {
  volatile uint32_t control, reload, current, calibration;
};
SysTick& systick() { return *reinterpret_cast<SysTick*>(0xe000'e010); }

/// A period has ended and the interrupt has not been taken yet.
bool is_beat_pending() {
  constexpr uint32_t kPending = 1u << 26;  // of the interrupt control and state register
  return (*reinterpret_cast<volatile uint32_t*>(0xe000'ed04) & kPending) != 0;
}

/// Of a period of that length. It may be longer than is known here, if a second one ended within the interrupt: an emulator's processor can
/// stand still for long.
uint32_t elapsed_of(uint32_t period, uint32_t left) { return left < period ? period - 1 - left : 0; }

/// Since start_clock, while no beat comes in between. The counter is read again once a beat is pending, for then it counts the next period,
/// unless it still rests at the end of the last one.
uint64_t count_cycles() {
  const uint32_t left = systick().current;
  if (!is_beat_pending()) return g_cycles + elapsed_of(g_running, left);
  const uint32_t left_of_next = systick().current;
  return g_cycles + g_running + (left_of_next == 0 ? 0 : elapsed_of(g_next, left_of_next));
}

void count_period() {
  g_cycles = g_cycles + g_running;
  g_running = g_next;
  g_beats = g_beats + 1;
  const uint32_t next = next_period(kPeriod);
  g_next = next;
  systick().reload = next - 1;
}

}  // namespace

void start_clock() {
  systick().reload = kPeriod - 1;
  systick().current = 0;
  systick().control = 7;  // processor clock, interrupt, on
}

uint64_t now_ns() {
  for (;;) {
    const uint32_t before = g_beats;
    const uint64_t cycles = count_cycles();
    if (g_beats != before) continue;
    const uint64_t seconds = cycles / UMBER_BOARD_CLOCK_HZ;
    return seconds * 1'000'000'000 + (cycles - seconds * UMBER_BOARD_CLOCK_HZ) * 1'000'000'000 / UMBER_BOARD_CLOCK_HZ;
  }
}

void idle() { asm volatile("wfi" ::: "memory"); }

}  // namespace umber::baremetal

extern "C" {

/// What the processor pushes at an exception; floating-point registers follow if there is need.
struct ExceptionFrame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};

void umber_arm_in_guest();

/// Where to return to instead: 0 for where it was.
[[gnu::used]] uintptr_t umber_arm_beat(const ExceptionFrame* frame, uintptr_t exception_return) {
  using namespace umber::baremetal;
  count_period();
  constexpr uintptr_t kToThread = 8;  // not to another handler
  constexpr uintptr_t kOtherStack = 4;
  if ((exception_return & (kToThread | kOtherStack)) != kToThread || !is_guest_code(frame->pc)) return 0;
  return reinterpret_cast<uintptr_t>(&umber_arm_in_guest) & ~uintptr_t{1};
}

[[gnu::used]] void umber_arm_stop(const ExceptionFrame* frame, uintptr_t frame_pointer) { umber::baremetal::beat(frame->pc, frame_pointer); }

/// SysTick. The frame that is made: r0 = the guest's frame, r1 = how to return to it, pc, psr = Thumb. Bit 4 of the way back:
/// without floating-point registers.
[[gnu::naked]] void umber_arm_tick() {
  asm volatile(
      "mov r0, sp\n mov r1, lr\n push {r3, lr}\n"
      "bl umber_arm_beat\n"
      "pop {r1, r3}\n"
      "cmp r0, #0\n beq 1f\n"
      "mov r1, sp\n sub sp, #32\n"
      "str r1, [sp]\n str r3, [sp, #4]\n str r0, [sp, #24]\n"
      "movs r1, #1\n lsls r1, r1, #24\n str r1, [sp, #28]\n"
      "movs r1, #16\n orrs r3, r1\n"
      "1: bx r3\n");
}

/// In thread mode again.
[[gnu::naked]] void umber_arm_in_guest() {
  asm volatile(
      "push {r1, r4}\n"
      "mov r1, r7\n bl umber_arm_stop\n"
      "mov r4, sp\n svc 0\n");
}

/// SVCall. Nothing else makes supervisor calls.
[[gnu::naked]] void umber_arm_back_to_guest() { asm volatile("mov sp, r4\n pop {r2, r4}\n bx r2\n"); }

}  // extern "C"
