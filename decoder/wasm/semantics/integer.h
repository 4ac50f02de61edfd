// Integer instructions (https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations) as templates over
// the width. An integer is carried as the unsigned C++ type, whose arithmetic wraps as Wasm's does; the _s functions
// look at the same bits as two's complement. The 8- and 16-bit widths exist for vector lanes.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "decoder/wasm/semantics/trapping.h"

namespace umber::sem {

template <std::unsigned_integral T>
using Signed = std::make_signed_t<T>;

/// The type to compute in: C++ would promote narrow lanes to int, where a 16-bit product overflows.
template <std::unsigned_integral T>
using Computed = std::conditional_t<(sizeof(T) < sizeof(uint32_t)), uint32_t, T>;

template <std::unsigned_integral T>
inline constexpr T kBitWidth = std::numeric_limits<T>::digits;

template <std::unsigned_integral T>
[[nodiscard]] constexpr Signed<T> as_signed(T a) {
  return static_cast<Signed<T>>(a);
}

// ---- arithmetic ----------------------------------------------------------------------------------------------------

template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T add(T a, T b) {
  return static_cast<T>(Computed<T>{a} + b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T sub(T a, T b) {
  return static_cast<T>(Computed<T>{a} - b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T mul(T a, T b) {
  return static_cast<T>(Computed<T>{a} * b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T neg(T a) {
  return static_cast<T>(Computed<T>{0} - a);
}

template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> div_u(T a, T b) {
  if (b == 0) [[unlikely]]
    return Trap::DivideByZero;
  return static_cast<T>(a / b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> div_s(T a, T b) {
  if (b == 0) [[unlikely]]
    return Trap::DivideByZero;
  if (as_signed(b) == -1) {  // the hardware's division faults on the one overflow, so it never sees this divisor
    if (as_signed(a) == std::numeric_limits<Signed<T>>::min()) [[unlikely]]
      return Trap::Overflow;
    return neg(a);
  }
  return static_cast<T>(as_signed(a) / as_signed(b));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> rem_u(T a, T b) {
  if (b == 0) [[unlikely]]
    return Trap::DivideByZero;
  return static_cast<T>(a % b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> rem_s(T a, T b) {
  if (b == 0) [[unlikely]]
    return Trap::DivideByZero;
  if (as_signed(b) == -1) return T{0};  // INT_MIN rem -1 is 0, not a trap
  return static_cast<T>(as_signed(a) % as_signed(b));
}

// ---- bits ----------------------------------------------------------------------------------------------------------

template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T bit_and(T a, T b) {
  return static_cast<T>(a & b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T bit_or(T a, T b) {
  return static_cast<T>(a | b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T bit_xor(T a, T b) {
  return static_cast<T>(a ^ b);
}

/// The count of every shift and rotation is taken modulo the width.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T shl(T a, T count) {
  return static_cast<T>(Computed<T>{a} << (count & (kBitWidth<T> - 1)));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T shr_u(T a, T count) {
  return static_cast<T>(a >> (count & (kBitWidth<T> - 1)));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T shr_s(T a, T count) {
  return static_cast<T>(as_signed(a) >> (count & (kBitWidth<T> - 1)));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T rotl(T a, T count) {
  return std::rotl(a, static_cast<int>(count & (kBitWidth<T> - 1)));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T rotr(T a, T count) {
  return std::rotr(a, static_cast<int>(count & (kBitWidth<T> - 1)));
}

/// Of zero, clz and ctz are the width.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T clz(T a) {
  return static_cast<T>(std::countl_zero(a));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T ctz(T a) {
  return static_cast<T>(std::countr_zero(a));
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T popcnt(T a) {
  return static_cast<T>(std::popcount(a));
}

// ---- comparisons: an i32, 1 or 0 -----------------------------------------------------------------------------------

template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t eqz(T a) {
  return a == 0;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t eq(T a, T b) {
  return a == b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t ne(T a, T b) {
  return a != b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t lt_u(T a, T b) {
  return a < b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t gt_u(T a, T b) {
  return a > b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t le_u(T a, T b) {
  return a <= b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t ge_u(T a, T b) {
  return a >= b;
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t lt_s(T a, T b) {
  return as_signed(a) < as_signed(b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t gt_s(T a, T b) {
  return as_signed(a) > as_signed(b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t le_s(T a, T b) {
  return as_signed(a) <= as_signed(b);
}
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr uint32_t ge_s(T a, T b) {
  return as_signed(a) >= as_signed(b);
}

// ---- width changes -------------------------------------------------------------------------------------------------

template <std::unsigned_integral To, std::unsigned_integral From>
[[nodiscard, gnu::always_inline]] constexpr To widen_u(From a) {
  return a;
}
template <std::unsigned_integral To, std::unsigned_integral From>
[[nodiscard, gnu::always_inline]] constexpr To widen_s(From a) {
  return static_cast<To>(as_signed(a));
}
template <std::unsigned_integral To, std::unsigned_integral From>
[[nodiscard, gnu::always_inline]] constexpr To wrap(From a) {
  return static_cast<To>(a);
}
/// Sign-extends the low part of the width of `Low`, as i32.extend8_s does.
template <std::unsigned_integral Low, std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr T extend_s(T a) {
  return widen_s<T>(static_cast<Low>(a));
}

}  // namespace umber::sem
