// Loads and stores of one bounds mode: the bodies, and their families. Included by one file for each mode, so that the two
// halves compile side by side.
#pragma once

#include "interp/handlers/memory.h"
#include "interp/numeric.h"

namespace umber::interp {
namespace {

/// D = memory[address + offset]
template <bool checked, Op op, int d, int a>
struct Load {
  using F = Fields<Operand<typename Access<op>::Value, d>, Operand<uint32_t, a>, ShortWord>;
  static Next run(State& s) {
    typename Access<op>::Memory value;
    if (!read_memory<decltype(value), checked>(s, F::template get<1>(s), F::template number<2>(s), value))
      return trap(TrapKind::MemoryOutOfBounds);
    F::template put<0>(s, widen<typename Access<op>::Value>(value));
    return F::next(s);
  }
};
/// D = memory[u32(address + addend) + offset]
template <bool checked, Op op, int d, int a>
struct LoadPlus {
  using F = Fields<Operand<typename Access<op>::Value, d>, Operand<uint32_t, a>, Word, ShortWord>;
  static Next run(State& s) {
    typename Access<op>::Memory value;
    const uint32_t address = F::template get<1>(s) + F::template word<2>(s);
    UMBER_INTERP_KEEP_ORDER(s.pc, address);
    if (!read_memory<decltype(value), checked>(s, address, F::template number<3>(s), value))
      return trap(TrapKind::MemoryOutOfBounds);
    F::template put<0>(s, widen<typename Access<op>::Value>(value));
    return F::next(s);
  }
};
/// memory[address + offset] = B
template <bool checked, Op op, int a, int b>
struct Store {
  using F = Fields<Operand<uint32_t, a>, Operand<typename Access<op>::Value, b>, ShortWord>;
  static Next run(State& s) {
    using Memory = typename Access<op>::Memory;
    const uint32_t address = F::template get<0>(s);
    if (!write_memory<Memory, checked>(s, address, F::template number<2>(s), static_cast<Memory>(F::template get<1>(s))))
      return trap(TrapKind::MemoryOutOfBounds);
    return F::next(s);
  }
};
/// memory[u32(address + addend) + offset] = B
template <bool checked, Op op, int a, int b>
struct StorePlus {
  using F = Fields<Operand<uint32_t, a>, Operand<typename Access<op>::Value, b>, Word, ShortWord>;
  static Next run(State& s) {
    using Memory = typename Access<op>::Memory;
    const uint32_t address = F::template get<0>(s) + F::template word<2>(s);
    UMBER_INTERP_KEEP_ORDER(s.pc, address);
    if (!write_memory<Memory, checked>(s, address, F::template number<3>(s), static_cast<Memory>(F::template get<1>(s))))
      return trap(TrapKind::MemoryOutOfBounds);
    return F::next(s);
  }
};

template <template <bool, Op, int, int> class Body, bool checked, const auto& list>
struct MemorySpec {
  template <int op, int first, int second>
  static constexpr Handler entry() {
    // In the compact profile a store has at most one constant operand.
    constexpr bool kExists = kIsCompact ? first < kInt || second < kInt : &list[0] != &kLoadInt[0] || op < kNarrowLoads;
    return handler_if<kExists, Body<checked, list[op], first, second>>();
  }
};

template <const auto& list>
StringRef name_in(unsigned op) { return wasm::text_of(list[op]); }

template <template <bool, Op, int, int> class Body, bool checked, const auto& list, int first, int second>
constexpr Family memory_family(StringRef shape) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {checked ? "checked" : "guarded", kTable<MemorySpec<Body, checked, list>, kOps, first, second>.data(), name_in<list>,
          shape, kOps, {first, second, 0, 0}, 3};
}

template <bool checked>
struct Families {
  static constexpr Family load_int = memory_family<Load, checked, kLoadInt, kInt, kIntImm>("iiq");
  static constexpr Family load_float = memory_family<Load, checked, kLoadFloat, kFloat, kIntImm>("diq");
  static constexpr Family store_int = memory_family<Store, checked, kStoreInt, kIntImm, kIntImm>("ilq");
  static constexpr Family store_float = memory_family<Store, checked, kStoreFloat, kIntImm, kFloat>("idq");
  static constexpr Family load_int_plus = memory_family<LoadPlus, checked, kLoadInt, kInt, kInt>("ii+q");
  static constexpr Family load_float_plus = memory_family<LoadPlus, checked, kLoadFloat, kFloat, kInt>("di+q");
  static constexpr Family store_int_plus = memory_family<StorePlus, checked, kStoreInt, kInt, kIntImm>("il+q");
  static constexpr Family store_float_plus = memory_family<StorePlus, checked, kStoreFloat, kInt, kFloat>("id+q");
};

template <bool checked>
inline constexpr MemoryFamilies kFamilies = {
    &Families<checked>::load_int,      &Families<checked>::load_float,      &Families<checked>::store_int,
    &Families<checked>::store_float,   &Families<checked>::load_int_plus,   &Families<checked>::load_float_plus,
    &Families<checked>::store_int_plus, &Families<checked>::store_float_plus,
    checked ? &kCheckedVectors : &kGuardedVectors,
};

}  // namespace
}  // namespace umber::interp
