// How a 128-bit value is taken apart and put together. Lanes are computed by a function of the lane's
// index; the value in between is the compilers' own vector type, from which they find the machine's vector instruction
// (an array of lanes ends up as shifts and masks instead). Those types are not usable in constant evaluation everywhere,
// so there, and only there, the lanes are an array.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "decoder/wasm/semantics/compiler.h"

namespace umber::sem {

/// A v128 value: 16 bytes, lane 0 first.
struct alignas(16) V128 {
  std::array<uint8_t, 16> bytes = {};
  friend constexpr bool operator==(const V128&, const V128&) = default;
};

template <class T>
inline constexpr size_t kLanes = 16 / sizeof(T);

/// The lanes in constant evaluation, and for tests.
template <class T>
using LaneArray = std::array<T, kLanes<T>>;
/// The lanes at run time.
template <class T>
using LaneVector [[gnu::vector_size(16)]] = T;

/// Half as many lanes.
template <class T>
using HalfVector [[gnu::vector_size(8)]] = T;

/// Lane `idx` < kLanes<T>.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr T lane_of(const V128& v, size_t idx) {
  if (std::is_constant_evaluated()) return std::bit_cast<LaneArray<T>>(v)[idx];
  return __builtin_bit_cast(LaneVector<T>, v)[idx];
}

/// `v` with another lane `idx` < kLanes<T>.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr V128 with_lane(const V128& v, size_t idx, T value) {
  if (std::is_constant_evaluated()) {
    LaneArray<T> lanes = std::bit_cast<LaneArray<T>>(v);
    lanes[idx] = value;
    return std::bit_cast<V128>(lanes);
  }
  LaneVector<T> lanes = __builtin_bit_cast(LaneVector<T>, v);
  lanes[idx] = value;
  return __builtin_bit_cast(V128, lanes);
}

/// The vector whose lane i is `lane(i)`.
template <class T, class Lane>
[[nodiscard, gnu::always_inline]] constexpr V128 generate(Lane lane) {
  if (std::is_constant_evaluated()) {
    LaneArray<T> lanes = {};
    for (size_t i = 0; i < kLanes<T>; ++i) lanes[i] = lane(i);
    return std::bit_cast<V128>(lanes);
  }
  LaneVector<T> lanes = {};
  UMBER_FOR_EACH_LANE(size_t i = 0; i < kLanes<T>; ++i) lanes[i] = lane(i);
  return __builtin_bit_cast(V128, lanes);
}

enum class Half : uint8_t { Low, High };

/// The lanes of one half, converted to the integer type `To` of twice their width; `From` says whether with their sign.
template <class To, class From, Half half>
[[nodiscard, gnu::always_inline]] constexpr V128 widen_half(const V128& v) {
  if (std::is_constant_evaluated()) {
    constexpr size_t kFirst = half == Half::Low ? 0 : kLanes<To>;
    return generate<To>([&](size_t i) { return static_cast<To>(lane_of<From>(v, kFirst + i)); });
  }
  const auto lanes = __builtin_bit_cast(HalfVector<From>, lane_of<uint64_t>(v, half == Half::Low ? 0 : 1));
  return __builtin_bit_cast(V128, __builtin_convertvector(lanes, LaneVector<To>));
}

}  // namespace umber::sem
