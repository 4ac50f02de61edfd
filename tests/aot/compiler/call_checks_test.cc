// Bounds checks as calls of routines, in code for small processors at -Os. What they do is tested on boards (tests/boards/run).
#include "aot/compiler/call_checks.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

/// A function of so many loads, each at an index of its own, of the same reach.
std::string loads(int count, const std::string& load = "i32.load offset=4", const std::string& name = "f") {
  std::string body;
  for (int i = 0; i < count; ++i)
    body += "(local.set $s (i32.add (local.get $s) (" + load + " (i32.mul (local.get 0) (i32.const " + std::to_string(2 * i + 3) + ")))))";
  return "(func (export \"" + name + "\") (param i32) (result i32) (local $s i32) " + body + " (local.get $s))";
}

std::string compiled(const std::string& functions, const char* target, Output output, Interruption interruption = Interruption::Heartbeat,
                     Optimization level = Optimization::Os) {
  const TextModule module("(module (memory 1) " + functions + ")");
  CompileOptions options = host_options(BoundsChecks::Explicit, interruption, level);
  options.target = find_target(StringRef(target)).value();
  const Result<std::vector<uint8_t>> text = compile(module.module, options, output);
  EXPECT_TRUE(text.ok()) << target << ": " << text.error().message().c_str();
  return text.ok() ? std::string(text.value().begin(), text.value().end()) : "";
}

size_t count_of(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

class CheckCalls : public testing::TestWithParam<const char*> {};

TEST_P(CheckCalls, EachIsOneIfTheDistanceIsFrequent) {
  EXPECT_EQ(count_of(compiled(loads(30), GetParam(), Output::LlvmIr), "check7_$0"), 30u);
  EXPECT_EQ(count_of(compiled(loads(5), GetParam(), Output::LlvmIr), "check7_$0"), 5u);
  EXPECT_EQ(count_of(compiled(loads(2), GetParam(), Output::LlvmIr), "check7_$0"), 2u);
  EXPECT_EQ(count_of(compiled(loads(30, "i32.load8_u"), GetParam(), Output::LlvmIr), "check0_$0"), 30u);
}

TEST_P(CheckCalls, RareAndFarDistancesAreCompared) {
  EXPECT_EQ(count_of(compiled(loads(1), GetParam(), Output::LlvmIr), "check7_"), 0u);
  const std::string far = compiled(loads(30, "i32.load offset=5000"), GetParam(), Output::LlvmIr);
  EXPECT_EQ(count_of(far, "check"), 0u);
  EXPECT_GE(count_of(far, " icmp "), 30u);
}

TEST_P(CheckCalls, RedundantOnesFallAway) {
  const std::string twice = "(func (export \"g\") (param i32) (result i32) (i32.add (i32.load (local.get 0)) (i32.load (local.get 0))))";
  EXPECT_EQ(count_of(compiled(loads(10, "i32.load") + twice, GetParam(), Output::LlvmIr), "check3_$0"), 11u);
}

TEST_P(CheckCalls, OnlyWhereCodeIsToBeSmallAndATrapIsOnlyACall) {
  EXPECT_EQ(count_of(compiled(loads(30), GetParam(), Output::LlvmIr, Interruption::Heartbeat, Optimization::O2), "check7_"), 0u);
  EXPECT_EQ(count_of(compiled(loads(30), GetParam(), Output::LlvmIr, Interruption::Budget), "check7_"), 0u);
}

TEST_P(CheckCalls, RoutinesAreLinked) {
  EXPECT_NE(compiled(loads(30) + loads(5, "i32.load8_s offset=1", "g"), GetParam(), Output::Image).size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Targets, CheckCalls, testing::Values("cortex-m3", "cortex-m4f", "cortex-m33", "cortex-m55", "rv32imac", "rv32imafc"));

TEST(SmallestCores, CompareAll) {
  EXPECT_EQ(count_of(compiled(loads(30), "cortex-m0plus", Output::LlvmIr), "check7_"), 0u);
  EXPECT_NE(compiled(loads(30), "cortex-m0plus", Output::Image).size(), 0u);
}

/// Return addresses in a function of the outliner's would have no place.
TEST(LabelCalls, AreNotOutlined) {
  std::string functions = "(func $g (param i32 i32 i32) (result i32) (i32.div_u (local.get 0) (call $g (local.get 1) (local.get 2) (local.get 0))))";
  for (int i = 0; i < 12; ++i)
    functions += "(func (param i32) (result i32) (i32.add (i32.const " + std::to_string(i) +
                 ") (call $g (i32.mul (local.get 0) (i32.const 77777)) (i32.const 55555) (i32.const 99999))))";
  const std::string assembly = compiled(functions, "cortex-m4f", Output::Assembly);
  for (size_t at = assembly.find("\nOUTLINED"); at != std::string::npos; at = assembly.find("\nOUTLINED", at + 1)) {
    const std::string body = assembly.substr(at, assembly.find("\n.Lfunc_end", at) - at);
    EXPECT_EQ(body.find("\tbl\t"), std::string::npos) << body;
    EXPECT_EQ(body.find("\tb\t"), std::string::npos) << body;
  }
  EXPECT_GE(count_of(assembly, "\tbl\tf0"), 12u);
}

}  // namespace
}  // namespace umber::aot::test
