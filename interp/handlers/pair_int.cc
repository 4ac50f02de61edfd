// Integer operations of the same kind one behind the other, a value taken before it grows, and rotations with an xor before or behind them: what hashes and ciphers are made of.
#include "interp/handlers/memory.h"
#include "interp/numeric.h"
#include "interp/operand.h"
#include "interp/pair_families.h"

namespace umber::interp {
namespace {

template <class T>
inline constexpr Op kRotlOf = sizeof(T) == 4 ? Op::I32Rotl : Op::I64Rotl;

// D A B; k
template <Op op, int d, int a, int b>
struct Rotated {
  using T = OperandOf<op>;
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<T, b>, Half>;
  static Next run(State& s) {
    const T rotated = sem::apply<kRotlOf<T>>(F::template get<2>(s), static_cast<T>(F::template half<3>(s)));
    F::template put<0>(s, sem::apply<op>(F::template get<1>(s), rotated));
    return F::next(s);
  }
};
struct RotatedSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, Rotated<kRotatedOps[op], d, a, b>>();
  }
};

template <class T, int d, int a, int b>
struct XorRotate {
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<T, b>, Half>;
  static Next run(State& s) {
    const T value = F::template get<1>(s) ^ F::template get<2>(s);
    F::template put<0>(s, sem::apply<kRotlOf<T>>(value, static_cast<T>(F::template half<3>(s))));
    return F::next(s);
  }
};
struct XorRotateSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && a <= b, XorRotate<std::conditional_t<op == 0, uint32_t, uint64_t>, d, a, b>>();
  }
};

// D A B C
template <bool is_xor, int d, int a, int b, int c>
struct Logic3 {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<uint32_t, c>>;
  static Next run(State& s) {
    const uint32_t x = F::template get<1>(s), y = F::template get<2>(s), z = F::template get<3>(s);
    F::template put<0>(s, is_xor ? x ^ y ^ z : x | y | z);
    return F::next(s);
  }
};
struct Logic3Spec {
  template <int op, int d, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && a <= b && b <= c, Logic3<op == 1, d, a, b, c>>();
  }
};

// D A; c
template <int d, int a>
struct Step {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word>;
  static Next run(State& s) {
    const uint32_t before = F::template get<1>(s);
    F::template put<1>(s, before + F::template word<2>(s));
    F::template put<0>(s, before);
    return F::next(s);
  }
};
// D A B; k, mask
template <int d, int a, int b>
struct FieldSum {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Half, Word>;
  static Next run(State& s) {
    const uint32_t field = (F::template get<2>(s) >> (F::template half<3>(s) & 31)) & F::template word<4>(s);
    F::template put<0>(s, F::template get<1>(s) + field);
    return F::next(s);
  }
};
struct FieldSumSpec {
  template <int, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, FieldSum<d, a, b>>();
  }
};
struct StepSpec {
  template <int, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && (d != a || is_int_slot(d)), Step<d, a>>();
  }
};
// D A B; c
template <int d, int a, int b>
struct SumAnd {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Word>;
  static Next run(State& s) {
    F::template put<0>(s, (F::template get<1>(s) + F::template word<3>(s)) & F::template get<2>(s));
    return F::next(s);
  }
};
struct SumAndSpec {
  template <int, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, SumAnd<d, a, b>>();
  }
};

StringRef rotated_name(unsigned op) { return op == 0 ? "i32.xor rotl" : "i64.xor rotl"; }
StringRef xor_rotate_name(unsigned op) { return op == 0 ? "i32.xor.rotl" : "i64.xor.rotl"; }
StringRef logic_name(unsigned op) { return op == 0 ? "i32.or3" : "i32.xor3"; }

}  // namespace

constinit const Family kFamStep = {"i32.step", kTable<StepSpec, 1, kInt, kInt>.data(), nullptr, "ii+", 1, {kInt, kInt, 0, 0}};
constinit const Family kFamFieldSum = {"i32.add field", kTable<FieldSumSpec, 1, kInt, kInt, kInt>.data(), nullptr, "iiih+", 1,
                                       {kInt, kInt, kInt, 0}};
constinit const Family kFamSumAnd = {"i32.add.and", kTable<SumAndSpec, 1, kInt, kInt, kIntImm>.data(), nullptr, "iii+", 1, {kInt, kInt, kIntImm, 0}};
constinit const Family kFamRotated = {"rotated", kTable<RotatedSpec, std::size(kRotatedOps), kInt, kInt, kInt>.data(), rotated_name, "iiih",
                                      std::size(kRotatedOps), {kInt, kInt, kInt, 0}};
constinit const Family kFamXorRotate = {"xor.rotl", kTable<XorRotateSpec, 2, kInt, kInt, kInt>.data(), xor_rotate_name, "iiih", 2,
                                        {kInt, kInt, kInt, 0}};
constinit const Family kFamLogic3 = {"logic", kTable<Logic3Spec, 2, kInt, kInt, kInt, kInt>.data(), logic_name, "iiii", 2,
                                     {kInt, kInt, kInt, kInt}};

}  // namespace umber::interp
