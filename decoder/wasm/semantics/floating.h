// Floating-point instructions (https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations).
// Arithmetic is what IEEE hardware gives in round-to-nearest, with the NaNs it gives. Where C++ and Wasm differ it is
// spelled out: abs, neg and copysign touch only the sign bit, of NaNs too; min and max propagate NaN and order the zeros;
// rounding functions quiet a signalling NaN and keep the sign of zero.
//
// Rounding to an integer without SSE 4.1 or its like: adding and subtracting 2^23 (2^52) makes the adder itself round
// to the nearest integer, ties to even; floor, ceil and trunc correct that by one. Exact, a few instructions, no branch. Where even
// the adder is software, one function rounds the bits as an integer.
// These functions need -ffp-contract=off (a fused multiply-add has a different result) and no fast math.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "decoder/wasm/semantics/compiler.h"

namespace umber::sem {

static_assert(__FINITE_MATH_ONLY__ == 0, "Wasm floating point does not survive -ffast-math");

template <std::floating_point F>
using BitsOf = std::conditional_t<sizeof(F) == 4, uint32_t, uint64_t>;

template <std::floating_point F>
inline constexpr BitsOf<F> kSignBit = BitsOf<F>{1} << (sizeof(F) * 8 - 1);
/// The top bit of the significand, which makes a NaN quiet.
template <std::floating_point F>
inline constexpr BitsOf<F> kQuietBit = BitsOf<F>{1} << (std::numeric_limits<F>::digits - 2);

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr BitsOf<F> bits_of(F a) {
  return std::bit_cast<BitsOf<F>>(a);
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F float_of(BitsOf<F> bits) {
  return std::bit_cast<F>(bits);
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr bool is_nan(F a) {
  return a != a;
}

// ---- arithmetic ----------------------------------------------------------------------------------------------------

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F add(F a, F b) {
  return a + b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F sub(F a, F b) {
  return a - b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F mul(F a, F b) {
  return a * b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F div(F a, F b) {
  return a / b;
}

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] inline F sqrt(F a) {
  return static_cast<F>(UMBER_SQRT(a));
}

/// The smaller one; -0 is below +0; any NaN operand makes the result NaN. The two selections differ only for zeros, where
/// the "or" collects the sign, and for NaNs, which the sum handles: min, min, or, and a blend in vector code.
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F min(F a, F b) {
  const F smaller = float_of<F>(bits_of(a < b ? a : b) | bits_of(b < a ? b : a));
  return is_nan(a) || is_nan(b) ? a + b : smaller;
}
/// The larger one, with the same rules.
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F max(F a, F b) {
  const F larger = float_of<F>(bits_of(a > b ? a : b) & bits_of(b > a ? b : a));
  return is_nan(a) || is_nan(b) ? a + b : larger;
}
/// "b < a ? b : a", bits untouched: the vector instructions pmin and pmax.
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F pmin(F a, F b) {
  return b < a ? b : a;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F pmax(F a, F b) {
  return a < b ? b : a;
}

// ---- the sign bit --------------------------------------------------------------------------------------------------

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F abs(F a) {
  return float_of<F>(bits_of(a) & ~kSignBit<F>);
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F neg(F a) {
  return float_of<F>(bits_of(a) ^ kSignBit<F>);
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F copysign(F a, F b) {
  return float_of<F>((bits_of(a) & ~kSignBit<F>) | (bits_of(b) & kSignBit<F>));
}

// ---- rounding to an integer ----------------------------------------------------------------------------------------

enum class RoundsBy : uint8_t {
  Hardware,  ///< the builtins are single instructions; otherwise they would be library calls
  Addition,
  Integers,  ///< the processor has no arithmetic of this width
};
template <std::floating_point F>
inline constexpr RoundsBy kRoundsBy =
#if defined(__SSE4_1__) || defined(__aarch64__)
    RoundsBy::Hardware;
#elif defined(__ARM_FEATURE_DIRECTED_ROUNDING)
    sizeof(F) == 4 || (__ARM_FP & 8) != 0 ? RoundsBy::Hardware : RoundsBy::Integers;
#elif defined(__ARM_FP)
    sizeof(F) == 4 || (__ARM_FP & 8) != 0 ? RoundsBy::Addition : RoundsBy::Integers;
#elif defined(__riscv_flen)
    sizeof(F) * 8 <= __riscv_flen ? RoundsBy::Addition : RoundsBy::Integers;
#elif defined(__arm__) || defined(__riscv)
    RoundsBy::Integers;
#else
    RoundsBy::Addition;
#endif

enum class Rounding : uint8_t { Down, Up, TowardZero, Nearest };

/// The float with these bits, rounded. Adding to the bits what is below the unit of the last integer digit carries over into that
/// digit, and into the exponent where it has to. One function for all directions, since it is not small on 32-bit processors.
template <std::floating_point F>
[[nodiscard, gnu::noinline]] constexpr BitsOf<F> round_bits(BitsOf<F> bits, Rounding direction) {
  using Bits = BitsOf<F>;
  constexpr int kFractionBits = std::numeric_limits<F>::digits - 1;
  constexpr int kBias = std::numeric_limits<F>::max_exponent - 1;
  constexpr Bits kOne = Bits{kBias} << kFractionBits;
  const Bits sign = bits & kSignBit<F>, magnitude = bits ^ sign;
  const int exponent = static_cast<int>(magnitude >> kFractionBits) - kBias;
  if (exponent >= kFractionBits) return magnitude > Bits{2 * kBias + 1} << kFractionBits ? bits | kQuietBit<F> : bits;
  const bool away = direction == (sign != 0 ? Rounding::Down : Rounding::Up);
  if (exponent < 0) {
    const bool is_one = away ? magnitude != 0 : direction == Rounding::Nearest && magnitude > kOne - (Bits{1} << kFractionBits);
    return is_one ? sign | kOne : sign;
  }
  const Bits unit = Bits{1} << (kFractionBits - exponent);
  Bits added = away ? unit - 1 : 0;
  if (direction == Rounding::Nearest) added = (unit >> 1) - ((bits & unit) == 0 ? 1 : 0);
  return (bits + added) & ~(unit - 1);
}

/// From here on every value is an integer: 2^23 or 2^52.
template <std::floating_point F>
inline constexpr F kAllIntegers = static_cast<F>(uint64_t{1} << (std::numeric_limits<F>::digits - 1));

/// `correct(nearest, a)` turns the nearest integer into the wanted one. The sign of `a` is kept, which only matters for
/// zeros. Straight-line code with one selection at the end, so that a loop over vector lanes stays vector code.
template <std::floating_point F, class Correct>
[[nodiscard, gnu::always_inline]] constexpr F round_by_addition(F a, Correct correct) {
  const F magnitude = abs(a);
  const F nearest = copysign((magnitude + kAllIntegers<F>)-kAllIntegers<F>, a);
  const F rounded = copysign(correct(nearest, a), a);
  const F integer = float_of<F>(bits_of(a) | (is_nan(a) ? kQuietBit<F> : 0));
  return magnitude < kAllIntegers<F> ? rounded : integer;
}

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F floor(F a) {
  if constexpr (kRoundsBy<F> == RoundsBy::Integers) return float_of<F>(round_bits<F>(bits_of(a), Rounding::Down));
  if constexpr (kRoundsBy<F> == RoundsBy::Hardware) {
    if (!std::is_constant_evaluated()) return sizeof(F) == 4 ? __builtin_floorf(a) : __builtin_floor(a);
  }
  return round_by_addition(a, [](F nearest, F exact) { return nearest - (nearest > exact ? F{1} : F{0}); });
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F ceil(F a) {
  if constexpr (kRoundsBy<F> == RoundsBy::Integers) return float_of<F>(round_bits<F>(bits_of(a), Rounding::Up));
  if constexpr (kRoundsBy<F> == RoundsBy::Hardware) {
    if (!std::is_constant_evaluated()) return sizeof(F) == 4 ? __builtin_ceilf(a) : __builtin_ceil(a);
  }
  return round_by_addition(a, [](F nearest, F exact) { return nearest + (nearest < exact ? F{1} : F{0}); });
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F trunc(F a) {
  if constexpr (kRoundsBy<F> == RoundsBy::Integers) return float_of<F>(round_bits<F>(bits_of(a), Rounding::TowardZero));
  if constexpr (kRoundsBy<F> == RoundsBy::Hardware) {
    if (!std::is_constant_evaluated()) return sizeof(F) == 4 ? __builtin_truncf(a) : __builtin_trunc(a);
  }
  return round_by_addition(a, [](F nearest, F exact) {
    const F magnitude = abs(nearest);
    return magnitude - (magnitude > abs(exact) ? F{1} : F{0});
  });
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr F nearest(F a) {
  if constexpr (kRoundsBy<F> == RoundsBy::Integers) return float_of<F>(round_bits<F>(bits_of(a), Rounding::Nearest));
  if constexpr (kRoundsBy<F> == RoundsBy::Hardware) {
    if (!std::is_constant_evaluated()) return sizeof(F) == 4 ? __builtin_roundevenf(a) : __builtin_roundeven(a);
  }
  return round_by_addition(a, [](F nearest, F) { return nearest; });
}

// ---- comparisons: an i32, 1 or 0; false with a NaN, except ne ------------------------------------------------------

template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t eq(F a, F b) {
  return a == b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t ne(F a, F b) {
  return a != b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t lt(F a, F b) {
  return a < b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t gt(F a, F b) {
  return a > b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t le(F a, F b) {
  return a <= b;
}
template <std::floating_point F>
[[nodiscard, gnu::always_inline]] constexpr uint32_t ge(F a, F b) {
  return a >= b;
}

}  // namespace umber::sem
