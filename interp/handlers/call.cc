// Calls through tables and references, calls with the copies that prepare them, and returns with one result, by where their operands
// lie. A call may be executed twice, when its first try found that the callee has no code yet or has to wait: its copies must
// read nothing that they write.
#include "interp/handlers/calls.h"

namespace umber::interp {
namespace {

template <int>
using HalfFor = Half;

/// Copies operands first, first + 1, … to the slots that as many 16-bit fields behind them name.
template <class F, int first, int count>
[[gnu::always_inline]] inline void copy_operands(State& s) {
  [&]<int... i>(std::integer_sequence<int, i...>) {
    ((s.fp[F::template half<first + count + i>(s)].u64 = uint64_t{F::template get<first + i>(s)}), ...);
  }(std::make_integer_sequence<int, count>());
}

/// What goes on where the fast way ends: the same for all forms whose fields lie at the same bytes, because it needs a native frame and so
/// is long.
template <int base_at, int function_at>
struct CallSlow {
  static Next run(State& s) {
    return call_slow(s, load_field<uint16_t>(s.pc + base_at), load_field<uint32_t>(s.pc + function_at));
  }
};
/// The same of a call through a table: the index is the first operand; link lies behind base, type behind table, and nothing behind that.
template <class Index, int base_at, int table_at>
struct CallIndirectSlow {
  static Next run(State& s) {
    const Chosen chosen = choose_func<false>(s, read<Index, kRefBytes>(s), load_field<uint32_t>(s.pc + table_at),
                                             load_field<uint32_t>(s.pc + table_at + 4));
    if (chosen.func == nullptr) return trap(chosen.reason);
    return call_func(s, *chosen.func, load_field<uint16_t>(s.pc + base_at), load_field<uint16_t>(s.pc + base_at + 2), s.pc + table_at + 8);
  }
};

/// Sources, their slots, base, link, function.
template <int... source>
struct MoveCall {
  static constexpr int kCount = sizeof...(source);
  using F = Fields<Copied<source>..., HalfFor<source>..., Half, Half, Word>;
  using Slow = CallSlow<F::at(2 * kCount), F::at(2 * kCount + 2)>;
  static Next run(State& s) {
    copy_operands<F, 0, kCount>(s);
    return enter_function(s, code_of(s.ctx, F::template word<2 * kCount + 2>(s)), s.fp + F::template half<2 * kCount>(s),
                          F::template half<2 * kCount + 1>(s), s.pc + F::kSize, s.fp);
  }
};

/// A; slot, base, link; c, function: the slot takes A + c.
template <int a>
struct SumCall {
  using F = Fields<Operand<uint32_t, a>, Half, Half, Half, Word, Word>;
  using Slow = CallSlow<F::at(2), F::at(5)>;
  static Next run(State& s) {
    s.fp[F::template half<1>(s)].u64 = uint64_t{F::template get<0>(s) + F::template word<4>(s)};
    return enter_function(s, code_of(s.ctx, F::template word<5>(s)), s.fp + F::template half<2>(s), F::template half<3>(s),
                          s.pc + F::kSize, s.fp);
  }
};

/// Index, sources, their slots, base, link, table, type.
template <class Index, int index, int... source>
struct CallIndirect {
  static constexpr int kCount = sizeof...(source);
  static constexpr int kBase = 1 + 2 * kCount;
  using F = Fields<Operand<Index, index>, Copied<source>..., HalfFor<source>..., Half, Half, Word, Word>;
  using Slow = CallIndirectSlow<Operand<Index, index>, F::at(kBase), F::at(kBase + 2)>;
  static Next run(State& s) {
    copy_operands<F, 1, kCount>(s);
    const Chosen chosen = choose_func<true>(s, F::template get<0>(s), F::template word<kBase + 2>(s), F::template word<kBase + 3>(s));
    if (chosen.func == nullptr || chosen.func->ctx != s.ctx) [[unlikely]] return Next::Slow;
    return enter_function(s, found_code(*chosen.func), s.fp + F::template half<kBase>(s), F::template half<kBase + 1>(s), s.pc + F::kSize,
                          s.fp);
  }
};

/// A, base, link
template <int a>
struct CallRef {
  using F = Fields<Operand<uint64_t, a>, Half, Half>;
  static const Func* func(const State& s) { return reinterpret_cast<const Func*>(static_cast<uintptr_t>(F::template get<0>(s))); }
  struct Slow {
    static Next run(State& s) {
      if (func(s) == nullptr) return trap(TrapKind::NullFunctionReference);
      return call_func(s, *func(s), F::template half<1>(s), F::template half<2>(s), s.pc + F::kSize);
    }
  };
  static Next run(State& s) {
    const Func* const callee = func(s);
    if (kIsCompact || callee == nullptr || callee->ctx != s.ctx) return Next::Slow;
    return enter_function(s, found_code(*callee), s.fp + F::template half<1>(s), F::template half<2>(s), s.pc + F::kSize, s.fp);
  }
};

struct CallSpec {
  template <int, int... sources>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, MoveCall<sources...>>();
  }
};
struct SumCallSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, SumCall<a>>();
  }
};
struct CallIndirectSpec {
  template <int op, int index, int... sources>
  static constexpr Handler entry() {
    using Index = std::conditional_t<kIsCompact && op == 0, uint32_t, uint64_t>;
    constexpr bool kExists = sizeof...(sources) == 0 || (!kIsCompact && (sizeof...(sources) == 1 || is_int_slot(index)));
    return handler_if<kExists, CallIndirect<Index, index, sources...>>();
  }
};
struct CallRefSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return &handler<CallRef<a>>;
  }
};

// A, link
template <class T, int a>
struct ReturnOne {
  using F = Fields<Operand<T, a>, Half>;
  static Next run(State& s) {
    write_slot<T>(s.fp[0], F::template get<0>(s));
    return leave_frame(s, F::template half<1>(s));
  }
};
template <class T32, class T64>
struct ReturnSpec {
  template <int op, int a>
  static constexpr Handler entry() {
    return &handler<ReturnOne<std::conditional_t<op == 0, T32, T64>, a>>;
  }
};

constexpr int kIndexWidths = kIsCompact ? 2 : 1;

}  // namespace

constinit const Family kFamCallIndirect = {"call_indirect", kTable<CallIndirectSpec, kIndexWidths, kInt>.data(), nullptr, "lhhww",
                                           kIndexWidths, {kInt, 0, 0, 0}};
constinit const Family kFamMoveCallIndirect = {"move.call_indirect", kTable<CallIndirectSpec, 1, kInt, kIntImm>.data(), nullptr,
                                               "llhhhww", 1, {kInt, kIntImm, 0, 0}};
constinit const Family kFamMove2CallIndirect = {"move2.call_indirect", kTable<CallIndirectSpec, 1, kInt, kIntImm, kIntImm>.data(), nullptr,
                                                "lllhhhhww", 1, {kInt, kIntImm, kIntImm, 0}};
constinit const Family kFamMoveCall = {"move.call", kTable<CallSpec, 1, kIntImm>.data(), nullptr, "lhhhw", 1,
                                       {kIntImm, 0, 0, 0}};
constinit const Family kFamMove2Call = {"move2.call", kTable<CallSpec, 1, kIntImm, kIntImm>.data(), nullptr, "llhhhhw", 1,
                                        {kIntImm, kIntImm, 0, 0}};
constinit const Family kFamSumCall = {"i32.add.call", kTable<SumCallSpec, 1, kInt>.data(), nullptr, "ihhh+w", 1, {kInt, 0, 0, 0}};
constinit const Family kFamCallRef = {"call_ref", kTable<CallRefSpec, 1, kInt>.data(), nullptr, "lhh", 1, {kInt, 0, 0, 0}};
constinit const Family kFamReturnInt = {"return", kTable<ReturnSpec<uint32_t, uint64_t>, 2, kIntImm>.data(), nullptr, "lh", 2,
                                        {kIntImm, 0, 0, 0}, 1};
constinit const Family kFamReturnF32 = {"return.f32", kTable<ReturnSpec<float, float>, 1, kFloatImm>.data(), nullptr, "fh", 1,
                                        {kFloatImm, 0, 0, 0}};
constinit const Family kFamReturnF64 = {"return.f64", kTable<ReturnSpec<double, double>, 1, kFloatImm>.data(), nullptr, "dh", 1,
                                        {kFloatImm, 0, 0, 0}};

}  // namespace umber::interp
