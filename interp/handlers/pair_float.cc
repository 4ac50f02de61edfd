// Products of floats that are added to something, with more of their operands in a guarded memory 0: both factors, as a sum of
// products has them, or what they are added to and where the result goes, as elimination and integration have it. Each operation
// rounds by itself, as if it stood alone.
#include "interp/handlers/two_accesses.h"
#include "interp/numeric.h"

namespace umber::interp {
namespace {

// D A B; addend and offset of A, then of B
template <class T, bool subtracts, int d, int a, int b>
struct DotAdd {
  using F = Fields<Operand<T, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word, Word>;
  static Next run(State& s) {
    const uint64_t second = place_in_memory<F, 2, 5>(s);
    const T x = memory_at<T>(s, place_in_memory<F, 1, 3>(s));
    const T product = x * second_memory_at<T>(s, second);
    F::template put<0>(s, subtracts ? F::template get<0>(s) - product : F::template get<0>(s) + product);
    return F::next(s);
  }
};
template <class T>
struct DotAddSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && !is_float_slot(d), DotAdd<T, op == 1, d, a, b>>();
  }
};

// A B C; addend, offset
template <class T, bool subtracts, int a, int b, int c>
struct UpdateProduct {
  using F = Fields<Operand<T, a>, Operand<T, b>, Operand<uint32_t, c>, Word, Word>;
  static Next run(State& s) {
    const uint64_t address = place_in_memory<F, 2, 3>(s);
    const T m = memory_at<T>(s, address);
    const T product = F::template get<0>(s) * F::template get<1>(s);
    store_le(s.mem + address, subtracts ? m - product : m + product);
    return F::next(s);
  }
};
template <class T>
struct UpdateProductSpec {
  template <int op, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && a <= b, UpdateProduct<T, op == 1, a, b, c>>();
  }
};

// A B C; addend and offset of B, then of C
template <class T, bool subtracts, int a, int b, int c>
struct UpdateLoadedProduct {
  using F = Fields<Operand<T, a>, Operand<uint32_t, b>, Operand<uint32_t, c>, Word, Word, Word, Word>;
  static Next run(State& s) {
    const uint64_t address = place_in_memory<F, 2, 5>(s), second = place_in_memory<F, 1, 3>(s);
    const T m = memory_at<T>(s, address);
    const T product = F::template get<0>(s) * second_memory_at<T>(s, second);
    store_le(s.mem + address, subtracts ? m - product : m + product);
    return F::next(s);
  }
};
template <class T>
struct UpdateLoadedProductSpec {
  template <int op, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && !is_float_slot(a), UpdateLoadedProduct<T, op == 1, a, b, c>>();
  }
};

StringRef dot_name(unsigned op) { return op == 0 ? "d + m * m" : "d - m * m"; }
StringRef product_name(unsigned op) { return op == 0 ? "m + a * b" : "m - a * b"; }
StringRef loaded_name(unsigned op) { return op == 0 ? "m + a * m" : "m - a * m"; }

template <class T>
constexpr Family dot_family(StringRef name, StringRef shape) {
  return {name, kTable<DotAddSpec<T>, 2, kFloat, kInt, kInt>.data(), dot_name, shape, 2, {kFloat, kInt, kInt, 0}};
}
template <class T>
constexpr Family product_family(StringRef name, StringRef shape) {
  return {name, kTable<UpdateProductSpec<T>, 2, kFloat, kFloat, kInt>.data(), product_name, shape, 2, {kFloat, kFloat, kInt, 0}};
}
template <class T>
constexpr Family loaded_family(StringRef name, StringRef shape) {
  return {name, kTable<UpdateLoadedProductSpec<T>, 2, kFloat, kInt, kInt>.data(), loaded_name, shape, 2, {kFloat, kInt, kInt, 0}};
}

}  // namespace

constinit const Family kFamDotAddF32 = dot_family<float>("load.f32", "fii+o+o");
constinit const Family kFamDotAddF64 = dot_family<double>("load.f64", "dii+o+o");
constinit const Family kFamUpdateProductF32 = product_family<float>("update.f32", "ffi+o");
constinit const Family kFamUpdateProductF64 = product_family<double>("update.f64", "ddi+o");
constinit const Family kFamUpdateLoadedProductF32 = loaded_family<float>("update.f32", "fii+o+o");
constinit const Family kFamUpdateLoadedProductF64 = loaded_family<double>("update.f64", "dii+o+o");

}  // namespace umber::interp
