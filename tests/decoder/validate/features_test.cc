// Switched-off features: what needs one is refused as Unsupported, with its name.
#include <gtest/gtest.h>

#include "tests/decoder/decode_fixture.h"

namespace umber::test {
namespace {

using wasm::Feature;
using wasm::Features;

struct FeatureCase {
  Feature feature;
  const char* text;
};

constexpr FeatureCase kCases[] = {
    {Feature::SignExtension, "(module (func (drop (i32.extend8_s (i32.const 0)))))"},
    {Feature::SaturatingConversion, "(module (func (drop (i32.trunc_sat_f32_s (f32.const 0)))))"},
    {Feature::MultiValue, "(module (type (func (result i32 i32))))"},
    {Feature::MultiValue, "(module (func (i32.const 0) (block (param i32) (drop))))"},
    {Feature::BulkMemory, "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))"},
    {Feature::BulkMemory, "(module (data \"x\"))"},
    {Feature::ReferenceTypes, "(module (func (param externref)))"},
    {Feature::ReferenceTypes, "(module (table 1 funcref) (func (drop (table.get 0 (i32.const 0)))))"},
    {Feature::Simd, "(module (func (param v128)))"},
    {Feature::TailCall, "(module (func $f (return_call $f)))"},
    {Feature::ExtendedConst, "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"},
    {Feature::MultiMemory, "(module (memory 1) (memory 1) (func (drop (i32.load 1 (i32.const 0)))))"},
    {Feature::Memory64, "(module (memory i64 1))"},
    {Feature::FunctionReferences, "(module (type $t (func)) (func (param (ref $t))))"},
    {Feature::Gc, "(module (type (struct)))"},
    {Feature::Gc, "(module (func (param anyref)))"},
    {Feature::Exceptions, "(module (tag))"},
    {Feature::Exceptions, "(module (func (param exnref)))"},
    {Feature::RelaxedSimd, "(module (func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))"},
    {Feature::Threads, "(module (memory 1 1 shared))"},
    {Feature::Threads, "(module (func (atomic.fence)))"},
    {Feature::CustomPageSizes, "(module (memory 1 (pagesize 1)))"},
    {Feature::WideArithmetic, "(module (func (param i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 0))))"},
};

TEST(Features, AreNamedWhereTheyAreMissing) {
  for (const FeatureCase& test_case : kCases) {
    std::string text_error;
    const std::vector<uint8_t> bytes = assemble(test_case.text, &text_error);
    ASSERT_EQ(text_error, "") << test_case.text;
    EXPECT_EQ(DecodedModule(bytes).message(), "") << test_case.text;
    const DecodedModule module(bytes, Features::all().without(test_case.feature));
    const StringRef name = name_of(test_case.feature);
    const std::string expected = "feature \"" + std::string(name.data(), name.size()) + "\" is off";
    EXPECT_NE(module.message().find(expected), std::string::npos) << test_case.text << ": " << module.message();
    EXPECT_EQ(module.error().code(), ErrorCode::Unsupported) << module.message();
  }
}

TEST(Features, LimitsAreWiderThan32BitsOnlyWithMemory64) {
  const std::vector<uint8_t> bytes = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 7, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x10};
  const DecodedModule with(bytes);
  EXPECT_EQ(with.error().code(), ErrorCode::Invalid) << with.message();
  const DecodedModule without(bytes, Features::all().without(Feature::Memory64));
  EXPECT_EQ(without.error().code(), ErrorCode::Malformed) << without.message();
}

TEST(Features, LegacyExceptionsAreOffInWasm3) {
  const std::vector<uint8_t> bytes = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 7, 1, 5, 0, 6, 0x40, 0x0b, 0x0b};
  EXPECT_EQ(DecodedModule(bytes).message(), "");
  EXPECT_EQ(DecodedModule(bytes, Features::wasm3()).message(), "0x17: func 0: illegal opcode 06: feature \"legacy-exceptions\" is off");
}

TEST(Features, LegacyExceptions) {
  // try (result i32) (i32.const 1) catch 0 (i32.const 2) catch_all (rethrow 0) end drop; try try delegate 0 end
  const auto module = [](std::vector<uint8_t> code) {
    std::vector<uint8_t> bytes = {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 13, 3, 1, 0, 0, 10};
    const auto size = static_cast<uint8_t>(code.size());
    bytes.insert(bytes.end(), {static_cast<uint8_t>(size + 4), 1, static_cast<uint8_t>(size + 2), 0});
    bytes.insert(bytes.end(), code.begin(), code.end());
    bytes.push_back(0x0b);
    return DecodedModule(bytes).message();
  };
  EXPECT_EQ(module({0x06, 0x7f, 0x41, 1, 0x07, 0, 0x41, 2, 0x19, 0x09, 0, 0x0b, 0x1a}), "");
  EXPECT_EQ(module({0x06, 0x40, 0x06, 0x40, 0x18, 0, 0x0b}), "");
  EXPECT_EQ(module({0x06, 0x40, 0x09, 0, 0x0b}), "0x1e: func 0: rethrow: invalid rethrow label 0");
  EXPECT_EQ(module({0x06, 0x7f, 0x41, 1, 0x19, 0x0b, 0x1a}), "0x21: func 0: end: type mismatch: expected [i32], stack is []");
  EXPECT_EQ(module({0x02, 0x40, 0x18, 0, 0x0b}), "0x1e: func 0: delegate: END opcode expected: delegate outside try");
  EXPECT_EQ(module({0x06, 0x40, 0x18, 5}), "0x1e: func 0: delegate: unknown label 5");
}

}  // namespace
}  // namespace umber::test
