// What code at -Os leaves to routines, run on this machine beside the interpreter: looking at the stack's end, calls through tables that never
// change, entering functions. Boards' routines run in tests/boards/run and in the official suite (umber-spectest --target, --code small).
#include "aot/compiler/stack_checks.h"
#include "aot/image/entry.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kTables = R"((module
  (type $unary (func (param i32) (result i32)))
  (type $floats (func (param f64 i32 f32) (result f64)))
  (type $many (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (table 5 funcref)
  (elem (i32.const 0) $double $negate $scale $sum)
  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  (func $scale (param f64 i32 f32) (result f64)
    (f64.mul (local.get 0) (f64.add (f64.convert_i32_s (local.get 1)) (f64.promote_f32 (local.get 2)))))
  (func $sum (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.sub (i32.mul (local.get 0) (local.get 1)) (i32.mul (i32.sub (local.get 2) (local.get 3)) (i32.sub (i32.mul (local.get 4) (local.get 5))
      (i32.mul (local.get 6) (local.get 7))))))
  (func $call (param i32 i32) (result i32) (call_indirect (type $unary) (local.get 0) (local.get 1)))
  (func (export "both") (param i32) (result i32) (i32.sub (call $call (local.get 0) (i32.const 0)) (call $call (local.get 0) (i32.const 1))))
  (func (export "floats") (param i32) (result f64)
    (call_indirect (type $floats) (f64.const 1.5) (local.get 0) (f32.const 0.25) (i32.const 2)))
  (func (export "many") (param i32) (result i32)
    (call_indirect (type $many) (i32.const 2) (i32.const 3) (i32.const 5) (i32.const 7) (i32.const 11) (local.get 0) (i32.const 13) (i32.const 17) (i32.const 3)))
  (func (export "undefined") (drop (call $call (i32.const 1) (i32.const 5))))
  (func (export "far") (drop (call $call (i32.const 1) (i32.const -1))))
  (func (export "null") (drop (call $call (i32.const 1) (i32.const 4))))
  (func (export "other") (drop (call $call (i32.const 1) (i32.const 3))))))";

constexpr const char* kEntries = R"((module
  (func (export "none"))
  (func (export "words") (param i32 i64 i32 i64) (result i64)
    (i64.add (i64.mul (i64.extend_i32_s (local.get 0)) (local.get 1)) (i64.sub (i64.extend_i32_u (local.get 2)) (local.get 3))))
  (func (export "narrow") (param i32 i32 i32 i32) (result i32) (i32.sub (i32.mul (local.get 0) (local.get 1)) (i32.mul (local.get 2) (local.get 3))))
  (func (export "five") (param i32 i32 i32 i32 i32) (result i32) (i32.sub (local.get 0) (local.get 4)))
  (func (export "float") (param f64 i32) (result f64) (f64.add (local.get 0) (f64.convert_i32_s (local.get 1))))
  (func (export "pair") (param i32) (result i32 i64) (local.get 0) (i64.const 7))
  (func (export "reference") (param externref) (result externref) (local.get 0))
  (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func (export "trap") (drop (call $inner (i32.const 0))))))";

/// Three that look, one of which goes down for ever.
constexpr const char* kRecursion = R"((module
  (func $a (export "deep") (call $b (i32.const 1)) (call $c))
  (func $b (param i32) (if (local.get 0) (then (call $c))))
  (func $c (call $a))))";

class SmallCode : public testing::TestWithParam<std::pair<BoundsMode, Interruption>> {
 protected:
  SmallCode()
      : machine_(true, GetParam().first),
        interpreted_(false, GetParam().first),
        small_(host_options(GetParam().first == BoundsMode::Guarded ? BoundsChecks::Guard : BoundsChecks::Explicit, GetParam().second, Optimization::Os)) {}
  void load(const char* source) {
    module_ = std::make_unique<TextModule>(source);
    compiled_instance_ = machine_.instantiate(*module_, &small_);
    interpreted_instance_ = interpreted_.instantiate(*module_);
  }
  /// The first result's bits, which must be the interpreter's.
  uint64_t result_of(const char* name, std::vector<Slot> values) {
    std::vector<Slot> expected = values;
    EXPECT_EQ(machine_.call(compiled_instance_, name, values), RunStatus::Done) << name;
    EXPECT_EQ(interpreted_.call(interpreted_instance_, name, expected), RunStatus::Done) << name;
    EXPECT_EQ(values[0].bits, expected[0].bits) << name;
    return values[0].bits;
  }
  void expect_same_trap(const char* name, const char* part) {
    const std::string text = machine_.trap_of(compiled_instance_, name);
    EXPECT_EQ(text, interpreted_.trap_of(interpreted_instance_, name));
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  std::unique_ptr<TextModule> module_;  // outlives its instances
  Machine machine_;
  Machine interpreted_;
  CompilingTier small_;
  Instance* compiled_instance_ = nullptr;
  Instance* interpreted_instance_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Modes, SmallCode,
                         testing::Values(std::pair(BoundsMode::Guarded, Interruption::Heartbeat), std::pair(BoundsMode::Checked, Interruption::Budget)));

TEST_P(SmallCode, CallsThroughTables) {
  load(kTables);
  EXPECT_EQ(result_of("both", {Slot{21}}), 63u);
  result_of("floats", {Slot{3}});
  result_of("many", {Slot{19}});
}

TEST_P(SmallCode, TrapsWhereTablesHaveNoSuchFunction) {
  load(kTables);
  expect_same_trap("undefined", "undefined element");
  expect_same_trap("far", "undefined element");
  expect_same_trap("null", "uninitialized element");
  expect_same_trap("other", "indirect call type mismatch");
}

TEST_P(SmallCode, IsEntered) {
  load(kEntries);
  result_of("none", {Slot{5}});
  result_of("words", {Slot{0xffff'fff9}, Slot{3'000'000'000'000}, Slot{4'000'000'000}, Slot{17}});
  EXPECT_EQ(result_of("narrow", {Slot{2}, Slot{3}, Slot{5}, Slot{7}}), 0xffff'ffe3u);
  EXPECT_EQ(result_of("five", {Slot{9}, Slot{0}, Slot{0}, Slot{0}, Slot{2}}), 7u);
  result_of("float", {Slot{0x3ff8'0000'0000'0000}, Slot{4}});
  EXPECT_EQ(result_of("pair", {Slot{8}}), 8u);
  EXPECT_EQ(result_of("reference", {Slot{0x1'0000'0006}}), 0x1'0000'0006u);
  expect_same_trap("trap", "integer divide by zero");
}

TEST_P(SmallCode, EndlessRecursionTraps) {
  load(kRecursion);
  EXPECT_NE(machine_.trap_of(compiled_instance_, "deep").find("call stack exhausted"), std::string::npos);
}

std::string ir_of(const char* source, const char* target, Interruption interruption, Optimization level) {
  const TextModule module(source);
  CompileOptions options = host_options(BoundsChecks::Explicit, interruption, level);
  if (target != nullptr) options.target = find_target(StringRef(target)).value();
  const Result<std::vector<uint8_t>> text = compile(module.module, options, Output::LlvmIr);
  EXPECT_TRUE(text.ok());
  return text.ok() ? std::string(text.value().begin(), text.value().end()) : "";
}

TEST(StackChecks, AreCallsWhereSeveralFunctionsLook) {
  for (const char* target : {"x86_64", "cortex-m0plus", "cortex-m4f", "rv32imac"}) {
    EXPECT_NE(ir_of(kRecursion, target, Interruption::Heartbeat, Optimization::Os).find("stack_check"), std::string::npos) << target;
    EXPECT_EQ(ir_of(kRecursion, target, Interruption::Heartbeat, Optimization::O2).find("stack_check"), std::string::npos) << target;
    const std::string one = ir_of("(module (func $f (export \"f\") (call $f)))", target, Interruption::Heartbeat, Optimization::Os);
    EXPECT_EQ(one.find("stack_check"), std::string::npos) << target;
    EXPECT_EQ(one.find("umber.stack"), std::string::npos) << target;
  }
}

/// Whether traps are only calls or have a budget to write back.
TEST(StackChecks, AreNeverLeftOpaque) {
  for (const Interruption interruption : {Interruption::None, Interruption::Coarse, Interruption::Budget})
    EXPECT_EQ(ir_of(kRecursion, nullptr, interruption, Optimization::Os).find("umber.stack"), std::string::npos);
}

TEST(Entry, IsForFewIntegers) {
  const TextModule module(kEntries);
  const std::vector<bool> wide = {true, true, true, false, false, false, true};
  const std::vector<bool> narrow = {true, false, true, false, false, false, false};
  for (uint32_t i = 0; i < wide.size(); ++i) {
    EXPECT_EQ(is_entered_with_words(module.module.func_type(i), 8), wide[i]) << i;
    EXPECT_EQ(is_entered_with_words(module.module.func_type(i), 4), narrow[i]) << i;
  }
}

TEST(Doubles, AreIntegersInMemoryOnArm) {
  constexpr const char* kCopy = "(module (memory 1) (func (export \"f\") (param i32) (f64.store (local.get 0) (f64.mul (f64.load offset=8 (local.get 0)) (f64.const 3)))))";
  for (const char* target : {"cortex-m4f", "cortex-m7"}) {
    for (const Optimization level : {Optimization::Os, Optimization::O3}) {
      const std::string code = ir_of(kCopy, target, Interruption::Heartbeat, level);
      EXPECT_EQ(code.find("load double"), std::string::npos) << target;
      EXPECT_EQ(code.find("store double"), std::string::npos) << target;
      EXPECT_NE(code.find("load i64"), std::string::npos) << target;
    }
  }
  EXPECT_NE(ir_of(kCopy, "x86_64", Interruption::Heartbeat, Optimization::Os).find("load double"), std::string::npos);
}

}  // namespace
}  // namespace umber::aot::test
