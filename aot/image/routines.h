// Routines of the C compiler's library that code generation calls where the processor lacks an instruction: 64-bit division,
// soft float, rounding, copies. An image brings none of them. It calls a stub of its own, in front of the functions, which
// jumps through VmContext::routines; the context is in a register that compiled code never touches. So a routine costs two
// loads, no relocation, and exists once per device.
//
// A row's position in its list is part of the ABI: rows are only added at the end, else kAbiVersion changes. Arguments and
// results are as the processor's ABI says for the routine of that name.
#pragma once

namespace umber::aot {

/// 32-bit Arm (Run-time ABI for the Arm Architecture); the context is in r9.
#define UMBER_ARM_LIBRARY_ROUTINES(ROUTINE)                                                                                    \
  ROUTINE(__aeabi_ldivmod) ROUTINE(__aeabi_uldivmod) ROUTINE(__aeabi_lmul) ROUTINE(__aeabi_llsl) ROUTINE(__aeabi_llsr)         \
  ROUTINE(__aeabi_lasr) ROUTINE(__aeabi_idiv) ROUTINE(__aeabi_uidiv) ROUTINE(__aeabi_idivmod) ROUTINE(__aeabi_uidivmod)        \
  ROUTINE(__aeabi_fadd) ROUTINE(__aeabi_fsub) ROUTINE(__aeabi_fmul) ROUTINE(__aeabi_fdiv) ROUTINE(__aeabi_fcmpeq)              \
  ROUTINE(__aeabi_fcmplt) ROUTINE(__aeabi_fcmple) ROUTINE(__aeabi_fcmpge) ROUTINE(__aeabi_fcmpgt) ROUTINE(__aeabi_fcmpun)      \
  ROUTINE(__aeabi_dadd) ROUTINE(__aeabi_dsub) ROUTINE(__aeabi_dmul) ROUTINE(__aeabi_ddiv) ROUTINE(__aeabi_dcmpeq)              \
  ROUTINE(__aeabi_dcmplt) ROUTINE(__aeabi_dcmple) ROUTINE(__aeabi_dcmpge) ROUTINE(__aeabi_dcmpgt) ROUTINE(__aeabi_dcmpun)      \
  ROUTINE(__aeabi_f2d) ROUTINE(__aeabi_d2f) ROUTINE(__aeabi_f2iz) ROUTINE(__aeabi_f2uiz) ROUTINE(__aeabi_f2lz)                 \
  ROUTINE(__aeabi_f2ulz) ROUTINE(__aeabi_d2iz) ROUTINE(__aeabi_d2uiz) ROUTINE(__aeabi_d2lz) ROUTINE(__aeabi_d2ulz)             \
  ROUTINE(__aeabi_i2f) ROUTINE(__aeabi_ui2f) ROUTINE(__aeabi_l2f) ROUTINE(__aeabi_ul2f) ROUTINE(__aeabi_i2d)                   \
  ROUTINE(__aeabi_ui2d) ROUTINE(__aeabi_l2d) ROUTINE(__aeabi_ul2d) ROUTINE(memcpy) ROUTINE(memmove) ROUTINE(memset) \
  ROUTINE(__clzsi2)

/// 32-bit RISC-V; the context is in s11. SINGLE: not needed, and not in the library, where there is a floating-point unit.
#define UMBER_RISCV_LIBRARY_ROUTINES(ROUTINE, SINGLE)                                                                          \
  ROUTINE(__divdi3) ROUTINE(__udivdi3) ROUTINE(__moddi3) ROUTINE(__umoddi3) SINGLE(__addsf3) SINGLE(__subsf3)                  \
  SINGLE(__mulsf3) ROUTINE(__divsf3) SINGLE(__eqsf2) SINGLE(__nesf2) SINGLE(__ltsf2) SINGLE(__lesf2) SINGLE(__gtsf2)           \
  SINGLE(__gesf2) SINGLE(__unordsf2) ROUTINE(__adddf3) ROUTINE(__subdf3) ROUTINE(__muldf3) ROUTINE(__divdf3)                   \
  ROUTINE(__eqdf2) ROUTINE(__nedf2) ROUTINE(__ltdf2) ROUTINE(__ledf2) ROUTINE(__gtdf2) ROUTINE(__gedf2)                        \
  ROUTINE(__unorddf2) ROUTINE(__extendsfdf2) ROUTINE(__truncdfsf2) SINGLE(__fixsfsi) ROUTINE(__fixunssfsi)                     \
  ROUTINE(__fixsfdi) ROUTINE(__fixunssfdi) ROUTINE(__fixdfsi) ROUTINE(__fixunsdfsi) ROUTINE(__fixdfdi)                         \
  ROUTINE(__fixunsdfdi) SINGLE(__floatsisf) SINGLE(__floatunsisf) ROUTINE(__floatdisf) ROUTINE(__floatundisf)                  \
  ROUTINE(__floatsidf) ROUTINE(__floatunsidf) ROUTINE(__floatdidf) ROUTINE(__floatundidf) ROUTINE(memcpy)                      \
  ROUTINE(memmove) ROUTINE(memset) ROUTINE(__ashldi3) ROUTINE(__lshrdi3) ROUTINE(__ashrdi3)

/// What a SINGLE row is for the runtime of this processor.
#if defined(__riscv_flen)
#define UMBER_SINGLE_ROUTINE(routine, absent) absent
#else
#define UMBER_SINGLE_ROUTINE(routine, absent) routine
#endif

/// Behind those, on both: what the runtime computes itself, with Wasm's rules, in its own calling convention.
#define UMBER_ROUNDING_ROUTINES(ROUTINE)                                                                                       \
  ROUTINE(ceilf) ROUTINE(floorf) ROUTINE(truncf) ROUTINE(roundevenf) ROUTINE(sqrtf)                                            \
  ROUTINE(ceil) ROUTINE(floor) ROUTINE(trunc) ROUTINE(roundeven) ROUTINE(sqrt)

}  // namespace umber::aot
