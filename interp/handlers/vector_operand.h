// v128 values in frames: two slots, read and written whole.
#pragma once

#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp {

using sem::V128;

/// A v128 in a slot and the one behind, or an immediate of 16 bytes.
struct VectorSlot {
  static constexpr int kHalves = 1;
  static constexpr int kWords = 0;
};
struct VectorImm {
  static constexpr int kHalves = 0;
  static constexpr int kWords = 4;
};

/// Field type of a single-form operand of type T.
template <class T>
struct SlotFieldOf {
  using Type = Operand<T, kSlot<T>>;
};
template <>
struct SlotFieldOf<V128> {
  using Type = VectorSlot;
};
template <class T>
using SlotField = typename SlotFieldOf<T>::Type;

/// Reads field i of F as a T.
template <class F, int i, class T>
[[nodiscard, gnu::always_inline]] inline T field(const State& s) {
  if constexpr (std::is_same_v<T, V128>) {
    if constexpr (std::is_same_v<typename F::template O<i>, VectorImm>)
      return load_field<V128>(s.pc + F::at(i));
    else
      return load_le<V128>(s.fp + F::template half<i>(s));
  } else {
    return F::template get<i>(s);
  }
}
template <class F, int i, class T>
[[gnu::always_inline]] inline void set_field(State& s, T value) {
  if constexpr (std::is_same_v<T, V128>)
    store_le(s.fp + F::template half<i>(s), value);
  else
    F::template put<i>(s, value);
}

}  // namespace umber::interp
