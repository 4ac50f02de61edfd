#include "spec-tests/text/literals.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace umber::text {
namespace {

TEST(Literals, IntegersWrapIntoTheirWidth) {
  EXPECT_EQ(parse_int("0", 32), 0u);
  EXPECT_EQ(parse_int("0xffff_ffff", 32), 0xffff'ffffu);
  EXPECT_EQ(parse_int("-1", 32), 0xffff'ffffu);
  EXPECT_EQ(parse_int("-0x80000000", 32), 0x8000'0000u);
  EXPECT_EQ(parse_int("+255", 8), 255u);
  EXPECT_EQ(parse_int("-9223372036854775808", 64), uint64_t{1} << 63);
  EXPECT_EQ(parse_int("18446744073709551615", 64), UINT64_MAX);
}

TEST(Literals, IntegersOutOfRange) {
  EXPECT_FALSE(parse_int("0x1_0000_0000", 32));
  EXPECT_FALSE(parse_int("-2147483649", 32));
  EXPECT_FALSE(parse_int("256", 8));
  EXPECT_FALSE(parse_int("-129", 8));
  EXPECT_FALSE(parse_int("18446744073709551616", 64));
  EXPECT_FALSE(parse_int("-9223372036854775809", 64));
  EXPECT_FALSE(parse_nat("0x1_0000_0000_0000_0000"));
  EXPECT_FALSE(parse_nat("99999999999999999999999999"));
}

TEST(Literals, UnderscoresStandBetweenDigits) {
  EXPECT_TRUE(is_nat("1_2_3"));
  for (const char* text : {"_1", "1_", "1__2", "0x_1", "0x1_", "+", "-", "", "0x", "1a", "0xg"})
    EXPECT_FALSE(is_int(text)) << text;
  for (const char* text :
       {"1_.0", "1._0", "1.0_", "1e_1", "1e1_", "0x1p_1", ".5", "1e", "1e+", "0x1pf", "nan:0x", "nan:1", "infinity"})
    EXPECT_FALSE(is_float(text)) << text;
  for (const char* text : {"1_0.0_1e1_0", "0xa_b.c_dp-1_0", "1.", "1.e1", "0x1.", "nan:0x1_2", "-inf"})
    EXPECT_TRUE(is_float(text)) << text;
}

TEST(Literals, SpecialFloats) {
  EXPECT_EQ(parse_f32("inf"), 0x7f80'0000u);
  EXPECT_EQ(parse_f32("-inf"), 0xff80'0000u);
  EXPECT_EQ(parse_f32("nan"), 0x7fc0'0000u);
  EXPECT_EQ(parse_f32("-nan:0x1"), 0xff80'0001u);
  EXPECT_EQ(parse_f32("nan:0x7f_ffff"), 0x7fff'ffffu);
  EXPECT_FALSE(parse_f32("nan:0x0"));
  EXPECT_FALSE(parse_f32("nan:0x80_0000"));
  EXPECT_EQ(parse_f64("nan:0xf_ffff_ffff_ffff"), 0x7fff'ffff'ffff'ffffu);
  EXPECT_FALSE(parse_f64("nan:0x10_0000_0000_0000"));
  EXPECT_EQ(parse_f32("-0"), 0x8000'0000u);
  EXPECT_EQ(parse_f32("-0x0.0p9"), 0x8000'0000u);
}

TEST(Literals, DecimalIsRoundedOnceToItsOwnType) {
  // Just above the middle of two floats; on the way through double it would be rounded to the middle, then down to even.
  EXPECT_EQ(parse_f32("1.00000017881393432617187499"), std::bit_cast<uint32_t>(1.0000001f));
  EXPECT_EQ(parse_f32("1.00000017881393432617187501"), std::bit_cast<uint32_t>(1.0000002f));
  EXPECT_EQ(parse_f32("+8.8817857851880284253e-16"), 0x2680'0002u);
  EXPECT_EQ(parse_f32("1e-9999999999999999999"), 0u);
  EXPECT_EQ(parse_f32("0e9999999999999999999"), 0u);
  EXPECT_EQ(parse_f32("1.4e-45"), 1u);
  EXPECT_EQ(parse_f32("0.7e-45"), 0u);
  EXPECT_EQ(parse_f64("4.9e-324"), 1u);
}

TEST(Literals, HexadecimalIsRoundedToEven) {
  EXPECT_EQ(parse_f32("0x1.000001p0"), 0x3f80'0000u);
  EXPECT_EQ(parse_f32("0x1.0000010000000000000000000000000000001p0"), 0x3f80'0001u);
  EXPECT_EQ(parse_f32("0x1.000003p0"), 0x3f80'0002u);
  EXPECT_EQ(parse_f32("0x1p-149"), 1u);
  EXPECT_EQ(parse_f32("0x1p-150"), 0u);
  EXPECT_EQ(parse_f32("0x1.000001p-150"), 1u);
  EXPECT_EQ(parse_f32("0x0.fffffffp-126"), 0x0080'0000u);
  EXPECT_EQ(parse_f32("0x1p-99999999999999999999"), 0u);
  EXPECT_EQ(parse_f64("0x1p-1074"), 1u);
  EXPECT_EQ(parse_f64("0x1p-1075"), 0u);
  EXPECT_EQ(parse_f64("0x0.0000000000000000000000001p100"), std::bit_cast<uint64_t>(1.0));
  EXPECT_EQ(parse_f64("0x10000000000000000000000000p-100"), std::bit_cast<uint64_t>(1.0));
}

TEST(Literals, WhatRoundsToInfinityIsOutOfRange) {
  EXPECT_EQ(parse_f32("0x1.fffffefffp127"), 0x7f7f'ffffu);
  EXPECT_FALSE(parse_f32("0x1.ffffffp127"));
  EXPECT_FALSE(parse_f32("0x1p128"));
  EXPECT_EQ(parse_f32("340282356779733661637539395458142568447"), 0x7f7f'ffffu);
  EXPECT_FALSE(parse_f32("340282356779733661637539395458142568448"));
  EXPECT_FALSE(parse_f64("1e309"));
  EXPECT_FALSE(parse_f64("0x1p99999999999999999999"));
  EXPECT_FALSE(parse_f64("1e99999999999999999999"));
}

TEST(Literals, ReadsBackWhatPrintfWrites) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t bits64 = random();
    const auto bits32 = static_cast<uint32_t>(random());
    const auto number64 = std::bit_cast<double>(bits64);
    const auto number32 = std::bit_cast<float>(bits32);
    char text[64];
    if (std::isfinite(number64)) {
      for (const char* format : {"%.17g", "%a"}) {
        std::snprintf(text, sizeof text, format, number64);
        EXPECT_EQ(parse_f64(text), bits64) << text;
      }
    }
    if (std::isfinite(number32)) {
      for (const char* format : {"%.9g", "%a"}) {
        std::snprintf(text, sizeof text, format, static_cast<double>(number32));
        EXPECT_EQ(parse_f32(text), bits32) << text;
      }
    }
  }
}

}  // namespace
}  // namespace umber::text
