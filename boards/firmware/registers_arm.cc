// Cortex-M: r4 to r11 and, with a floating-point unit, s16 to s31.
#include "boards/firmware/registers.h"

namespace umber::baremetal {

#define UMBER_FILL(i, r) "adds r3, r0, #" #i "\n mov " #r ", r3\n"
#define UMBER_LOOK(i, r) "adds r3, r1, #" #i "\n cmp r3, " #r "\n it ne\n addne r0, #1\n"
#define UMBER_FILL_FLOAT(i, r) "adds r3, r0, #" #i "\n vmov " #r ", r3\n"
#define UMBER_LOOK_FLOAT(i, r) "vmov r2, " #r "\n adds r3, r1, #" #i "\n cmp r3, r2\n it ne\n addne r0, #1\n"
#define UMBER_INTEGERS(of) of(0, r4) of(1, r5) of(2, r6) of(3, r7) of(4, r8) of(5, r9) of(6, r10) of(7, r11)
#define UMBER_FLOATS(of)                                                                                                              \
  of(8, s16) of(9, s17) of(10, s18) of(11, s19) of(12, s20) of(13, s21) of(14, s22) of(15, s23)                                       \
  of(16, s24) of(17, s25) of(18, s26) of(19, s27) of(20, s28) of(21, s29) of(22, s30) of(23, s31)

#if defined(__ARM_FP)
#define UMBER_SAVE "vpush {s16-s31}\n"
#define UMBER_RESTORE "vpop {s16-s31}\n"
#define UMBER_FILL_FLOATS UMBER_FLOATS(UMBER_FILL_FLOAT)
#define UMBER_LOOK_FLOATS UMBER_FLOATS(UMBER_LOOK_FLOAT)
const uint32_t kPreservedRegisters = 24;
#else
#define UMBER_SAVE
#define UMBER_RESTORE
#define UMBER_FILL_FLOATS
#define UMBER_LOOK_FLOATS
const uint32_t kPreservedRegisters = 8;
#endif

/// The pattern waits on the stack: what is compared with comes from no register that is tested.
extern "C" [[gnu::naked]] uint32_t umber_lost_registers(uint32_t, void (*)(void*), void*) {
  asm volatile("push {r4-r11, lr}\n" UMBER_SAVE "push {r0}\n" UMBER_INTEGERS(UMBER_FILL) UMBER_FILL_FLOATS
               "mov r0, r2\n blx r1\n"
               "pop {r1}\n movs r0, #0\n" UMBER_INTEGERS(UMBER_LOOK) UMBER_LOOK_FLOATS UMBER_RESTORE "pop {r4-r11, pc}\n");
}

}  // namespace umber::baremetal
