// How operations chain: the only file that knows it. An operation is a struct with `static Next run(State&)`; here it becomes
// a function whose parameters are the machine state and whose last act is a tail call to the next operation, so that the
// state never leaves the processor's registers. State is a struct only on paper: after inlining its members are the
// function's parameters.
//
// The same bodies fit a `switch` in a loop (`for (;;) switch (op_at(s.pc)) case N: Body<N>::run(s)`), which is what a target
// without tail calls builds instead of this file.
#pragma once

#include <cstdint>

#include "base/bits.h"
#include "interp/config.h"
#include "runtime/abi.h"

namespace umber::interp {

/// Encoded code is a sequence of bytes: a handler reference, 16-bit fields, 32-bit fields. Instructions and 32-bit fields are
/// aligned to kFieldAlignment.
using Code = uint8_t;

inline constexpr bool kIsCompact = UMBER_INTERP_COMPACT != 0;
inline constexpr int kIntRegs = UMBER_INTERP_INT_REGS;
inline constexpr int kFloatRegs = UMBER_INTERP_FLOAT_REGS;
inline constexpr int kRegs = kIntRegs + kFloatRegs;
/// Registers of vectors: one, which holds the last vector that was computed.
inline constexpr int kVectorRegs = kIsCompact ? 0 : 1;
inline constexpr int kRefBytes = UMBER_INTERP_REF_BYTES;
inline constexpr int kFieldAlignment = UMBER_INTERP_FIELD_ALIGNMENT;
/// Byte offset of the first 32-bit field of an instruction with so many 16-bit fields.
[[nodiscard]] constexpr int first_word_after(int halves) {
  return (kRefBytes + 2 * halves + (kFieldAlignment - 1)) & ~(kFieldAlignment - 1);
}

/// A vector as it travels; what the bits mean is up to the operation.
using Vector [[gnu::vector_size(16)]] = uint64_t;
/// The same in a State, which may lie in the value stack.
using StackedVector [[gnu::aligned(8)]] = Vector;

/// The machine state between two operations.
struct State {
  const Code* pc;           ///< of the current instruction
  Slot* fp;                 ///< slot 0 of the frame
  uint8_t* mem;             ///< base of memory 0; in the compact profile a copy of the context's
  VmContext* ctx;
  uint64_t r[kIntRegs];     ///< integers and references; an i32 is zero-extended
  double f[kFloatRegs];     ///< an f64, or an f32 in the low half
  StackedVector v[kVectorRegs];  ///< the result of the last vector operation
};

/// What happens after an operation.
enum class Next : uint16_t {
  Go,      ///< dispatch at pc
  Branch,  ///< the same, at a place of its own, which branch predictors like
  Slow,    ///< go on with the body's `Slow`, at the same pc
  Spent,   ///< the budget is negative: checkpoint, then dispatch at pc
  Done,    ///< leave: the activation's outermost function has returned
  Failed,  ///< leave: the trap is already recorded, frames of callees included; add this activation's
  Suspended,  ///< leave: go on at pc when resumed
  Trap = 0x100,  ///< plus a TrapKind: leave because of a trap of the instruction at pc
};
[[nodiscard]] constexpr Next trap(TrapKind kind) {
  return static_cast<Next>(static_cast<uint16_t>(Next::Trap) + static_cast<uint16_t>(kind));
}

#if UMBER_INTERP_ANCHOR_PASSED
#define UMBER_INTERP_ANCHOR_PARAM , [[maybe_unused]] const char* anchor
#define UMBER_INTERP_ANCHOR_ARG , anchor
#else
#define UMBER_INTERP_ANCHOR_PARAM
#define UMBER_INTERP_ANCHOR_ARG
#endif

#if UMBER_INTERP_INT_REGS == 4 && UMBER_INTERP_KEEP_RCX
#if UMBER_INTERP_REF_BYTES == 4
#define UMBER_INTERP_INT_PARAMS uint64_t r0, uint64_t r1, [[maybe_unused]] uint64_t unused, uint64_t r2, uint64_t r3
#define UMBER_INTERP_INT_ARGS(s) s.r[0], s.r[1], unused, s.r[2], s.r[3]
#else
#define UMBER_INTERP_INT_PARAMS uint64_t r0, uint64_t r1, uint64_t r2, [[maybe_unused]] uint64_t unused, uint64_t r3
#define UMBER_INTERP_INT_ARGS(s) s.r[0], s.r[1], s.r[2], unused, s.r[3]
#endif
#define UMBER_INTERP_INT_INIT r0, r1, r2, r3
/// Makes `unused` any value without an instruction.
#define UMBER_INTERP_FORGET asm("" : "=r"(unused));
#elif UMBER_INTERP_INT_REGS == 4
#define UMBER_INTERP_INT_PARAMS uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3
#define UMBER_INTERP_INT_ARGS(s) s.r[0], s.r[1], s.r[2], s.r[3]
#define UMBER_INTERP_INT_INIT r0, r1, r2, r3
#define UMBER_INTERP_FORGET
#elif UMBER_INTERP_INT_REGS == 0
#define UMBER_INTERP_FORGET
#else
#define UMBER_INTERP_INT_PARAMS uint64_t r0, uint64_t r1
#define UMBER_INTERP_INT_ARGS(s) s.r[0], s.r[1]
#define UMBER_INTERP_INT_INIT r0, r1
#define UMBER_INTERP_FORGET
#endif

#if UMBER_INTERP_COMPACT
#define UMBER_INTERP_PARAMS const Code *pc, Slot *fp, VmContext *ctx UMBER_INTERP_ANCHOR_PARAM
#define UMBER_INTERP_ARGS(s) s.pc, s.fp, s.ctx UMBER_INTERP_ANCHOR_ARG
#define UMBER_INTERP_STATE State{pc, fp, ctx->memory0_base, ctx, {}, {}, {}}
#define UMBER_INTERP_TRAP_PARAMS UMBER_INTERP_PARAMS, TrapKind kind
#define UMBER_INTERP_TRAP_KIND(s) kind
#else
#define UMBER_INTERP_PARAMS                                                                                          \
  const Code *pc, Slot *fp, uint8_t *mem, VmContext *ctx UMBER_INTERP_ANCHOR_PARAM, UMBER_INTERP_INT_PARAMS, double f0, \
      double f1, double f2, Vector v0
#define UMBER_INTERP_ARGS(s) \
  s.pc, s.fp, s.mem, s.ctx UMBER_INTERP_ANCHOR_ARG, UMBER_INTERP_INT_ARGS(s), s.f[0], s.f[1], s.f[2], s.v[0]
#define UMBER_INTERP_STATE State{pc, fp, mem, ctx, {UMBER_INTERP_INT_INIT}, {f0, f1, f2}, {v0}}
#define UMBER_INTERP_TRAP_PARAMS UMBER_INTERP_PARAMS
#define UMBER_INTERP_TRAP_KIND(s) static_cast<TrapKind>(s.r[0])
#endif

using Handler = UMBER_INTERP_CONVENTION RunStatus (*)(UMBER_INTERP_PARAMS);

/// Failed: what leaves with a trap that is recorded. In the speed profile handler references are counted from here.
extern "C" UMBER_INTERP_CONVENTION RunStatus umber_interp_failed(UMBER_INTERP_PARAMS);
/// Cold ends of a run; each takes over the whole state.
UMBER_INTERP_CONVENTION RunStatus leave_trapped(UMBER_INTERP_TRAP_PARAMS);
UMBER_INTERP_CONVENTION RunStatus leave_out_of_bounds(UMBER_INTERP_PARAMS);
UMBER_INTERP_CONVENTION RunStatus leave_spent(UMBER_INTERP_PARAMS);
UMBER_INTERP_CONVENTION RunStatus leave_suspended(UMBER_INTERP_PARAMS);

#if UMBER_INTERP_REF_BYTES == 2
/// The first handler: the linker's name for where the section begins. A firmware's linker script that puts it into another one defines it.
extern "C" const char __start_umber_handlers[] __attribute__((visibility("hidden")));
[[nodiscard]] inline const char* anchor_address() { return __start_umber_handlers + UMBER_INTERP_FUNCTION_BIT; }
#else
[[nodiscard]] inline const char* anchor_address() { return reinterpret_cast<const char*>(&umber_interp_failed); }
#endif

/// Reads a field of the instruction that it lies in: aligned as it was written.
template <class T>
[[nodiscard, gnu::always_inline]] inline T load_field(const Code* at) {
  return load_le<T>(__builtin_assume_aligned(at, sizeof(T) == 2 ? 2 : kFieldAlignment));
}

/// The reference to a handler as it stands in code, and back.
inline void write_ref(Code* at, Handler handler) {
  const auto distance = reinterpret_cast<const char*>(handler) - anchor_address();
  if constexpr (kRefBytes == sizeof(handler))
    store_le(at, reinterpret_cast<uintptr_t>(handler));
  else if constexpr (kRefBytes == 4)
    store_le(at, static_cast<int32_t>(distance));
  else
    store_le(at, static_cast<uint16_t>(distance >> UMBER_INTERP_REF_SHIFT));
}
[[nodiscard]] inline Handler read_ref(const Code* at, [[maybe_unused]] const char* anchor = anchor_address()) {
  if constexpr (kRefBytes == sizeof(Handler))
    return reinterpret_cast<Handler>(load_le<uintptr_t>(at));
  else if constexpr (kRefBytes == 4)
    return reinterpret_cast<Handler>(reinterpret_cast<uintptr_t>(anchor + load_le<int32_t>(at)));
  else
    return reinterpret_cast<Handler>(reinterpret_cast<uintptr_t>(anchor + (size_t{load_field<uint16_t>(at)} << UMBER_INTERP_REF_SHIFT)));
}

/// What a histogram build (-DUMBER_INTERP_HISTOGRAM) calls before every dispatch.
void record_dispatch(const Code* pc);
#if defined(UMBER_INTERP_HISTOGRAM)
#define UMBER_INTERP_RECORD(s) record_dispatch(s.pc)
#else
#define UMBER_INTERP_RECORD(s) static_cast<void>(0)
#endif

#if UMBER_INTERP_ANCHORED && !UMBER_INTERP_ANCHOR_PASSED
/// Of the instruction at `at`.
[[nodiscard, gnu::always_inline]] inline Handler next_handler(const Code* at) {
  uintptr_t address;
  asm("add %0, r9, %1, lsl %2" : "=r"(address) : "r"(uint32_t{load_field<uint16_t>(at)}), "i"(UMBER_INTERP_REF_SHIFT));
  return reinterpret_cast<Handler>(address);
}
/// While it exists the anchor is where handlers look for it, in r9; then what was there before.
class HeldAnchor {
 public:
  HeldAnchor() : before_(exchange(anchor_address())) {}
  ~HeldAnchor() { (void)exchange(before_); }
  HeldAnchor(const HeldAnchor&) = delete;
  HeldAnchor& operator=(const HeldAnchor&) = delete;

 private:
  [[gnu::always_inline]] static const char* exchange(const char* anchor) {
    const char* before;
    asm volatile("mov %0, r9\n\tmov r9, %1" : "=&r"(before) : "r"(anchor) : "memory");
    return before;
  }
  const char* before_;
};
#else
[[nodiscard, gnu::always_inline]] inline Handler next_handler(const Code* at UMBER_INTERP_ANCHOR_PARAM) {
  return read_ref(at UMBER_INTERP_ANCHOR_ARG);
}
struct HeldAnchor {
  HeldAnchor() {}
};
#endif
#define UMBER_INTERP_DISPATCH(s) UMBER_INTERP_TAIL next_handler(s.pc UMBER_INTERP_ANCHOR_ARG)(UMBER_INTERP_ARGS(s))

#if UMBER_INTERP_COMPACT
/// Whatever ends a chain or interrupts it, in one place, so that a handler is its operation and one jump. Not a link of the chain,
/// because a fourth parameter says what it is; the jumps to and from it are sibling calls. In leave_compact.cc.
RunStatus leave_by(UMBER_INTERP_PARAMS, Next next);
/// An operation that is a function, `OutOfLine` in its body: all of them are called from here, so that their handlers are two instructions.
RunStatus step_out(UMBER_INTERP_PARAMS, Next (*run)(State& s));
#endif

/// Alignment of a handler by what its length will be, in bytes: an operand that is no register takes two instructions more.
template <class Body>
[[nodiscard]] consteval int alignment_of() {
  if constexpr (requires { Body::F::kSize; })
    return Body::F::kSize <= kRefBytes + 4 ? 32 : 64;
  else
    return 16;
}

/// The operation `Body` as a link of the chain.
template <class Body>
UMBER_INTERP_SECTION UMBER_INTERP_ALIGNED(alignment_of<Body>())
UMBER_INTERP_CONVENTION RunStatus handler(UMBER_INTERP_PARAMS) {
  State s = UMBER_INTERP_STATE;
#if UMBER_INTERP_COMPACT
  if constexpr (requires { typename Body::OutOfLine; }) return step_out(UMBER_INTERP_ARGS(s), &Body::run);
#endif
  Next next;
  {  // a copy that is dead when the next operation is called: g++ makes no sibling call while a callee may know its address
    State body = s;
    next = Body::run(body);
    s = body;
  }
  UMBER_INTERP_FORGET
  if (next == Next::Go || next == Next::Branch) UMBER_INTERP_RECORD(s);
  if (next == Next::Go) [[likely]] {
    UMBER_INTERP_DISPATCH(s);
  }
  if (next == Next::Branch) {
    if constexpr (!kIsCompact) asm volatile("# branch");  // unlike the code above, so that the two jumps are not merged
    UMBER_INTERP_DISPATCH(s);
  }
  if constexpr (requires { typename Body::Slow; })
    if (next == Next::Slow) UMBER_INTERP_TAIL handler<typename Body::Slow>(UMBER_INTERP_ARGS(s));
#if UMBER_INTERP_COMPACT
  // What the run may go on after is a tail call by all means: the native stack must not grow by a frame each time.
  if (next == Next::Spent) UMBER_INTERP_TAIL leave_spent(UMBER_INTERP_ARGS(s));
  if (next == Next::Failed) UMBER_INTERP_TAIL umber_interp_failed(UMBER_INTERP_ARGS(s));
  if (next == trap(TrapKind::MemoryOutOfBounds)) UMBER_INTERP_TAIL leave_out_of_bounds(UMBER_INTERP_ARGS(s));
  return leave_by(UMBER_INTERP_ARGS(s), next);
#else
  if (next == Next::Spent) UMBER_INTERP_TAIL leave_spent(UMBER_INTERP_ARGS(s));
  if (next == Next::Done) return RunStatus::Done;
  if (next == Next::Failed) UMBER_INTERP_TAIL umber_interp_failed(UMBER_INTERP_ARGS(s));
  if (next == Next::Suspended) UMBER_INTERP_TAIL leave_suspended(UMBER_INTERP_ARGS(s));
  if (next == trap(TrapKind::MemoryOutOfBounds)) UMBER_INTERP_TAIL leave_out_of_bounds(UMBER_INTERP_ARGS(s));
  s.r[0] = static_cast<uint64_t>(next) - static_cast<uint64_t>(Next::Trap);
  UMBER_INTERP_TAIL leave_trapped(UMBER_INTERP_ARGS(s));
#endif
}

/// Starts or continues running with this state; returns when an operation leaves.
[[nodiscard]] RunStatus run_from(const State& state);

}  // namespace umber::interp
