// Relaxed vector instructions (https://webassembly.github.io/spec/core/exec/numerics.html#relaxed-operations). Umber takes
// the deterministic profile's choice everywhere, so that a program gives the same bits on every device and tier. Most of
// them then are ordinary vector instructions; what remains is here.
#pragma once

#include "decoder/wasm/semantics/simd.h"

namespace umber::sem {

/// a * b + c, rounded twice.
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F madd(F a, F b, F c) {
  return add(mul(a, b), c);
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F nmadd(F a, F b, F c) {
  return add(mul(neg(a), b), c);
}

/// The saturated sum of two neighbouring products of signed bytes: lane i of the dot product.
[[nodiscard, gnu::always_inline]] constexpr uint16_t dot_i8_lane(const V128& a, const V128& b, size_t i) {
  const auto product = [&](size_t j) { return as_signed(lane_of<uint8_t>(a, j)) * as_signed(lane_of<uint8_t>(b, j)); };
  return saturate_s<uint16_t>(product(2 * i) + product(2 * i + 1));
}
[[nodiscard, gnu::always_inline]] constexpr V128 dot_i8x16_s(V128 a, V128 b) {
  return generate<uint16_t>([&](size_t i) { return dot_i8_lane(a, b, i); });
}
/// Neighbours of the dot product added up, and `c` to them.
[[nodiscard, gnu::always_inline]] constexpr V128 dot_i8x16_add_s(V128 a, V128 b, V128 c) {
  return generate<uint32_t>([&](size_t i) {
    const uint32_t sum = add(widen_s<uint32_t>(dot_i8_lane(a, b, 2 * i)), widen_s<uint32_t>(dot_i8_lane(a, b, 2 * i + 1)));
    return add(sum, lane_of<uint32_t>(c, i));
  });
}

}  // namespace umber::sem
