// What the compiler and the machine offer to threaded code, turned into a handful of names. The only file of the
// interpreter that looks at predefined macros, besides the fault recovery of each processor.
//
// clang on x86-64 and AArch64 passes up to a dozen values in registers with `preserve_none`, and `musttail` makes every
// dispatch one indirect jump. Other compilers pass fewer values with the C calling convention and turn the tail calls
// into sibling calls at -O2.
#pragma once

#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define UMBER_INTERP_INT_REGS 4
#define UMBER_INTERP_FLOAT_REGS 3
#define UMBER_INTERP_CONVENTION __attribute__((preserve_none))
#define UMBER_INTERP_TAIL [[clang::musttail]] return
#else
#define UMBER_INTERP_INT_REGS 2
#define UMBER_INTERP_FLOAT_REGS 3
#define UMBER_INTERP_CONVENTION
#define UMBER_INTERP_TAIL return
#endif

/// Bytes of a handler reference in code: 8 = address, 4 = distance from an anchor that travels in a register.
#ifndef UMBER_INTERP_REF_BYTES
#define UMBER_INTERP_REF_BYTES 8
#endif

// x86-64 shifts by a variable count need rcx, the eighth integer argument of preserve_none: a value nobody reads keeps it free.
#if defined(__clang__) && defined(__x86_64__)
#define UMBER_INTERP_KEEP_RCX 1
#else
#define UMBER_INTERP_KEEP_RCX 0
#endif

/// Handlers lie together, so that a fault's program counter tells whether guest code was running.
#if defined(__ELF__)
#define UMBER_INTERP_SECTION __attribute__((section("umber_handlers")))
#else
#define UMBER_INTERP_SECTION
#endif

/// A register constraint of inline assembly for a float.
#if defined(__x86_64__)
#define UMBER_FLOAT_CONSTRAINT "x"
#elif defined(__aarch64__)
#define UMBER_FLOAT_CONSTRAINT "w"
#endif

/// What a call pushes on the native stack.
#if defined(__x86_64__)
#define UMBER_INTERP_RETURN_ADDRESS_BYTES 8
#else
#define UMBER_INTERP_RETURN_ADDRESS_BYTES 0
#endif
