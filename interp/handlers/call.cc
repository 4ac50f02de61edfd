// Calls through tables and references, and returns with one result, by where their operand lies.
#include "interp/handlers/calls.h"

namespace umber::interp {
namespace {

// A, base, link, table, type. The index is read 64 bits wide: an i32 is zero-extended wherever it lies.
template <int a>
struct CallIndirectSlow {
  using F = Fields<Operand<uint64_t, a>, Half, Half, Word, Word>;
  static Next run(State& s) {
    const Chosen chosen = choose_func<false>(s, F::template get<0>(s), F::template word<3>(s), F::template word<4>(s));
    if (chosen.func == nullptr) return trap(chosen.reason);
    return call_func(s, *chosen.func, F::template half<1>(s), F::template half<2>(s), s.pc + F::kSize);
  }
};
template <int a>
struct CallIndirect {
  using Slow = CallIndirectSlow<a>;
  using F = Fields<Operand<uint64_t, a>, Half, Half, Word, Word>;
  static Next run(State& s) {
    const Chosen chosen = choose_func<true>(s, F::template get<0>(s), F::template word<3>(s), F::template word<4>(s));
    if (chosen.func == nullptr || chosen.func->ctx != s.ctx) [[unlikely]] return Next::Slow;
    return enter_function(s, code_of(s.ctx, chosen.func->func_idx), s.fp + F::template half<1>(s), F::template half<2>(s),
                          s.pc + F::kSize, s.fp);
  }
};

// A, base, link
template <int a>
struct CallRef {
  using F = Fields<Operand<uint64_t, a>, Half, Half>;
  static Next run(State& s) {
    const Func* func = reinterpret_cast<const Func*>(static_cast<uintptr_t>(F::template get<0>(s)));
    if (func == nullptr) return trap(TrapKind::NullFunctionReference);
    return call_func(s, *func, F::template half<1>(s), F::template half<2>(s), s.pc + F::kSize);
  }
};

template <template <int> class Body>
struct Spec {
  template <int, int a>
  static constexpr Handler entry() {
    return &handler<Body<a>>;
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

}  // namespace

constinit const Family kFamCallIndirect = {"call_indirect", kTable<Spec<CallIndirect>, 1, kInt>.data(), nullptr, "lhhww", 1,
                                           {kInt, 0, 0, 0}};
constinit const Family kFamCallRef = {"call_ref", kTable<Spec<CallRef>, 1, kInt>.data(), nullptr, "lhh", 1, {kInt, 0, 0, 0}};
constinit const Family kFamReturnInt = {"return", kTable<ReturnSpec<uint32_t, uint64_t>, 2, kIntImm>.data(), nullptr, "lh", 2,
                                        {kIntImm, 0, 0, 0}, 1};
constinit const Family kFamReturnF32 = {"return.f32", kTable<ReturnSpec<float, float>, 1, kFloatImm>.data(), nullptr, "fh", 1,
                                        {kFloatImm, 0, 0, 0}};
constinit const Family kFamReturnF64 = {"return.f64", kTable<ReturnSpec<double, double>, 1, kFloatImm>.data(), nullptr, "dh", 1,
                                        {kFloatImm, 0, 0, 0}};

}  // namespace umber::interp
