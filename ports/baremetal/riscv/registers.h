// Sequences of assembly that move registers to and from a frame at the stack pointer, the same for both widths of the processor and with
// or without a floating-point unit. `UMBER_SAVE` and `UMBER_LOAD` move a word, UMBER_AT(i) names word i.
#pragma once

#if __riscv_xlen == 64
#define UMBER_SAVE "sd "
#define UMBER_LOAD "ld "
#define UMBER_AT(i) #i "*8(sp)\n"
#else
#define UMBER_SAVE "sw "
#define UMBER_LOAD "lw "
#define UMBER_AT(i) #i "*4(sp)\n"
#endif

#if defined(__riscv_flen)
#if __riscv_flen == 64
#define UMBER_SAVE_FLOAT "fsd "
#define UMBER_LOAD_FLOAT "fld "
#else
#define UMBER_SAVE_FLOAT "fsw "
#define UMBER_LOAD_FLOAT "flw "
#endif
/// Floating-point registers take 8 bytes each, from byte `base` on.
#define UMBER_FLOAT(move, base, reg, i) move reg ", " base "+8*" #i "(sp)\n"
#endif
