// RISC-V: s0 to s11 and, with a floating-point unit, fs0 to fs11.
#include "boards/firmware/registers.h"

namespace umber::baremetal {

#define UMBER_WIDTH_32 "w "
#define UMBER_WIDTH_64 "d "
#define UMBER_JOINED(a, b) a##b
#define UMBER_WIDTH(bits) UMBER_JOINED(UMBER_WIDTH_, bits)
#define UMBER_SAVE "s" UMBER_WIDTH(__riscv_xlen)
#define UMBER_LOAD "l" UMBER_WIDTH(__riscv_xlen)
#define UMBER_AT(i) #i "*8(sp)\n"
#define UMBER_INTEGERS(of) \
  of(0, s0) of(1, s1) of(2, s2) of(3, s3) of(4, s4) of(5, s5) of(6, s6) of(7, s7) of(8, s8) of(9, s9) of(10, s10) of(11, s11)
#define UMBER_FLOATS(of)                                                                                                        \
  of(12, fs0) of(13, fs1) of(14, fs2) of(15, fs3) of(16, fs4) of(17, fs5) of(18, fs6) of(19, fs7) of(20, fs8) of(21, fs9)       \
  of(22, fs10) of(23, fs11)
#define UMBER_KEEP(i, r) UMBER_SAVE #r ", " UMBER_AT(i)
#define UMBER_GIVE_BACK(i, r) UMBER_LOAD #r ", " UMBER_AT(i)
#define UMBER_FILL(i, r) "addi " #r ", a0, " #i "\n"
#define UMBER_LOOK(i, r) "addi t0, a1, " #i "\n xor t0, t0, " #r "\n snez t0, t0\n add a0, a0, t0\n"

#if defined(__riscv_flen)
static_assert(__riscv_flen == 64 && __riscv_xlen == 64, "a board with another floating-point unit is new here");
#define UMBER_KEEP_FLOAT(i, r) "fsd " #r ", " UMBER_AT(i)
#define UMBER_GIVE_FLOAT_BACK(i, r) "fld " #r ", " UMBER_AT(i)
#define UMBER_FILL_FLOAT(i, r) "addi t0, a0, " #i "\n fmv.d.x " #r ", t0\n"
#define UMBER_LOOK_FLOAT(i, r) "fmv.x.d t1, " #r "\n addi t0, a1, " #i "\n xor t0, t0, t1\n snez t0, t0\n add a0, a0, t0\n"
#define UMBER_ALL_FLOATS(of) UMBER_FLOATS(of)
const uint32_t kPreservedRegisters = 24;
#else
#define UMBER_ALL_FLOATS(of)
const uint32_t kPreservedRegisters = 12;
#endif

/// The pattern waits on the stack: what is compared with comes from no register that is tested.
extern "C" [[gnu::naked]] uint32_t umber_lost_registers(uint32_t, void (*)(void*), void*) {
  asm volatile("addi sp, sp, -224\n" UMBER_INTEGERS(UMBER_KEEP) UMBER_ALL_FLOATS(UMBER_KEEP_FLOAT) UMBER_SAVE "ra, " UMBER_AT(24) UMBER_SAVE
               "a0, " UMBER_AT(25) UMBER_INTEGERS(UMBER_FILL) UMBER_ALL_FLOATS(UMBER_FILL_FLOAT) "mv a0, a2\n jalr a1\n" UMBER_LOAD
               "a1, " UMBER_AT(25) "li a0, 0\n" UMBER_INTEGERS(UMBER_LOOK) UMBER_ALL_FLOATS(UMBER_LOOK_FLOAT) UMBER_LOAD "ra, " UMBER_AT(24)
                   UMBER_INTEGERS(UMBER_GIVE_BACK) UMBER_ALL_FLOATS(UMBER_GIVE_FLOAT_BACK) "addi sp, sp, 224\n ret\n");
}

}  // namespace umber::baremetal
