#include "cli/values.h"

#include <gtest/gtest.h>

namespace umber::cli {
namespace {

std::string round_trip(std::string_view text, wasm::ValType type) {
  std::vector<Slot> slots;
  return parse_value(text, type, slots) ? print_value(slots.data(), type) : "refused";
}

TEST(Values, Integers) {
  EXPECT_EQ(round_trip("42", wasm::ValType::I32), "42");
  EXPECT_EQ(round_trip("-1", wasm::ValType::I32), "-1");
  EXPECT_EQ(round_trip("4294967295", wasm::ValType::I32), "-1");
  EXPECT_EQ(round_trip("4294967296", wasm::ValType::I32), "refused");
  EXPECT_EQ(round_trip("-2147483648", wasm::ValType::I32), "-2147483648");
  EXPECT_EQ(round_trip("-2147483649", wasm::ValType::I32), "refused");
  EXPECT_EQ(round_trip("0xff", wasm::ValType::I64), "255");
  EXPECT_EQ(round_trip("-9223372036854775808", wasm::ValType::I64), "-9223372036854775808");
  EXPECT_EQ(round_trip("1x", wasm::ValType::I64), "refused");
  EXPECT_EQ(round_trip("", wasm::ValType::I32), "refused");
}

TEST(Values, Floats) {
  EXPECT_EQ(round_trip("0.1", wasm::ValType::F64), "0.1");
  EXPECT_EQ(round_trip("-0", wasm::ValType::F64), "-0");
  EXPECT_EQ(round_trip("0.1", wasm::ValType::F32), "0.1");
  EXPECT_EQ(round_trip("-inf", wasm::ValType::F32), "-inf");
  EXPECT_EQ(round_trip("nan", wasm::ValType::F64), "nan");
  EXPECT_EQ(round_trip("0x1p-3", wasm::ValType::F64), "0.125");
  EXPECT_EQ(round_trip("--1", wasm::ValType::F64), "refused");
}

TEST(Values, VectorsAndReferences) {
  EXPECT_EQ(round_trip("0x0123456789abcdef0011223344556677", wasm::ValType::V128), "0x0123456789abcdef0011223344556677");
  EXPECT_EQ(round_trip("0x1", wasm::ValType::V128), "0x00000000000000000000000000000001");
  EXPECT_EQ(round_trip("null", wasm::ValType::externref()), "null");
  EXPECT_EQ(round_trip("1", wasm::ValType::externref()), "refused");
  Slot i31{.bits = i31_ref(static_cast<uint32_t>(-5))};
  EXPECT_EQ(print_value(&i31, wasm::ValType::externref()), "(ref.i31 -5)");
}

}  // namespace
}  // namespace umber::cli
