// Loads and stores whose address is computed on the way: u32(a + (b << shift) + addend) + offset, for a guarded memory 0. The shift is
// part of the handler, none or the element's own, so that the address is one instruction on most processors.
#include "interp/handlers/memory.h"
#include "interp/numeric.h"

namespace umber::interp {
namespace {

/// D = memory[…]; fields: D, a, b, addend, offset.
template <Op op, int shift, int d, int a, int b>
struct LoadIndexed {
  using F = Fields<Operand<typename Access<op>::Value, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    typename Access<op>::Memory value;
    const uint32_t address = F::template get<1>(s) + (F::template get<2>(s) << shift) + F::template word<3>(s);
    (void)read_memory<decltype(value), false>(s, uint64_t{address} + F::template word<4>(s), value);
    F::template put<0>(s, widen<typename Access<op>::Value>(value));
    return F::next(s);
  }
};
/// memory[…] = V; fields: a, b, V, addend, offset.
template <Op op, int shift, int a, int b, int v>
struct StoreIndexed {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<typename Access<op>::Value, v>, Word, Word>;
  static Next run(State& s) {
    using Memory = typename Access<op>::Memory;
    const uint32_t address = F::template get<0>(s) + (F::template get<1>(s) << shift) + F::template word<3>(s);
    (void)write_memory<Memory, false>(s, uint64_t{address} + F::template word<4>(s), static_cast<Memory>(F::template get<2>(s)));
    return F::next(s);
  }
};

template <const auto& list>
struct LoadSpec {
  template <int i, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr IndexedAccess access = list[i];
    return handler_if<access.shift != 0 || a <= b, LoadIndexed<access.op, access.shift, d, a, b>>();
  }
};
template <const auto& list>
struct StoreSpec {
  template <int i, int a, int b, int v>
  static constexpr Handler entry() {
    constexpr IndexedAccess access = list[i];
    return handler_if<access.shift != 0 || a <= b, StoreIndexed<access.op, access.shift, a, b, v>>();
  }
};

template <const auto& list>
StringRef name_in(unsigned op) { return wasm::text_of(list[op].op); }

template <const auto& list, int d>
constexpr Family load_family(StringRef shape) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {"indexed", kTable<LoadSpec<list>, kOps, d, kInt, kInt>.data(), name_in<list>, shape, kOps, {d, kInt, kInt, 0}};
}
template <const auto& list, int v>
constexpr Family store_family(StringRef shape) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {"indexed", kTable<StoreSpec<list>, kOps, kInt, kInt, v>.data(), name_in<list>, shape, kOps, {kInt, kInt, v, 0},
          index_of_wide(list)};
}

}  // namespace

constinit const Family kFamLoadIndexedInt = load_family<kLoadIndexedInt, kInt>("iii+o");
constinit const Family kFamLoadIndexedFloat = load_family<kLoadIndexedFloat, kFloat>("dii+o");
constinit const Family kFamStoreIndexedInt = store_family<kStoreIndexedInt, kIntImm>("iil+o");
constinit const Family kFamStoreIndexedFloat = store_family<kStoreIndexedFloat, kFloat>("iid+o");

}  // namespace umber::interp
