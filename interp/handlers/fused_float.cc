// Multiply and add, rounded twice as Wasm has it, and operations with a constant in front.
#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

/// op 0: C + A * B, 1: C - A * B, 2: A * B - C
template <class T, int op, int d, int a, int b, int c>
struct MulAdd {
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<T, b>, Operand<T, c>>;
  static Next run(State& s) {
    const T product = F::template get<1>(s) * F::template get<2>(s);
    const T other = F::template get<3>(s);
    F::template put<0>(s, op == 0 ? other + product : op == 1 ? other - product : product - other);
    return F::next(s);
  }
};
template <class T>
struct MulAddSpec {
  template <int op, int d, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr int kSlots = is_float_slot(a) + is_float_slot(b) + is_float_slot(c);
    constexpr bool kAccumulates = d == c && !is_float_slot(d);
    return handler_if<a <= b && (kAccumulates || kSlots <= 1 || (kSlots == 3 && is_float_slot(d))), MulAdd<T, op, d, a, b, c>>();
  }
};

/// op 0: constant - B, 1: constant / B
template <class T, int op, int d, int b>
struct Reversed {
  using F = Fields<Operand<T, d>, Operand<T, b>, Operand<T, kImm<T>>>;
  static Next run(State& s) {
    const T constant = F::template get<2>(s);
    const T value = F::template get<1>(s);
    F::template put<0>(s, op == 0 ? constant - value : constant / value);
    return F::next(s);
  }
};
template <class T>
struct ReversedSpec {
  template <int op, int d, int b>
  static constexpr Handler entry() {
    return &handler<Reversed<T, op, d, b>>;
  }
};

StringRef mul_add_name(unsigned op) {
  constexpr const char* kNames[] = {"c + a * b", "c - a * b", "a * b - c"};
  return kNames[op];
}
StringRef reversed_name(unsigned op) { return op == 0 ? "# - b" : "# / b"; }

template <class T>
constexpr Family mul_add_family(StringRef name, StringRef shape) {
  return {name, kTable<MulAddSpec<T>, 3, kFloat, kFloat, kFloat, kFloat>.data(), mul_add_name, shape, 3, {kFloat, kFloat, kFloat, kFloat}};
}
template <class T>
constexpr Family reversed_family(StringRef name, StringRef shape) {
  return {name, kTable<ReversedSpec<T>, 2, kFloat, kFloat>.data(), reversed_name, shape, 2, {kFloat, kFloat, 0, 0}};
}

}  // namespace

constinit const Family kFamMulAddF32 = mul_add_family<float>("f32", "ffff");
constinit const Family kFamMulAddF64 = mul_add_family<double>("f64", "dddd");
constinit const Family kFamReversedF32 = reversed_family<float>("f32", "ffw");
constinit const Family kFamReversedF64 = reversed_family<double>("f64", "ddww");

}  // namespace umber::interp
