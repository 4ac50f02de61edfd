// Accesses to a guarded memory 0 with what surrounds them: an index scaled on the way, the operation whose result is stored, and
// all three of a load, an operation and a store where one place is updated.
#include "interp/families.h"
#include "interp/handlers/memory.h"
#include "interp/numeric.h"
#include "interp/pair_families.h"

namespace umber::interp {
namespace {

/// u32((operand `index` << shift) + addend) + offset, whose fields are 2 and 3.
template <class F, int shift, int index>
[[gnu::always_inline]] inline uint64_t scaled_address(const State& s) {
  const uint32_t sum = (F::template get<index>(s) << shift) + F::template word<2>(s);
  return uint64_t{sum} + F::template word<3>(s);
}
/// D B; addend, offset
template <Op op, int shift, int d, int b>
struct LoadScaled {
  using F = Fields<Operand<typename Access<op>::Value, d>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    typename Access<op>::Memory value;
    (void)read_memory<decltype(value), false>(s, scaled_address<F, shift, 1>(s), value);
    F::template put<0>(s, widen<typename Access<op>::Value>(value));
    return F::next(s);
  }
};
/// B value; addend, offset
template <Op op, int shift, int b, int v>
struct StoreScaled {
  using F = Fields<Operand<uint32_t, b>, Operand<typename Access<op>::Value, v>, Word, Word>;
  static Next run(State& s) {
    using Memory = typename Access<op>::Memory;
    (void)write_memory<Memory, false>(s, scaled_address<F, shift, 0>(s), static_cast<Memory>(F::template get<1>(s)));
    return F::next(s);
  }
};
template <const auto& list, template <Op, int, int, int> class Body>
struct ScaledSpec {
  template <int i, int first, int second>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && list[i].shift != 0, Body<list[i].op, list[i].shift, first, second>>();
  }
};

/// u32(field i + addend) + offset, whose fields are `addend` and the next one.
template <class F, int base, int addend>
[[gnu::always_inline]] inline uint64_t sum_address(const State& s) {
  const uint32_t sum = F::template get<base>(s) + F::template word<addend>(s);
  return uint64_t{sum} + F::template word<addend + 1>(s);
}

/// A B C; addend, offset
template <Op op, int a, int b, int c>
struct StoreOpInt {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<uint32_t, c>, Word, Word>;
  static Next run(State& s) {
    const uint32_t value = sem::apply<op>(F::template get<0>(s), F::template get<1>(s));
    (void)write_memory<uint32_t, false>(s, sum_address<F, 2, 3>(s), value);
    return F::next(s);
  }
};
struct StoreOpIntSpec {
  template <int op, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && a <= b, StoreOpInt<kStoredInt[op], a, b, c>>();
  }
};
template <class T, int op, int a, int b, int c>
struct StoreOpFloat {
  using F = Fields<Operand<T, a>, Operand<T, b>, Operand<uint32_t, c>, Word, Word>;
  static Next run(State& s) {
    const T x = F::template get<0>(s), y = F::template get<1>(s);
    (void)write_memory<T, false>(s, sum_address<F, 2, 3>(s), op == 0 ? x + y : op == 1 ? x - y : x * y);
    return F::next(s);
  }
};
template <class T>
struct StoreOpFloatSpec {
  template <int op, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && (op == 1 || a <= b), StoreOpFloat<T, op, a, b, c>>();
  }
};

/// A B; addend, offset. The load faults where the store would.
template <Op op, int a, int b>
struct UpdateInt {
  using T = OperandOf<op>;
  using F = Fields<Operand<T, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    T value;
    const uint64_t address = sum_address<F, 1, 2>(s);
    (void)read_memory<T, false>(s, address, value);
    store_le(s.mem + address, static_cast<T>(sem::apply<op>(F::template get<0>(s), value)));
    return F::next(s);
  }
};
struct UpdateIntSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && kLoadOpInt[op] != Op::I32Sub, UpdateInt<kLoadOpInt[op], a, b>>();
  }
};
template <class T, FloatLoadOp op, int a, int b>
struct UpdateFloat {
  using F = Fields<Operand<T, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    T m;
    const uint64_t address = sum_address<F, 1, 2>(s);
    (void)read_memory<T, false>(s, address, m);
    const T x = F::template get<0>(s);
    store_le(s.mem + address, op == FloatLoadOp::Add ? x + m : op == FloatLoadOp::SubFrom ? m - x : x * m);
    return F::next(s);
  }
};
template <class T>
struct UpdateFloatSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    constexpr auto kOp = static_cast<FloatLoadOp>(op);
    constexpr bool kExists = kOp == FloatLoadOp::Add || kOp == FloatLoadOp::SubFrom || kOp == FloatLoadOp::Mul;
    return handler_if<!kIsCompact && kExists, UpdateFloat<T, kOp, a, b>>();
  }
};

template <const auto& list>
StringRef scaled_name(unsigned op) { return wasm::text_of(list[op].op); }
StringRef stored_name(unsigned op) { return wasm::text_of(kStoredInt[op]); }
StringRef stored_float_name(unsigned op) { return op == 0 ? "a + b" : op == 1 ? "a - b" : "a * b"; }
StringRef update_name(unsigned op) { return wasm::text_of(kLoadOpInt[op]); }
StringRef update_float_name(unsigned op) {
  return op == static_cast<unsigned>(FloatLoadOp::Add) ? "m + a" : op == static_cast<unsigned>(FloatLoadOp::SubFrom) ? "m - a" : "m * a";
}

template <const auto& list, template <Op, int, int, int> class Body, int first, int second>
constexpr Family scaled_family(StringRef shape) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {"scaled", kTable<ScaledSpec<list, Body>, kOps, first, second>.data(), scaled_name<list>, shape, kOps, {first, second, 0, 0},
          index_of_wide(list)};
}
template <class T>
constexpr Family store_op_family(StringRef name, StringRef shape) {
  return {name, kTable<StoreOpFloatSpec<T>, kStoredFloats, kFloat, kFloat, kInt>.data(), stored_float_name, shape, kStoredFloats,
          {kFloat, kFloat, kInt, 0}};
}
template <class T>
constexpr Family update_family(StringRef name, StringRef shape) {
  return {name, kTable<UpdateFloatSpec<T>, kFloatLoadOps, kFloat, kInt>.data(), update_float_name, shape, kFloatLoadOps, {kFloat, kInt, 0, 0}};
}
constexpr int kUpdates = static_cast<int>(std::size(kLoadOpInt));
constexpr uint16_t kFirstWideUpdate = index_in<kLoadOpInt>(Op::I64Add);

}  // namespace

constinit const Family kFamLoadScaledInt = scaled_family<kLoadIndexedInt, LoadScaled, kInt, kInt>("ii+o");
constinit const Family kFamLoadScaledFloat = scaled_family<kLoadIndexedFloat, LoadScaled, kFloat, kInt>("di+o");
constinit const Family kFamStoreScaledInt = scaled_family<kStoreIndexedInt, StoreScaled, kInt, kIntImm>("il+o");
constinit const Family kFamStoreScaledFloat = scaled_family<kStoreIndexedFloat, StoreScaled, kInt, kFloat>("id+o");
constinit const Family kFamStoreOpInt = {"store", kTable<StoreOpIntSpec, std::size(kStoredInt), kInt, kIntImm, kInt>.data(), stored_name,
                                         "iii+o", std::size(kStoredInt), {kInt, kIntImm, kInt, 0}};
constinit const Family kFamStoreOpF32 = store_op_family<float>("store.f32", "ffi+o");
constinit const Family kFamStoreOpF64 = store_op_family<double>("store.f64", "ddi+o");
constinit const Family kFamUpdateInt = {"update", kTable<UpdateIntSpec, kUpdates, kIntImm, kInt>.data(), update_name, "li+o", kUpdates,
                                        {kIntImm, kInt, 0, 0}, kFirstWideUpdate};
constinit const Family kFamUpdateF32 = update_family<float>("update.f32", "fi+o");
constinit const Family kFamUpdateF64 = update_family<double>("update.f64", "di+o");

}  // namespace umber::interp
