// Cortex-M: from one task's stack to another's. A function preserves r4 to r11 and, with a floating-point unit, s16 to s31.
#include <cstdint>

#include "ports/baremetal/tasks.h"

namespace umber::baremetal {

#if defined(__ARM_FP)
#define UMBER_SAVE_VECTORS "vpush {s16-s31}\n"
#define UMBER_RESTORE_VECTORS "vpop {s16-s31}\n"
constexpr int kVectors = 16;
#else
#define UMBER_SAVE_VECTORS
#define UMBER_RESTORE_VECTORS
constexpr int kVectors = 0;
#endif

extern "C" [[gnu::naked]] void umber_switch_stack(void**, void*) {
  asm volatile(
      "push {r4-r11, lr}\n" UMBER_SAVE_VECTORS
      "mov r2, sp\n str r2, [r0]\n mov sp, r1\n" UMBER_RESTORE_VECTORS
      "pop {r4-r11, pc}\n");
}

void* new_stack(void* top, void (*entry)()) {
  constexpr int kRegisters = 9;
  auto* words = static_cast<uint32_t*>(top) - 2 - kRegisters - kVectors;  // the stack of the entry is a multiple of 8
  for (int i = 0; i < kRegisters + kVectors; ++i) words[i] = 0;
  words[kVectors + kRegisters - 1] = reinterpret_cast<uint32_t>(entry);
  return words;
}

}  // namespace umber::baremetal
