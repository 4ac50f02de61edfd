// Two or three vector instructions in one: with an operand in a guarded memory 0, with the result there, or a product and its sum. Each
// operation rounds by itself, as if it stood alone.
#include "interp/handlers/memory.h"
#include "interp/handlers/vector_native.h"
#include "interp/vector_families.h"

namespace umber::interp {
namespace {

/// The address operand a + the field o + the field behind it.
template <class F, int a, int o>
[[nodiscard, gnu::always_inline]] inline V128 load_vector(State& s) {
  V128 value;
  (void)read_memory<V128, false>(s, F::template get<a>(s) + F::template word<o>(s), F::template word<o + 1>(s), value);
  return value;
}
template <class F, int a, int o>
[[gnu::always_inline]] inline void store_vector(State& s, V128 value) {
  (void)write_memory<V128, false>(s, F::template get<a>(s) + F::template word<o>(s), F::template word<o + 1>(s), value);
}

template <Op op, bool reversed, int d, int a, int b>
struct LoadOp {
  using F = Fields<Operand<V128, d>, Operand<uint32_t, a>, Operand<V128, b>, Word, Word>;
  static Next run(State& s) {
    const V128 loaded = load_vector<F, 1, 3>(s);
    const V128 other = F::template get<2>(s);
    F::template put<0>(s, reversed ? compute<op>(other, loaded) : compute<op>(loaded, other));
    return F::next(s);
  }
};
template <bool reversed>
struct LoadOpSpec {
  template <int index, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr Op op = kVectorMemoryOps[index];
    return handler_if<!is_int_slot(a) && b == kVectorSlot && !(reversed && commutes_in_lanes(op)), LoadOp<op, reversed, d, a, b>>();
  }
};
template <Op op, int a, int b, int c>
struct OpStore {
  using F = Fields<Operand<uint32_t, a>, Operand<V128, b>, Operand<V128, c>, Word, Word>;
  static Next run(State& s) {
    store_vector<F, 0, 3>(s, compute<op>(F::template get<1>(s), F::template get<2>(s)));
    return F::next(s);
  }
};
struct OpStoreSpec {
  template <int index, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr Op op = kVectorMemoryOps[index];
    constexpr bool kInOrder = !commutes_in_lanes(op) || b <= c;
    return handler_if<!is_int_slot(a) && kInOrder && count_places(kInVector, b, c) <= 1, OpStore<op, a, b, c>>();
  }
};

template <int index>
[[nodiscard, gnu::always_inline]] inline V128 add_product(V128 a, V128 b, V128 c) {
  constexpr LaneProduct kRow = kLaneProducts[index];
  const V128 product = compute<kRow.product>(a, b);
  return kRow.reversed ? compute<kRow.sum>(product, c) : compute<kRow.sum>(c, product);
}
template <int index, int d, int a, int b, int c>
struct Product {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>, Operand<V128, c>>;
  static Next run(State& s) {
    F::template put<0>(s, add_product<index>(F::template get<1>(s), F::template get<2>(s), F::template get<3>(s)));
    return F::next(s);
  }
};
struct ProductSpec {
  template <int index, int d, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr bool kPlain = a != kVectorConstant && b != kInVector && c != kInVector;
    return handler_if<kPlain && count_places(kVectorConstant, b, c) <= 1, Product<index, d, a, b, c>>();
  }
};
template <int index, int d, int a, int b, int c>
struct LoadProduct {
  using F = Fields<Operand<V128, d>, Operand<uint32_t, a>, Operand<V128, b>, Operand<V128, c>, Word, Word>;
  static Next run(State& s) {
    const V128 loaded = load_vector<F, 1, 4>(s);
    F::template put<0>(s, add_product<index>(loaded, F::template get<2>(s), F::template get<3>(s)));
    return F::next(s);
  }
};
struct LoadProductSpec {
  template <int index, int d, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<!is_int_slot(a) && b == kVectorSlot && c == kVectorSlot, LoadProduct<index, d, a, b, c>>();
  }
};

template <Op op, int d, int a, int b>
struct LoadIndexed {
  using F = Fields<Operand<V128, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    LoadedBytes<op> value;
    const uint32_t address = F::template get<1>(s) + F::template get<2>(s) + F::template word<3>(s);
    (void)read_memory<LoadedBytes<op>, false>(s, address, F::template word<4>(s), value);
    F::template put<0>(s, sem::kLoaded<op>(value));
    return F::next(s);
  }
};
template <Op, int a, int b, int c>
struct StoreIndexed {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<V128, c>, Word, Word>;
  static Next run(State& s) {
    const uint32_t address = F::template get<0>(s) + F::template get<1>(s) + F::template word<3>(s);
    (void)write_memory<V128, false>(s, address, F::template word<4>(s), F::template get<2>(s));
    return F::next(s);
  }
};
struct LoadIndexedSpec {
  template <int index, int d, int a, int b>
  static constexpr Handler entry() { return handler_if<a <= b, LoadIndexed<kIndexedVectorLoads[index], d, a, b>>(); }
};
struct StoreIndexedSpec {
  template <int, int a, int b, int c>
  static constexpr Handler entry() { return handler_if<a <= b, StoreIndexed<Op::V128Store, a, b, c>>(); }
};

template <Op op, bool if_not_zero, bool back, int d, int a>
struct TestBranch {
  using F = Fields<Operand<uint32_t, d>, Operand<V128, a>, Word, Word>;
  using Forward = Fields<Operand<uint32_t, d>, Operand<V128, a>, Word>;
  static Next run(State& s) {
    const uint32_t value = compute<op>(F::template get<1>(s));
    F::template put<0>(s, value);
    if ((value != 0) != if_not_zero) {
      s.pc += back ? F::kSize : Forward::kSize;
      return Next::Go;
    }
    if constexpr (back) return jump_back(s, F::template signed_word<2>(s), F::template word<3>(s));
    s.pc += F::template signed_word<2>(s);
    return Next::Branch;
  }
};
struct TestBranchSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    constexpr Op kTest = kVectorOps<VectorShape::Test>[op / 4];
    return handler_if<!is_int_slot(d), TestBranch<kTest, op / 2 % 2 != 0, op % 2 != 0, d, a>>();
  }
};

[[maybe_unused]] StringRef name_of_test(unsigned op) { return wasm::text_of(kVectorOps<VectorShape::Test>[op / 4]); }
[[maybe_unused]] StringRef name_of_product(unsigned op) { return kLaneProducts[op].text; }
[[maybe_unused]] StringRef name_of_indexed(unsigned op) { return wasm::text_of(kIndexedVectorLoads[op]); }
[[maybe_unused]] constexpr int kMemoryOps = static_cast<int>(std::size(kVectorMemoryOps));
[[maybe_unused]] constexpr int kTestBranches = 4 * static_cast<int>(kVectorOps<VectorShape::Test>.size());
[[maybe_unused]] constexpr int kProducts = static_cast<int>(std::size(kLaneProducts));
[[maybe_unused]] constexpr int kIndexed = static_cast<int>(std::size(kIndexedVectorLoads));

/// A family of the speed profile; the compact one has none of these.
template <class Spec, int ops, int... dims>
[[nodiscard]] constexpr Family joined_family(StringRef name, StringRef (*op_name)(unsigned op), StringRef fields) {
  if constexpr (kIsCompact)
    return {};
  else
    return {name, kTable<Spec, ops, dims...>.data(), op_name, fields, ops, {dims...}};
}

}  // namespace

constinit const Family kFamVectorLoadOp =
    joined_family<LoadOpSpec<false>, kMemoryOps, kVector, kInt, kVector>("load", vector_name_in<kVectorMemoryOps>, "viv+o");
constinit const Family kFamVectorOpLoad =
    joined_family<LoadOpSpec<true>, kMemoryOps, kVector, kInt, kVector>("load.from", vector_name_in<kVectorMemoryOps>, "viv+o");
constinit const Family kFamVectorOpStore =
    joined_family<OpStoreSpec, kMemoryOps, kInt, kVector, kVector>("store", vector_name_in<kVectorMemoryOps>, "ivv+o");
constinit const Family kFamVectorProduct =
    joined_family<ProductSpec, kProducts, kVector, kVector, kVectorImm, kVectorImm>("", name_of_product, "vvvv");
constinit const Family kFamVectorLoadProduct =
    joined_family<LoadProductSpec, kLoadedProducts, kVector, kInt, kVector, kVector>("load", name_of_product, "vivv+o");
constinit const Family kFamVectorLoadIndexed =
    joined_family<LoadIndexedSpec, kIndexed, kVector, kInt, kInt>("indexed", name_of_indexed, "vii+o");
constinit const Family kFamVectorTestBranch = joined_family<TestBranchSpec, kTestBranches, kInt, kVector>("br.test", name_of_test, "ivb");
constinit const Family kFamVectorStoreIndexed =
    joined_family<StoreIndexedSpec, 1, kInt, kInt, kVector>("indexed", vector_name_in<kVectorStores>, "iiv+o");

}  // namespace umber::interp
