// Sizes that real toolchains reach, and beyond them the limits. A quadratic step would take minutes here.
#include <gtest/gtest.h>

#include <string>

#include "decoder/wasm/limits.h"
#include "tests/decoder/decode_fixture.h"
#include "tests/decoder/module_bytes.h"

namespace umber::test {
namespace {

std::string message_of(const Bytes& module) {
  const DecodedModule decoded(module.vector());
  return decoded.message();
}

TEST(Limits, BlocksNestOneHundredThousandDeep) {
  constexpr size_t kDepth = wasm::kMaxControlDepth;
  EXPECT_EQ(message_of(module_of_code(Bytes().repeat(kDepth, {0x02, 0x40}).repeat(kDepth, {0x0b}))), "");
  EXPECT_EQ(message_of(module_of_code(Bytes().repeat(kDepth + 1, {0x02, 0x40}).repeat(kDepth + 1, {0x0b}))),
            "0x30d5b: func 0: block: blocks nested deeper than the limit of 100000");
}

TEST(Limits, BranchTableOfOneMillionLabels) {
  const auto code = [](uint8_t depth) { return Bytes{0x41, 0x00, 0x0e}.leb(1'000'000).repeat(1'000'000, {depth}).u8(0x00); };
  EXPECT_EQ(message_of(module_of_code(code(0))), "");
  EXPECT_EQ(message_of(module_of_code(code(1))), "0x1d: func 0: br_table: unknown label 1");
}

TEST(Limits, FunctionOfSixMegabytes) { EXPECT_EQ(message_of(module_of_code(Bytes().repeat(2'000'000, {0x41, 0x00, 0x1a}))), ""); }

TEST(Limits, FunctionBeyondTheLimit) {
  EXPECT_EQ(message_of(module_of_code(Bytes().repeat(wasm::kMaxFunctionBytes, {0x01}))),
            "0x18: code section: func 0: a body of 7654323 bytes is beyond the limit of 7654321");
}

TEST(Limits, FiftyThousandLocals) {
  Bytes body{0x01};
  body.leb(wasm::kMaxLocals).u8(0x7f).u8(0x20).leb(wasm::kMaxLocals - 1).u8(0x1a).u8(0x20).leb(0).u8(0x1a).u8(0x0b);
  EXPECT_EQ(message_of(module_header().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}).section(10, Bytes{1}.sized(body))), "");
}

TEST(Limits, ManyFunctionsOfManyLocals) {
  constexpr size_t kCount = 200'000;
  const Bytes body{0x01, 0xd0, 0x86, 0x03, 0x7f, 0x0b};
  EXPECT_EQ(message_of(module_header()
                           .section(1, {1, 0x60, 0, 0})
                           .section(3, Bytes().leb(kCount).repeat(kCount, {0}))
                           .section(10, Bytes().leb(kCount).repeat(kCount, Bytes().sized(body)))),
            "");
}

TEST(Limits, OperandStackBeyondTheFrame) {
  const auto code = [](size_t count) { return Bytes().repeat(count, {0x41, 0x00}).repeat(count, {0x1a}); };
  EXPECT_EQ(message_of(module_of_code(code(wasm::kMaxFrameSlots))), "");
  EXPECT_EQ(message_of(module_of_code(code(wasm::kMaxFrameSlots + 2))),
            "0x1fbed: func 0: i32.const: more operands on the stack than the limit of 65000");
}

TEST(Limits, OneMillionEqualTypes) {
  constexpr size_t kCount = wasm::kMaxTypes;
  const DecodedModule module(module_header().section(1, Bytes().leb(kCount).repeat(kCount, {0x60, 0x00, 0x00})).vector());
  ASSERT_EQ(module.message(), "");
  EXPECT_EQ(module->types[kCount - 1].canonical, 0u);
}

TEST(Limits, ManyDifferentTypes) {
  constexpr size_t kCount = 300'000;
  Bytes types;
  types.leb(kCount).add({0x60, 0x00, 0x00});
  for (size_t i = 1; i < kCount; ++i) types.add({0x60, 0x01, 0x64}).signed_index(i - 1).u8(0x00);
  const DecodedModule module(module_header().section(1, types).vector());
  ASSERT_EQ(module.message(), "");
  EXPECT_EQ(module->types[kCount - 1].canonical, kCount - 1);
}

TEST(Limits, OneRecursionGroupOfManyTypes) {
  constexpr size_t kCount = 500'000;
  Bytes types{0x01, 0x4e};
  types.leb(kCount).repeat(kCount, {0x5f, 0x01, 0x63, 0x00, 0x00});
  EXPECT_EQ(message_of(module_header().section(1, types)), "");
}

TEST(Limits, SubtypingDepth) {
  const auto chain = [](size_t count) {
    Bytes types;
    types.leb(count).add({0x50, 0x00, 0x5f, 0x00});
    for (size_t i = 1; i < count; ++i) types.add({0x50, 0x01}).leb(i - 1).add({0x5f, 0x00});
    return module_header().section(1, types);
  };
  EXPECT_EQ(message_of(chain(wasm::kMaxSubtypingDepth + 1)), "");
  const DecodedModule module(chain(wasm::kMaxSubtypingDepth + 2).vector());
  EXPECT_EQ(module.error().code(), ErrorCode::LimitReached);
  EXPECT_NE(module.message().find("a sub type deeper than the limit of 63"), std::string::npos) << module.message();
}

TEST(Limits, OneMillionExports) {
  constexpr size_t kCount = 1'000'000;
  Bytes exports;
  exports.leb(kCount);
  for (size_t i = 0; i < kCount; ++i) exports.name("f" + std::to_string(i)).add({0x00, 0x00});
  Bytes base = module_header().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}).section(7, exports).section(10, {1, 2, 0, 0x0b});
  const DecodedModule module(base.vector());
  ASSERT_EQ(module.message(), "");
  ASSERT_NE(module->find_export("f999999"), nullptr);
  EXPECT_EQ(module->find_export("f1000000"), nullptr);
}

TEST(Limits, TooManyOfAKindNameTheLimit) {
  EXPECT_EQ(message_of(module_header().section(5, Bytes().leb(101).repeat(101, {0x00, 0x00}))),
            "0xb: memory section: 101 memories are more than the limit of 100");
  EXPECT_EQ(message_of(module_header().section(4, Bytes().leb(100'001))), "0xa: table section: 100001 tables are more than the limit of 100000");
  EXPECT_EQ(message_of(module_header().section(3, Bytes().leb(4'000'001))), "0xa: function section: 4000001 functions are more than the limit of 4000000");
}

TEST(Limits, StructNewOfManyFieldsInUnreachableCode) {
  constexpr size_t kFields = wasm::kMaxStructFields;
  constexpr size_t kCount = 200'000;
  const Bytes types = Bytes{0x02, 0x60, 0x00, 0x00, 0x5f}.leb(kFields).repeat(kFields, {0x7f, 0x00});
  const Bytes body = Bytes{0x00, 0x00}.repeat(kCount, {0xfb, 0x00, 0x01, 0x1a}).repeat(kCount, {0xfb, 0x01, 0x01, 0x1a}).u8(0x0b);
  EXPECT_EQ(message_of(module_header().section(1, types).section(3, {1, 0}).section(10, Bytes{1}.sized(body))), "");
}

}  // namespace
}  // namespace umber::test
