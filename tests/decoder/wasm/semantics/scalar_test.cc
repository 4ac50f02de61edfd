// The meaning of the scalar instructions. Most of it is proved at compile time; what hardware instructions decide is run.
#include <gtest/gtest.h>
#include <cmath>
#include <cstring>

#include "decoder/wasm/semantics/semantics.h"

namespace umber::sem {
namespace {

using wasm::Op;

constexpr uint32_t kMin32 = 0x8000'0000;
constexpr uint64_t kMin64 = 0x8000'0000'0000'0000;

// Division
static_assert(apply<Op::I32DivS>(1u, 0u).trap == Trap::DivideByZero);
static_assert(apply<Op::I32DivS>(kMin32, 0xffff'ffffu).trap == Trap::Overflow);
static_assert(apply<Op::I32DivS>(kMin32, 2u) == Trapping<uint32_t>(0xc000'0000u));
static_assert(apply<Op::I32DivS>(0xffff'fff9u, 0xffff'ffffu).value == 7);
static_assert(apply<Op::I32DivS>(0xffff'fff9u, 2u).value == 0xffff'fffdu, "truncates");
static_assert(apply<Op::I32DivU>(kMin32, 0xffff'ffffu).value == 0);
static_assert(apply<Op::I32DivU>(5u, 0u).trap == Trap::DivideByZero);
static_assert(apply<Op::I32RemS>(kMin32, 0xffff'ffffu).value == 0 && apply<Op::I32RemS>(kMin32, ~0u).trap == Trap::None);
static_assert(apply<Op::I32RemS>(0xffff'fff9u, 2u).value == 0xffff'ffffu);
static_assert(apply<Op::I32RemS>(7u, 0u).trap == Trap::DivideByZero);
static_assert(apply<Op::I64DivS>(kMin64, ~uint64_t{0}).trap == Trap::Overflow);
static_assert(apply<Op::I64DivU>(kMin64, ~uint64_t{0}).value == 0);
static_assert(apply<Op::I64RemU>(uint64_t{7}, uint64_t{0}).trap == Trap::DivideByZero);
static_assert(trap_of(apply<Op::I32Add>(1u, 2u)) == Trap::None && value_of(apply<Op::I32Add>(1u, 2u)) == 3);
static_assert(kCanTrap<ResultOf<Op::I32DivS>> && !kCanTrap<ResultOf<Op::I32Add>>);

// Bits
static_assert(apply<Op::I32Shl>(1u, 33u) == 2 && apply<Op::I64Shl>(uint64_t{1}, uint64_t{65}) == 2);
static_assert(apply<Op::I32ShrS>(kMin32, 31u) == 0xffff'ffffu && apply<Op::I32ShrU>(kMin32, 31u) == 1);
static_assert(apply<Op::I32Rotl>(kMin32, 1u) == 1 && apply<Op::I32Rotr>(1u, 33u) == kMin32);
static_assert(apply<Op::I32Clz>(0u) == 32 && apply<Op::I32Ctz>(0u) == 32 && apply<Op::I64Clz>(uint64_t{0}) == 64);
static_assert(apply<Op::I64Popcnt>(~uint64_t{0}) == 64 && apply<Op::I32Clz>(1u) == 31 && apply<Op::I32Ctz>(kMin32) == 31);
static_assert(apply<Op::I32Extend8S>(0x80u) == 0xffff'ff80u && apply<Op::I64Extend32S>(uint64_t{kMin32}) == ~uint64_t{0}
                                                                                                                << 31);
static_assert(apply<Op::I64ExtendI32S>(kMin32) == ~uint64_t{0} << 31 && apply<Op::I64ExtendI32U>(kMin32) == kMin32);
static_assert(apply<Op::I32WrapI64>(0x1'2345'6789) == 0x2345'6789);
static_assert(apply<Op::I32LtS>(kMin32, 0u) == 1 && apply<Op::I32LtU>(kMin32, 0u) == 0);

// Wide arithmetic
static_assert(apply<Op::I64Add128>(~uint64_t{0}, uint64_t{1}, uint64_t{1}, uint64_t{2}) == I64Pair{0, 4});
static_assert(apply<Op::I64Sub128>(uint64_t{0}, uint64_t{5}, uint64_t{1}, uint64_t{2}) == I64Pair{~uint64_t{0}, 2});
static_assert(apply<Op::I64MulWideU>(~uint64_t{0}, ~uint64_t{0}) == I64Pair{1, ~uint64_t{1}});
static_assert(apply<Op::I64MulWideS>(~uint64_t{0}, ~uint64_t{0}) == I64Pair{1, 0});
static_assert(apply<Op::I64MulWideS>(kMin64, uint64_t{2}) == I64Pair{0, ~uint64_t{0}});

// Float bits
constexpr uint32_t kSignalling = 0x7fa0'0000;
static_assert(bits_of(apply<Op::F32Neg>(float_of<float>(kSignalling))) == 0xffa0'0000);
static_assert(bits_of(apply<Op::F32Abs>(float_of<float>(0xffa0'0000u))) == kSignalling);
static_assert(bits_of(apply<Op::F32Copysign>(1.0f, -0.0f)) == 0xbf80'0000);
static_assert(apply<Op::I32ReinterpretF32>(1.0f) == 0x3f80'0000);

// Minimum, maximum
static_assert(bits_of(apply<Op::F32Min>(0.0f, -0.0f)) == kMin32 && bits_of(apply<Op::F32Min>(-0.0f, 0.0f)) == kMin32);
static_assert(bits_of(apply<Op::F32Max>(0.0f, -0.0f)) == 0 && bits_of(apply<Op::F32Max>(-0.0f, 0.0f)) == 0);
static_assert(apply<Op::F64Min>(-3.0, 2.0) == -3.0 && apply<Op::F64Max>(-3.0, 2.0) == 2.0);
static_assert(apply<Op::F64Min>(5.0, 2.0) == 2.0 && apply<Op::F64Max>(5.0, 2.0) == 5.0);

// Rounding
static_assert(apply<Op::F32Nearest>(2.5f) == 2.0f && apply<Op::F32Nearest>(3.5f) == 4.0f);
static_assert(bits_of(apply<Op::F32Nearest>(-0.25f)) == kMin32 && bits_of(apply<Op::F32Ceil>(-0.75f)) == kMin32);
static_assert(apply<Op::F64Floor>(-0.25) == -1.0 && apply<Op::F64Ceil>(0.25) == 1.0 && apply<Op::F64Trunc>(-1.75) == -1.0);
static_assert(bits_of(apply<Op::F64Floor>(-0.0)) == kMin64 && bits_of(apply<Op::F64Trunc>(-0.5)) == kMin64);

// Truncation to integers
static_assert(apply<Op::I32TruncF32S>(float_of<float>(0x7fc0'0000u)).trap == Trap::InvalidConversion);
static_assert(apply<Op::I32TruncF32S>(2147483648.0f).trap == Trap::Overflow);
static_assert(apply<Op::I32TruncF32S>(-2147483648.0f).value == kMin32);
static_assert(apply<Op::I32TruncF32S>(-2147483904.0f).trap == Trap::Overflow);
static_assert(apply<Op::I32TruncF64S>(-2147483648.9).value == kMin32 &&
              apply<Op::I32TruncF64S>(2147483647.9).value == 0x7fff'ffff);
static_assert(apply<Op::I32TruncF64S>(-2147483649.0).trap == Trap::Overflow);
static_assert(apply<Op::I32TruncF64U>(-0.9).value == 0 && apply<Op::I32TruncF64U>(-1.0).trap == Trap::Overflow);
static_assert(apply<Op::I32TruncF64U>(4294967295.9).value == 0xffff'ffff &&
              apply<Op::I32TruncF64U>(4294967296.0).trap == Trap::Overflow);
static_assert(apply<Op::I64TruncF64S>(-9223372036854775808.0).value == kMin64);
static_assert(apply<Op::I64TruncF64S>(9223372036854775808.0).trap == Trap::Overflow);
static_assert(apply<Op::I64TruncF32U>(18446742974197923840.0f).value == 0xffff'ff00'0000'0000);
static_assert(apply<Op::I64TruncF32U>(18446744073709551616.0f).trap == Trap::Overflow);
static_assert(apply<Op::I32TruncSatF32S>(float_of<float>(0x7fc0'0000u)) == 0 &&
              apply<Op::I32TruncSatF32S>(-3e9f) == kMin32);
static_assert(apply<Op::I32TruncSatF64S>(-2147483648.9) == kMin32 && apply<Op::I32TruncSatF64S>(1e300) == 0x7fff'ffff);
static_assert(apply<Op::I32TruncSatF64U>(-5.0) == 0 && apply<Op::I64TruncSatF64U>(1e300) == ~uint64_t{0});
static_assert(apply<Op::I64TruncSatF64S>(-1e300) == kMin64 && apply<Op::I64TruncSatF32U>(-0.5f) == 0);

// Conversions from integers round once
static_assert(apply<Op::F32ConvertI32S>(0x7fff'ffffu) == 2147483648.0f &&
              apply<Op::F32ConvertI32U>(16777217u) == 16777216.0f);
static_assert(bits_of(apply<Op::F32ConvertI64U>(0x8000'0080'0000'0001)) == 0x5f00'0001);
static_assert(bits_of(apply<Op::F32ConvertI64S>(0x7fff'ff40'0000'0001)) == 0x5eff'ffff);
static_assert(apply<Op::F64ConvertI64U>(~uint64_t{0}) == 18446744073709551616.0);
static_assert(apply<Op::F64PromoteF32>(1.5f) == 1.5 && apply<Op::F32DemoteF64>(1e-60) == 0.0f);

// A NaN becomes quiet and keeps its payload, an infinity and what has no fraction stay.
static_assert(round_bits<float>(kSignalling, Rounding::Down) == (kSignalling | 0x0040'0000));
static_assert(round_bits<float>(0x7f80'0000, Rounding::Nearest) == 0x7f80'0000);
static_assert(round_bits<double>(0xfff0'0000'0000'0001, Rounding::Up) == 0xfff8'0000'0000'0001);
static_assert(round_bits<double>(0x8000'0000'0000'0001, Rounding::Down) == bits_of(-1.0));
static_assert(round_bits<double>(1, Rounding::Down) == 0);

template <class T>
T opaque(T value) {
  volatile T hidden = value;
  return hidden;
}

TEST(ScalarSemantics, ArithmeticNaNsAreQuiet) {
  const float nan = float_of<float>(kSignalling);
  const float zero = opaque(0.0f);
  for (const float result :
       {apply<Op::F32Add>(opaque(nan), 1.0f), apply<Op::F32Min>(opaque(nan), 1.0f), apply<Op::F32Max>(1.0f, opaque(nan)),
        apply<Op::F32Nearest>(opaque(nan)), apply<Op::F32Floor>(opaque(nan)), apply<Op::F32Trunc>(opaque(nan)),
        apply<Op::F32Sqrt>(opaque(nan)), apply<Op::F32Sqrt>(opaque(-1.0f)), apply<Op::F32Div>(zero, zero),
        apply<Op::F32Min>(zero, opaque(nan))}) {
    EXPECT_EQ(bits_of(result) & 0x7fc0'0000, 0x7fc0'0000u);
  }
  const double promoted = apply<Op::F64PromoteF32>(opaque(nan));
  EXPECT_EQ(bits_of(promoted) & 0x7ff8'0000'0000'0000, 0x7ff8'0000'0000'0000u);
  EXPECT_EQ(bits_of(apply<Op::F32DemoteF64>(opaque(float_of<double>(0x7ff4'0000'0000'0000)))) & 0x7fc0'0000, 0x7fc0'0000u);
}

TEST(ScalarSemantics, CanonicalNaNsStayCanonical) {
  const float nan = opaque(float_of<float>(0x7fc0'0000));
  for (const float other : {1.0f, -1.0f, 0.0f, 12345.678f, -INFINITY}) {
    EXPECT_EQ(bits_of(apply<Op::F32Min>(nan, opaque(other))) & 0x7fff'ffff, 0x7fc0'0000u);
    EXPECT_EQ(bits_of(apply<Op::F32Min>(opaque(other), nan)) & 0x7fff'ffff, 0x7fc0'0000u);
    EXPECT_EQ(bits_of(apply<Op::F32Max>(nan, opaque(other))) & 0x7fff'ffff, 0x7fc0'0000u);
    EXPECT_EQ(bits_of(apply<Op::F32Max>(opaque(other), nan)) & 0x7fff'ffff, 0x7fc0'0000u);
  }
}

template <class F>
void expect_rounding_as_library(F value) {
  if (std::isnan(value)) return;
  EXPECT_EQ(bits_of(floor(value)), bits_of(std::floor(value))) << value;
  EXPECT_EQ(bits_of(ceil(value)), bits_of(std::ceil(value))) << value;
  EXPECT_EQ(bits_of(trunc(value)), bits_of(std::trunc(value))) << value;
  EXPECT_EQ(bits_of(nearest(value)), bits_of(std::nearbyint(value))) << value;
  // What processors do that lack the arithmetic.
  EXPECT_EQ(round_bits<F>(bits_of(value), Rounding::Down), bits_of(std::floor(value))) << value;
  EXPECT_EQ(round_bits<F>(bits_of(value), Rounding::Up), bits_of(std::ceil(value))) << value;
  EXPECT_EQ(round_bits<F>(bits_of(value), Rounding::TowardZero), bits_of(std::trunc(value))) << value;
  EXPECT_EQ(round_bits<F>(bits_of(value), Rounding::Nearest), bits_of(std::nearbyint(value))) << value;
}

TEST(ScalarSemantics, RoundingAgreesWithTheLibrary) {
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 7919) {
    expect_rounding_as_library(float_of<float>(static_cast<uint32_t>(bits)));
  }
  for (int eighths = -80; eighths <= 80; ++eighths) {
    for (const double base : {0.0, 8388608.0, 4503599627370496.0, 2251799813685248.0}) {
      expect_rounding_as_library(base + eighths / 8.0);
      expect_rounding_as_library(static_cast<float>(base + eighths / 8.0));
      expect_rounding_as_library(-base + eighths / 8.0);
    }
  }
  uint64_t state = 1;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const uint64_t exponent = 1000 + (state >> 58);  // around the interesting magnitudes
    expect_rounding_as_library(float_of<double>((state & 0x800f'ffff'ffff'ffff) | exponent << 52));
  }
}

}  // namespace
}  // namespace umber::sem
