// Conversions between integers and floats (https://webassembly.github.io/spec/core/exec/numerics.html#conversions).
// C++ leaves a float that does not fit the integer undefined, so the range is checked first, in the float's own type: the
// bounds are powers of two, hence exact, and only where the float has digits to spare is there a value strictly
// between INT_MIN - 1 and INT_MIN that still truncates into range.
#pragma once

#include "decoder/wasm/semantics/floating.h"
#include "decoder/wasm/semantics/integer.h"

namespace umber::sem {

/// A float's range check for one integer type (`I` signed or unsigned).
template <std::integral I, std::floating_point F>
struct Truncation {
  static constexpr int kDigits = std::numeric_limits<I>::digits;
  static constexpr F kAbove = static_cast<F>(uint64_t{1} << (kDigits - 1)) * 2;  ///< maximum + 1
  static constexpr F kMin = std::is_signed_v<I> ? -kAbove : F{0};

  [[nodiscard, gnu::always_inline]] static constexpr bool above(F a) { return a >= kAbove; }
  [[nodiscard, gnu::always_inline]] static constexpr bool below(F a) {
    if constexpr (kDigits < std::numeric_limits<F>::digits || !std::is_signed_v<I>)
      return a <= kMin - 1;
    else
      return a < kMin;
  }
};

template <std::integral I, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr Trapping<std::make_unsigned_t<I>> trunc_checked(F a) {
  if (is_nan(a)) [[unlikely]]
    return Trap::InvalidConversion;
  if (Truncation<I, F>::above(a) || Truncation<I, F>::below(a)) [[unlikely]]
    return Trap::Overflow;
  return static_cast<std::make_unsigned_t<I>>(static_cast<I>(a));
}
/// Out of range, zero is converted and the bound or-ed in: masks instead of branches, so that lanes stay vector code.
template <std::integral I, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr std::make_unsigned_t<I> trunc_saturated(F a) {
  using Unsigned = std::make_unsigned_t<I>;
  constexpr F kMin = Truncation<I, F>::kMin, kAbove = Truncation<I, F>::kAbove;
  const bool above = a >= kAbove, below = a < kMin;
  const bool in_range = (a >= kMin) & (a < kAbove);  // false for NaN
  const F convertible = float_of<F>(bits_of(a) & (in_range ? ~BitsOf<F>{0} : BitsOf<F>{0}));
  return static_cast<Unsigned>(static_cast<Unsigned>(static_cast<I>(convertible)) |
                               (above ? static_cast<Unsigned>(std::numeric_limits<I>::max()) : Unsigned{0}) |
                               (below ? static_cast<Unsigned>(std::numeric_limits<I>::min()) : Unsigned{0}));
}

/// `T` is the carrier of the integer result.
template <std::unsigned_integral T, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> trunc_s(F a) {
  return trunc_checked<Signed<T>>(a);
}
template <std::unsigned_integral T, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr Trapping<T> trunc_u(F a) {
  return trunc_checked<T>(a);
}
template <std::unsigned_integral T, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr T trunc_sat_s(F a) {
  return trunc_saturated<Signed<T>>(a);
}
template <std::unsigned_integral T, std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr T trunc_sat_u(F a) {
  return trunc_saturated<T>(a);
}

/// Rounded to nearest, ties to even, once.
template <std::floating_point F, std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr F convert_s(T a) {
  return static_cast<F>(as_signed(a));
}
template <std::floating_point F, std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr F convert_u(T a) {
  return static_cast<F>(a);
}

/// A NaN becomes quiet and keeps the top of its payload, as hardware does it.
[[nodiscard, gnu::always_inline]] constexpr float demote(double a) { return static_cast<float>(a); }
[[nodiscard, gnu::always_inline]] constexpr double promote(float a) { return static_cast<double>(a); }

template <class To, class From>
[[nodiscard, gnu::always_inline]] constexpr To reinterpret(From a) {
  return std::bit_cast<To>(a);
}

}  // namespace umber::sem
