// RISC-V: from one task's stack to another's. A function preserves s0 to s11 and, with a floating-point unit, fs0 to fs11.
#include <cstdint>

#include "ports/baremetal/riscv/registers.h"
#include "ports/baremetal/tasks.h"

namespace umber::baremetal {

#define UMBER_INTEGERS(move)                                                                                                          \
  move "ra, " UMBER_AT(0) move "s0, " UMBER_AT(1) move "s1, " UMBER_AT(2) move "s2, " UMBER_AT(3) move "s3, " UMBER_AT(4)             \
  move "s4, " UMBER_AT(5) move "s5, " UMBER_AT(6) move "s6, " UMBER_AT(7) move "s7, " UMBER_AT(8) move "s8, " UMBER_AT(9)             \
  move "s9, " UMBER_AT(10) move "s10, " UMBER_AT(11) move "s11, " UMBER_AT(12)

#if defined(__riscv_flen)
#define UMBER_FLOATS(move)                                                                                                            \
  UMBER_FLOAT(move, "128", "fs0", 0) UMBER_FLOAT(move, "128", "fs1", 1) UMBER_FLOAT(move, "128", "fs2", 2) UMBER_FLOAT(move, "128", "fs3", 3)                     \
  UMBER_FLOAT(move, "128", "fs4", 4) UMBER_FLOAT(move, "128", "fs5", 5) UMBER_FLOAT(move, "128", "fs6", 6) UMBER_FLOAT(move, "128", "fs7", 7)                     \
  UMBER_FLOAT(move, "128", "fs8", 8) UMBER_FLOAT(move, "128", "fs9", 9) UMBER_FLOAT(move, "128", "fs10", 10) UMBER_FLOAT(move, "128", "fs11", 11)
#define UMBER_SAVE_FLOATS UMBER_FLOATS(UMBER_SAVE_FLOAT)
#define UMBER_LOAD_FLOATS UMBER_FLOATS(UMBER_LOAD_FLOAT)
#else
#define UMBER_SAVE_FLOATS
#define UMBER_LOAD_FLOATS
#endif

/// 128 bytes hold 13 registers of either size, what follows 12 of floating point.
constexpr int kFrameBytes = 224;

extern "C" [[gnu::naked]] void umber_switch_stack(void**, void*) {
  asm volatile("addi sp, sp, -224\n" UMBER_INTEGERS(UMBER_SAVE) UMBER_SAVE_FLOATS UMBER_SAVE
               "sp, 0(a0)\n mv sp, a1\n" UMBER_INTEGERS(UMBER_LOAD) UMBER_LOAD_FLOATS "addi sp, sp, 224\n ret\n");
}

void* new_stack(void* top, void (*entry)()) {
  auto* frame = static_cast<uint8_t*>(top) - kFrameBytes;
  for (int i = 0; i < kFrameBytes; ++i) frame[i] = 0;
  *reinterpret_cast<uintptr_t*>(frame) = reinterpret_cast<uintptr_t>(entry);
  return frame;
}

}  // namespace umber::baremetal
