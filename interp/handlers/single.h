// The operations of singles.def as bodies. Those that matter for speed are defined in handlers/calls.h and below; the others
// are ordinary functions, each beside its relatives.
#pragma once

#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp::single {

#define SINGLE(id, text, shape) struct id;
#include "interp/singles.def"
#undef SINGLE

/// A plain slot as an operand of a single operation.
template <class T>
using InSlot = Operand<T, kSlot<T>>;

struct Jump {
  using F = Fields<Word>;
  static Next run(State& s) {
    s.pc += F::signed_word<0>(s);
    return Next::Go;
  }
};
struct JumpBack {
  using F = Fields<Word, Word>;
  static Next run(State& s) {
    const int64_t left = s.ctx->budget - F::word<1>(s);
    s.pc += F::signed_word<0>(s);
    s.ctx->budget = left;
    if (left < 0) [[unlikely]] return Next::Spent;
    return Next::Go;
  }
};
struct Charge {
  using F = Fields<Word>;
  static Next run(State& s) {
    const int64_t left = s.ctx->budget - F::word<0>(s);
    s.pc += F::kSize;
    s.ctx->budget = left;
    if (left < 0) [[unlikely]] return Next::Spent;
    return Next::Go;
  }
};

struct CopyVector {
  using F = Fields<Half, Half>;
  static Next run(State& s) {
    struct Two { uint64_t low, high; };
    const Two value = load_le<Two>(s.fp + F::half<1>(s));
    store_le(s.fp + F::half<0>(s), value);
    return F::next(s);
  }
};
struct Const32 {
  using F = Fields<InSlot<uint64_t>, Word>;
  static Next run(State& s) {
    F::put<0>(s, F::word<1>(s));
    return F::next(s);
  }
};
struct Const64 {
  using F = Fields<InSlot<uint64_t>, Word, Word>;
  static Next run(State& s) {
    F::put<0>(s, load_field<uint64_t>(s.pc + F::at(1)));
    return F::next(s);
  }
};
struct ConstVector {
  using F = Fields<Half, Word, Word, Word, Word>;
  static Next run(State& s) {
    struct Two { uint64_t low, high; };
    store_le(s.fp + F::half<0>(s), load_field<Two>(s.pc + F::at(1)));
    return F::next(s);
  }
};
struct SelectVector {
  using F = Fields<Half, Half, Half, InSlot<uint32_t>>;
  static Next run(State& s) {
    struct Two { uint64_t low, high; };
    const uint32_t chosen = F::get<3>(s) != 0 ? F::half<1>(s) : F::half<2>(s);
    store_le(s.fp + F::half<0>(s), load_le<Two>(s.fp + chosen));
    return F::next(s);
  }
};

struct AtomicFence {
  static Next run(State& s) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    s.pc += Layout<>::kSize;
    return Next::Go;
  }
};
struct Unreachable {
  static Next run(State&) { return trap(TrapKind::Unreachable); }
};
#define UMBER_SLOW_SINGLE(id) \
  struct id {                 \
    using OutOfLine = void;    \
    static Next run(State& s); \
  };
UMBER_SLOW_SINGLE(Throw)
UMBER_SLOW_SINGLE(ThrowRef)
UMBER_SLOW_SINGLE(Unsupported)
UMBER_SLOW_SINGLE(CopySlots)
UMBER_SLOW_SINGLE(GlobalGetFar)
UMBER_SLOW_SINGLE(GlobalSetFar)
UMBER_SLOW_SINGLE(MemorySize)
UMBER_SLOW_SINGLE(MemoryGrow)
UMBER_SLOW_SINGLE(MemoryFill)
UMBER_SLOW_SINGLE(MemoryCopy)
UMBER_SLOW_SINGLE(MemoryInit)
UMBER_SLOW_SINGLE(DataDrop)
UMBER_SLOW_SINGLE(TableGet)
UMBER_SLOW_SINGLE(TableSet)
UMBER_SLOW_SINGLE(TableSize)
UMBER_SLOW_SINGLE(TableGrow)
UMBER_SLOW_SINGLE(TableFill)
UMBER_SLOW_SINGLE(TableCopy)
UMBER_SLOW_SINGLE(TableInit)
UMBER_SLOW_SINGLE(ElemDrop)
UMBER_SLOW_SINGLE(RefFunc)
UMBER_SLOW_SINGLE(RefAsNonNull)
UMBER_SLOW_SINGLE(Add128)
UMBER_SLOW_SINGLE(Sub128)
UMBER_SLOW_SINGLE(MulWideS)
UMBER_SLOW_SINGLE(MulWideU)
#undef UMBER_SLOW_SINGLE

}  // namespace umber::interp::single
