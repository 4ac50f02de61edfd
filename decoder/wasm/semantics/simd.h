// Vector instructions (https://webassembly.github.io/spec/core/exec/numerics.html, "vector operations"). Almost every one
// is a scalar function applied to each lane, so most of this file is the ways of applying one: unary, binary, shift,
// compare, narrow, extend, …; semantics.h says which instruction is which. A lane is carried as the unsigned integer or the
// float of its width.
#pragma once

#include "decoder/wasm/semantics/conversion.h"
#include "decoder/wasm/semantics/function_types.h"
#include "decoder/wasm/semantics/lanes.h"

namespace umber::sem {

template <auto function>
using OperandLane = typename FunctionTypes<decltype(function)>::First;
template <auto function>
using ResultLane = typename FunctionTypes<decltype(function)>::Result;

/// The unsigned integer of a lane's width.
template <class T>
using MaskLane = std::conditional_t<
    sizeof(T) == 1, uint8_t,
    std::conditional_t<sizeof(T) == 2, uint16_t, std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;
template <class T>
struct NextWidth;
template <>
struct NextWidth<uint8_t> {
  using Wider = uint16_t;
};
template <>
struct NextWidth<uint16_t> {
  using Wider = uint32_t;
  using Narrower = uint8_t;
};
template <>
struct NextWidth<uint32_t> {
  using Wider = uint64_t;
  using Narrower = uint16_t;
};
template <>
struct NextWidth<uint64_t> {
  using Narrower = uint32_t;
};
template <class T>
using Wider = typename NextWidth<T>::Wider;
template <class T>
using Narrower = typename NextWidth<T>::Narrower;

// ---- lane by lane --------------------------------------------------------------------------------------------------

template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 unary(V128 a) {
  using T = OperandLane<function>;
  static_assert(sizeof(ResultLane<function>) == sizeof(T));
  return generate<ResultLane<function>>([&](size_t i) { return function(lane_of<T>(a, i)); });
}
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 binary(V128 a, V128 b) {
  using T = OperandLane<function>;
  return generate<T>([&](size_t i) { return function(lane_of<T>(a, i), lane_of<T>(b, i)); });
}
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 ternary(V128 a, V128 b, V128 c) {
  using T = OperandLane<function>;
  return generate<T>([&](size_t i) { return function(lane_of<T>(a, i), lane_of<T>(b, i), lane_of<T>(c, i)); });
}
/// All ones in the lanes for which the comparison holds, zero in the others.
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 compare(V128 a, V128 b) {
  using T = OperandLane<function>;
  using Mask = MaskLane<T>;
  return generate<Mask>([&](size_t i) {
    const bool holds = function(lane_of<T>(a, i), lane_of<T>(b, i)) != 0;
    return holds ? static_cast<Mask>(-1) : Mask{0};
  });
}
/// Every lane shifted by the same count.
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 shift(V128 a, uint32_t count) {
  using T = OperandLane<function>;
  return generate<T>([&](size_t i) { return function(lane_of<T>(a, i), static_cast<T>(count)); });
}

// ---- whole vectors and single lanes --------------------------------------------------------------------------------

[[nodiscard, gnu::always_inline]] constexpr uint64_t bit_not(uint64_t a) { return ~a; }
[[nodiscard, gnu::always_inline]] constexpr uint64_t bit_andnot(uint64_t a, uint64_t b) { return a & ~b; }
/// The bits of `a` where `mask` has ones, those of `b` elsewhere.
[[nodiscard, gnu::always_inline]] constexpr uint64_t bit_select(uint64_t a, uint64_t b, uint64_t mask) {
  return (a & mask) | (b & ~mask);
}

[[nodiscard, gnu::always_inline]] constexpr uint32_t any_true(V128 a) {
  return (lane_of<uint64_t>(a, 0) | lane_of<uint64_t>(a, 1)) != 0;
}
/// A 64-bit word with one bit per lane, `first` the one in lane 0.
template <class T>
[[nodiscard]] constexpr uint64_t repeat_in_lanes(uint64_t first) {
  uint64_t word = 0;
  for (int shift = 0; shift < 64; shift += kBitWidth<T>) word |= first << shift;
  return word;
}
template <class T>
[[nodiscard, gnu::always_inline]] constexpr bool has_zero_lane(uint64_t word) {
  constexpr uint64_t kLowest = repeat_in_lanes<T>(1), kTop = repeat_in_lanes<T>(uint64_t{1} << (kBitWidth<T> - 1));
  return ((word - kLowest) & ~word & kTop) != 0;
}
template <class T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t all_true(V128 a) {
  return !has_zero_lane<T>(lane_of<uint64_t>(a, 0)) && !has_zero_lane<T>(lane_of<uint64_t>(a, 1));
}
/// Gathers the lanes' top bits by one multiplication: a copy of the word for each lane, shifted so that the lane's bit
/// comes to stand at its place among the product's highest bits; no two bits meet, so nothing carries.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t word_bitmask(uint64_t word) {
  constexpr unsigned kCount = 64 / kBitWidth<T>;
  constexpr uint64_t kTop = repeat_in_lanes<T>(uint64_t{1} << (kBitWidth<T> - 1));
  constexpr uint64_t kCopies = [] {
    uint64_t copies = 0;
    for (unsigned i = 0; i < kCount; ++i) copies |= uint64_t{1} << (65 - kCount - kBitWidth<T> - i * (kBitWidth<T> - 1));
    return copies;
  }();
  return static_cast<uint32_t>(((word & kTop) * kCopies) >> (64 - kCount));
}
/// The lanes' top bits, lane 0 lowest.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t bitmask(V128 a) {
  return word_bitmask<T>(lane_of<uint64_t>(a, 0)) | word_bitmask<T>(lane_of<uint64_t>(a, 1)) << (kLanes<T> / 2);
}

/// `T` is the lane, `Scalar` the carrier of the Wasm value: an i32 gives its low part to an 8- or 16-bit lane.
template <class T, class Scalar>
[[nodiscard, gnu::always_inline]] constexpr V128 splat(Scalar a) {
  return generate<T>([&](size_t) { return static_cast<T>(a); });
}
template <class T>
[[nodiscard, gnu::always_inline]] constexpr T extract_lane(V128 a, uint32_t lane) {
  return lane_of<T>(a, lane);
}
template <class T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t extract_lane_u(V128 a, uint32_t lane) {
  return lane_of<T>(a, lane);
}
template <class T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t extract_lane_s(V128 a, uint32_t lane) {
  return widen_s<uint32_t>(lane_of<T>(a, lane));
}
template <class T, class Scalar>
[[nodiscard, gnu::always_inline]] constexpr V128 replace_lane(V128 a, Scalar value, uint32_t lane) {
  return with_lane<T>(a, lane, static_cast<T>(value));
}

/// Bytes picked by index from a table of 32; an index beyond the table picks its last byte.
[[nodiscard, gnu::always_inline]] constexpr V128 look_up(const V128 (&table)[2], const V128& indices) {
  V128 result;
  const auto bytes = std::bit_cast<std::array<uint8_t, 32>>(table);
  for (size_t i = 0; i < 16; ++i) result.bytes[i] = bytes[indices.bytes[i] < 32 ? indices.bytes[i] : 31];
  return result;
}
/// Lane i is byte `lanes[i]` of `a` and `b` side by side.
[[nodiscard, gnu::always_inline]] constexpr V128 shuffle(V128 a, V128 b, V128 lanes) { return look_up({a, b}, lanes); }
/// Lane i is byte `lanes[i]` of `a`, 0 if there is none.
[[nodiscard, gnu::always_inline]] constexpr V128 swizzle(V128 a, V128 lanes) { return look_up({a, V128{}}, lanes); }

// ---- integer lanes -------------------------------------------------------------------------------------------------

template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T abs(T a) {
  return as_signed(a) < 0 ? neg(a) : a;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T min_s(T a, T b) {
  return as_signed(a) < as_signed(b) ? a : b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T max_s(T a, T b) {
  return as_signed(a) > as_signed(b) ? a : b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T min_u(T a, T b) {
  return a < b ? a : b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T max_u(T a, T b) {
  return a > b ? a : b;
}

/// Clamps a signed value into an 8- or 16-bit lane.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T saturate_s(int32_t value) {
  constexpr int32_t kMin = std::numeric_limits<Signed<T>>::min(), kMax = std::numeric_limits<Signed<T>>::max();
  const int32_t low = value < kMin ? kMin : value;
  return static_cast<T>(low > kMax ? kMax : low);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T saturate_u(int32_t value) {
  constexpr int32_t kMax = std::numeric_limits<T>::max();
  const int32_t low = value < 0 ? 0 : value;
  return static_cast<T>(low > kMax ? kMax : low);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T add_sat_s(T a, T b) {
  return saturate_s<T>(as_signed(a) + as_signed(b));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T sub_sat_s(T a, T b) {
  return saturate_s<T>(as_signed(a) - as_signed(b));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T add_sat_u(T a, T b) {
  const T sum = add(a, b);
  return sum < a ? std::numeric_limits<T>::max() : sum;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T sub_sat_u(T a, T b) {
  return a < b ? T{0} : sub(a, b);
}
/// Average, rounded up, without the wider sum.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T avgr_u(T a, T b) {
  return static_cast<T>((a | b) - ((a ^ b) >> 1));
}
/// Product of two fixed-point numbers with 15 fraction bits, rounded; only -1 * -1 saturates.
[[nodiscard, gnu::always_inline]] constexpr uint16_t q15mulr_sat_s(uint16_t a, uint16_t b) {
  return saturate_s<uint16_t>((as_signed(a) * as_signed(b) + 0x4000) >> 15);
}

// ---- lanes of another width ----------------------------------------------------------------------------------------

/// The lanes of `a`, then those of `b`, clamped to half their width. `T` is the result's lane.
template <auto saturate>
[[nodiscard, gnu::always_inline]] constexpr V128 narrow(V128 a, V128 b) {
  using T = ResultLane<saturate>;
  return generate<T>([&](size_t i) {
    const Wider<T> lane = i < kLanes<T> / 2 ? lane_of<Wider<T>>(a, i) : lane_of<Wider<T>>(b, i - kLanes<T> / 2);
    return saturate(as_signed(lane));
  });
}

/// `From` is the narrow lane, as a signed type to extend the sign; `To` the unsigned carrier of the wide one.
template <class To, class From, Half half>
[[nodiscard, gnu::always_inline]] constexpr V128 extend(V128 a) {
  return widen_half<To, From, half>(a);
}
template <class To, class From, Half half>
[[nodiscard, gnu::always_inline]] constexpr V128 extmul(V128 a, V128 b) {
  return binary<mul<To>>(widen_half<To, From, half>(a), widen_half<To, From, half>(b));
}
/// Sums of neighbours, widened first: the odd and the even lanes are the halves of wide ones.
template <class To, class From>
[[nodiscard, gnu::always_inline]] constexpr V128 extadd_pairwise(V128 a) {
  return generate<To>([&](size_t i) {
    return add(static_cast<To>(lane_of<From>(a, 2 * i)), static_cast<To>(lane_of<From>(a, 2 * i + 1)));
  });
}
/// Sums of neighbouring products, signed; wraps only for four times -2^15.
[[nodiscard, gnu::always_inline]] constexpr V128 dot_i16x8_s(V128 a, V128 b) {
  const V128 low = extmul<uint32_t, int16_t, Half::Low>(a, b), high = extmul<uint32_t, int16_t, Half::High>(a, b);
  return generate<uint32_t>([&](size_t i) {
    const V128& products = i < 2 ? low : high;
    return add(lane_of<uint32_t>(products, 2 * i & 3), lane_of<uint32_t>(products, (2 * i & 3) + 1));
  });
}

/// A conversion of the two low 32-bit lanes to 64-bit ones.
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 convert_low(V128 a) {
  using T = OperandLane<function>;
  static_assert(sizeof(T) == 4 && sizeof(ResultLane<function>) == 8);
  return generate<ResultLane<function>>([&](size_t i) { return function(lane_of<T>(a, i)); });
}
/// A conversion of 64-bit lanes to the two low 32-bit ones; the upper ones are zero.
template <auto function>
[[nodiscard, gnu::always_inline]] constexpr V128 convert_zero(V128 a) {
  using T = OperandLane<function>;
  using R = ResultLane<function>;
  static_assert(sizeof(T) == 8 && sizeof(R) == 4);
  return generate<R>([&](size_t i) { return i < kLanes<T> ? function(lane_of<T>(a, i & 1)) : R{0}; });
}

}  // namespace umber::sem
