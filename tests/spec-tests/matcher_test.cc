#include "spec-tests/matcher.h"

#include <gtest/gtest.h>

namespace umber::spectest {
namespace {

using text::LanePattern;
using text::ResultPattern;
using Kind = ResultPattern::Kind;
using Referent = RunValue::Referent;

RunValue number(RunValue::Kind kind, uint64_t bits) {
  RunValue value;
  value.kind = kind;
  value.bits = bits;
  return value;
}

RunValue reference(Referent referent, uint64_t host_value = 0, bool is_extern = false) {
  RunValue value = number(RunValue::Kind::Ref, host_value);
  value.referent = referent;
  value.is_extern = is_extern;
  return value;
}

ResultPattern pattern(Kind kind, LanePattern lane = {}) {
  ResultPattern result;
  result.kind = kind;
  result.lanes = {lane};
  return result;
}

LanePattern bits(uint64_t value) { return {LanePattern::Kind::Bits, value}; }
constexpr LanePattern kCanonical{LanePattern::Kind::NanCanonical, 0};
constexpr LanePattern kArithmetic{LanePattern::Kind::NanArithmetic, 0};

TEST(Matcher, NumbersMatchBitByBitAndByType) {
  EXPECT_TRUE(matches(number(RunValue::Kind::I32, 7), pattern(Kind::I32, bits(7))));
  EXPECT_FALSE(matches(number(RunValue::Kind::I32, 7), pattern(Kind::I32, bits(8))));
  EXPECT_FALSE(matches(number(RunValue::Kind::I32, 7), pattern(Kind::I64, bits(7))));
  EXPECT_FALSE(matches(number(RunValue::Kind::F32, 0), pattern(Kind::F32, bits(0x8000'0000)))) << "zeros differ";
}

TEST(Matcher, NanClasses) {
  const auto f32 = [](uint32_t value) { return number(RunValue::Kind::F32, value); };
  EXPECT_TRUE(matches(f32(0x7fc0'0000), pattern(Kind::F32, kCanonical)));
  EXPECT_TRUE(matches(f32(0xffc0'0000), pattern(Kind::F32, kCanonical)));
  EXPECT_FALSE(matches(f32(0x7fc0'0001), pattern(Kind::F32, kCanonical)));
  EXPECT_TRUE(matches(f32(0x7fc0'0001), pattern(Kind::F32, kArithmetic)));
  EXPECT_FALSE(matches(f32(0x7fa0'0000), pattern(Kind::F32, kArithmetic))) << "signalling";
  EXPECT_FALSE(matches(f32(0x7f80'0000), pattern(Kind::F32, kArithmetic))) << "infinity";
  EXPECT_TRUE(matches(number(RunValue::Kind::F64, 0xfff8'0000'0000'0000), pattern(Kind::F64, kCanonical)));
  EXPECT_FALSE(matches(number(RunValue::Kind::F64, 0x7ff0'0000'0000'0001), pattern(Kind::F64, kArithmetic)));
}

TEST(Matcher, VectorsLaneByLane) {
  RunValue value;
  value.kind = RunValue::Kind::V128;
  value.v128 = {0, 0, 0xc0, 0x7f, 1, 0, 0, 0};
  ResultPattern expected;
  expected.kind = Kind::V128;
  expected.lane_bits = 32;
  expected.is_float_shape = true;
  expected.lanes = {kCanonical, bits(1), bits(0), bits(0)};
  EXPECT_TRUE(matches(value, expected));
  expected.lanes[3] = kArithmetic;
  EXPECT_FALSE(matches(value, expected));
  EXPECT_EQ(to_string(expected), "(v128.const f32x4 nan:canonical 1.40129846e-45 (0x1) 0 (0x0) nan:arithmetic)");
  expected.lanes.pop_back();
  EXPECT_FALSE(matches(value, expected)) << "lanes are missing";
}

TEST(Matcher, References) {
  EXPECT_TRUE(matches(reference(Referent::Null), pattern(Kind::RefNull)));
  EXPECT_FALSE(matches(reference(Referent::Func), pattern(Kind::RefNull)));
  EXPECT_TRUE(matches(reference(Referent::Func), pattern(Kind::RefFunc)));
  EXPECT_TRUE(matches(reference(Referent::I31), pattern(Kind::RefEq)));
  EXPECT_TRUE(matches(reference(Referent::Array), pattern(Kind::RefArray)));
  EXPECT_FALSE(matches(reference(Referent::Struct), pattern(Kind::RefArray)));
  EXPECT_TRUE(matches(reference(Referent::Host, 3), pattern(Kind::RefAny)));
  EXPECT_FALSE(matches(reference(Referent::Host, 3), pattern(Kind::RefEq)));
  EXPECT_FALSE(matches(number(RunValue::Kind::I64, 0), pattern(Kind::RefNull)));
}

TEST(Matcher, HostReferencesByNumber) {
  ResultPattern expected = pattern(Kind::RefExtern);
  EXPECT_TRUE(matches(reference(Referent::Host, 3, true), expected));
  EXPECT_TRUE(matches(reference(Referent::Struct, 0, true), expected)) << "an internal reference made external";
  EXPECT_FALSE(matches(reference(Referent::Null, 0, true), expected));
  expected.number = 3;
  EXPECT_TRUE(matches(reference(Referent::Host, 3, true), expected));
  EXPECT_FALSE(matches(reference(Referent::Host, 4, true), expected));
  expected.kind = Kind::RefHost;
  EXPECT_TRUE(matches(reference(Referent::Host, 3), expected));
}

TEST(Matcher, Either) {
  ResultPattern expected;
  expected.kind = Kind::Either;
  expected.alternatives = {pattern(Kind::I32, bits(1)), pattern(Kind::I32, bits(2))};
  EXPECT_TRUE(matches(number(RunValue::Kind::I32, 2), expected));
  EXPECT_FALSE(matches(number(RunValue::Kind::I32, 3), expected));
  EXPECT_EQ(to_string(expected), "(either (i32.const 0x1) (i32.const 0x2))");
}

TEST(Matcher, SaysWhatDiffers) {
  const RunValue values[] = {number(RunValue::Kind::I32, 1), number(RunValue::Kind::F32, 0x7fe0'0000)};
  const ResultPattern patterns[] = {pattern(Kind::I32, bits(1)), pattern(Kind::F32, bits(0x3fc0'0000))};
  std::string why;
  EXPECT_FALSE(matches(values, patterns, why));
  EXPECT_EQ(why, "result 1: expected (f32.const 1.5 (0x3fc00000)), got (f32.const nan:0x600000)");
  EXPECT_FALSE(matches(std::span(values).first(1), patterns, why));
  EXPECT_EQ(why, "expected 2 results, got 1");
}

TEST(Matcher, MessagesContainOneAnother) {
  EXPECT_TRUE(message_matches("out of bounds memory access", "out of bounds memory access: address 70000"));
  EXPECT_TRUE(message_matches("uninitialized element 2", "uninitialized element"));
  EXPECT_FALSE(message_matches("undefined element", "uninitialized element"));
  EXPECT_FALSE(message_matches("anything", ""));
}

}  // namespace
}  // namespace umber::spectest
