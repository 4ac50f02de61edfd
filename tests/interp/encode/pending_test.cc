// Sums of many terms: whatever is joined, no term may get lost. Each term lies somewhere else: a parameter, a byte of memory, a product.
// Nor may a load that waits, which traps whether anybody wants its value or not.
#include <string>

#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

class Pending : public ::testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Pending, ::testing::ValuesIn(kModes), [](const auto& info) { return name_of(info.param); });

/// Term number i; its value for parameters 1000, 2000.
std::string term(unsigned i, uint64_t& value) {
  switch (i % 3) {
    case 0: value = 3 + 7 * i; return "(i32.load8_u offset=" + std::to_string(i) + " (local.get 2))";
    case 1: value = i % 2 == 0 ? 1000 : 2000; return "(local.get " + std::to_string(i % 2 == 0 ? 0 : 1) + ")";
    default: value = 1000 * (i + 2); return "(i32.mul (local.get 0) (i32.const " + std::to_string(i + 2) + "))";
  }
}

/// first, first + 1, …: added from the left, or from the right.
std::string sum(unsigned first, unsigned count, bool from_left, uint64_t& value) {
  uint64_t part = 0;
  std::string text = term(first, part);
  value = part;
  for (unsigned i = first + 1; i < first + count; ++i) {
    const std::string next = term(i, part);
    value += part;
    text = from_left ? "(i32.add " + text + " " + next + ")" : "(i32.add " + next + " " + text + ")";
  }
  return text;
}

TEST_P(Pending, LongSumsKeepEveryTerm) {
  std::string source = "(module (memory 1) (data (i32.const 0) \"";
  for (unsigned i = 0; i < 16; ++i) source += "\\" + std::string(1, "0123456789abcdef"[(3 + 7 * i) / 16 % 16]) + "0123456789abcdef"[(3 + 7 * i) % 16];
  source += "\")";
  std::vector<uint64_t> expected;
  for (unsigned count = 2; count <= 12; ++count)
    for (unsigned first = 0; first < 4; ++first)
      for (const bool from_left : {true, false}) {
        uint64_t value = 0;
        const std::string text = sum(first, count, from_left, value);
        source += "(func (export \"f" + std::to_string(expected.size()) + "\") (param i32 i32) (result i32) (local i32) " + text + ")";
        expected.push_back(value);
      }
  Guest guest(GetParam());
  guest.add(source + ")");
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(guest.result(("f" + std::to_string(i)).c_str(), {1000, 2000}), expected[i]) << i;
}

// Loads into slots and registers first, as a compiler's unrolled loop has them, then one sum of all.
TEST_P(Pending, SumsOfWhatWasLoadedBefore) {
  for (unsigned count = 3; count <= 10; ++count) {
    std::string source = "(module (memory 1) (data (i32.const 8) \"\\01\\02\\04\\08\\10\\20\\40\\80\\03\\05\") (func (export \"run\") (result i32) (local i32)";
    for (unsigned i = 0; i < count; ++i) source += " (i32.load8_u offset=" + std::to_string(8 + i) + " (local.get 0))";
    for (unsigned i = 1; i < count; ++i) source += " (i32.add)";
    Guest guest(GetParam());
    guest.add(source + "))");
    constexpr unsigned kBytes[] = {1, 2, 4, 8, 16, 32, 64, 128, 3, 5};
    unsigned expected = 0;
    for (unsigned i = 0; i < count; ++i) expected += kBytes[i];
    EXPECT_EQ(guest.result("run"), expected) << count;
  }
}

// Something harmless follows that takes the place of a value nobody has read.
TEST_P(Pending, LoadsThatNobodyReadsTrap) {
  const char* const dropped[] = {
      "(i32.load (local.get 0))",
      "(i64.load offset=4 (i32.add (local.get 0) (i32.const 8)))",
      "(f64.load offset=22 (i32.load (i32.sub (local.get 0) (local.get 0))))",
      "(f32.mul (f32.load (local.get 0)) (f32.const 3))",
      "(i32.add (i32.load8_u (local.get 0)) (i32.const 1))",
      "(i32.eqz (i32.load (local.get 0)))",
  };
  const char* const after[] = {
      "(global.get $g)",
      "(i32.add (local.get 0) (i32.const 1))",
      "(select (local.get 0) (local.get 1) (local.get 1))",
      "(f64.neg (f64.const 1))",
      "(i8x16.splat (local.get 1))",
  };
  std::string source = "(module (memory 1) (data (i32.const 0) \"\\ff\\ff\\ff\\ff\") (global $g (mut i32) (i32.const 10))";
  unsigned count = 0;
  for (const char* const load : dropped)
    for (const char* const next : after)
      source += "(func (export \"f" + std::to_string(count++) + "\") (param i32 i32) (drop " + load + ") (drop " + next + "))";
  Guest guest(GetParam());
  guest.add(source + ")");
  for (unsigned i = 0; i < count; ++i) {
    ASSERT_EQ(guest.call(("f" + std::to_string(i)).c_str(), {65536, 1}), RunStatus::Trapped) << i;
    EXPECT_EQ(guest.trap().kind, TrapKind::MemoryOutOfBounds) << i;
  }
}

}  // namespace
}  // namespace umber::test
