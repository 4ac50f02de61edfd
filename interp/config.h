// What the compiler and the machine offer to threaded code, turned into a handful of names. The only file of the
// interpreter that looks at predefined macros, besides the fault recovery of each processor.
//
// clang on x86-64 and AArch64 passes up to a dozen values in registers with `preserve_none`, and `musttail` makes every
// dispatch one indirect jump. Other compilers pass fewer values with the C calling convention and turn the tail calls
// into sibling calls at -O2.
//
// Two profiles come from the same source. `speed` keeps values in machine registers and has handlers for thousands of
// combinations of operand places. `compact` is for microcontrollers: every value lies in a frame slot or in the instruction,
// and only three values travel, because a fourth would make Thumb-2's calling convention save registers in every handler.
#pragma once

/// 1: the compact profile. By default where registers are few; UMBER_INTERP in CMake chooses.
#ifndef UMBER_INTERP_COMPACT
#if defined(__x86_64__) || defined(__aarch64__)
#define UMBER_INTERP_COMPACT 0
#else
#define UMBER_INTERP_COMPACT 1
#endif
#endif

/// 1: the compact profile for microcontrollers with room: addresses of handlers in code.
#ifndef UMBER_INTERP_LARGE
#define UMBER_INTERP_LARGE 0
#endif

#if UMBER_INTERP_COMPACT
#define UMBER_INTERP_INT_REGS 0
#define UMBER_INTERP_FLOAT_REGS 0
#define UMBER_INTERP_CONVENTION
#if defined(__ELF__) && !UMBER_INTERP_LARGE && (!defined(__arm__) || defined(UMBER_INTERP_ANCHOR_R9))
#define UMBER_INTERP_REF_BYTES 2
#else
#define UMBER_INTERP_REF_BYTES 4
#endif
#if defined(__clang__)
#define UMBER_INTERP_TAIL [[clang::musttail]] return
#else
#define UMBER_INTERP_TAIL return
#endif
#elif defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
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

/// Bytes of a handler reference in code: 8 = address; 4 = address where those have 32 bits, else distance from an anchor that
/// travels in a register; 2 = distance from the first handler, in units of what all handlers are aligned to.
#ifndef UMBER_INTERP_REF_BYTES
#define UMBER_INTERP_REF_BYTES 8
#endif
#if UMBER_INTERP_REF_BYTES == 2 || (UMBER_INTERP_REF_BYTES == 4 && defined(__LP64__))
#define UMBER_INTERP_ANCHORED 1
#else
#define UMBER_INTERP_ANCHORED 0
#endif
/// 1: the anchor is a parameter. 0: on 32-bit Arm, where a fourth one costs too much, it is in r9, which the build keeps out of the
/// compiler's hands in the files of the handlers (-ffixed-r9; UMBER_INTERP_ANCHOR_R9 says so to the others).
#if UMBER_INTERP_ANCHORED && !defined(__arm__)
#define UMBER_INTERP_ANCHOR_PASSED 1
#else
#define UMBER_INTERP_ANCHOR_PASSED 0
#endif
/// log2 of a reference's unit, and what the address of a function has beside it.
#if defined(__x86_64__)
#define UMBER_INTERP_REF_SHIFT 4
#elif defined(__aarch64__) || defined(__riscv)
#define UMBER_INTERP_REF_SHIFT 2
#else
#define UMBER_INTERP_REF_SHIFT 1
#endif
#if defined(__thumb__)
#define UMBER_INTERP_FUNCTION_BIT 1
#else
#define UMBER_INTERP_FUNCTION_BIT 0
#endif

/// The compact profile's instructions have no padding: a word is two loads where it must be aligned, but few fields are words. With
/// addresses of four bytes there is some, where it matters.
#if UMBER_INTERP_COMPACT && (UMBER_INTERP_REF_BYTES == 2 || !defined(__riscv))
#define UMBER_INTERP_FIELD_ALIGNMENT 2
#else
#define UMBER_INTERP_FIELD_ALIGNMENT 4
#endif

// x86-64 shifts by a variable count need rcx, the eighth integer argument of preserve_none: a value nobody reads keeps it free.
#if defined(__clang__) && defined(__x86_64__) && !UMBER_INTERP_COMPACT
#define UMBER_INTERP_KEEP_RCX 1
#else
#define UMBER_INTERP_KEEP_RCX 0
#endif

/// Keeps what reads fields of the instruction at `pc` from here on behind the computation of `value`, an integer. A Thumb-2 handler
/// has two registers besides its parameters; the compiler reads the destination's field early, and saves a third for it.
#if UMBER_INTERP_COMPACT && defined(__arm__)
#define UMBER_INTERP_KEEP_ORDER(pc, value) ::umber::interp::keep_order(pc, value)
#else
#define UMBER_INTERP_KEEP_ORDER(pc, value) static_cast<void>(0)
#endif

/// Handlers lie together, so that a fault's program counter tells whether guest code was running.
#if defined(__ELF__)
#define UMBER_INTERP_SECTION __attribute__((section("umber_handlers")))
#else
#define UMBER_INTERP_SECTION
#endif

/// How a handler is aligned: one that fits a cache line lies in one, so that it is fetched at once. Measured on x86-64: 7% of the time.
#if defined(__clang__) && defined(__x86_64__) && !UMBER_INTERP_COMPACT
#define UMBER_INTERP_ALIGNED(bytes) __attribute__((aligned(bytes)))
#elif UMBER_INTERP_COMPACT && (defined(__x86_64__) || defined(__riscv))
#define UMBER_INTERP_ALIGNED(bytes) __attribute__((aligned(1 << UMBER_INTERP_REF_SHIFT)))
#else
#define UMBER_INTERP_ALIGNED(bytes)
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
