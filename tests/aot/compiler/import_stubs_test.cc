// Calls of imports through an image's stubs, as code at -Os makes them: values of all types get there and back, traps and exceptions name their
// places, and functions that have no stub are called as well. Boards' stubs run in the official suite (umber-spectest --target, --code small).
#include "aot/compiler/import_stubs.h"

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kInner = R"((module
  (tag $tag (export "tag") (param i64))
  (func (export "none"))
  (func (export "mixed") (param i32 f64 i64 f32) (result f64)
    (f64.add (f64.add (f64.convert_i32_s (local.get 0)) (local.get 1)) (f64.add (f64.convert_i64_s (local.get 2)) (f64.promote_f32 (local.get 3)))))
  (func (export "six") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.sub (i32.mul (local.get 0) (i32.mul (local.get 1) (local.get 2))) (i32.mul (local.get 3) (i32.mul (local.get 4) (local.get 5)))))
  (func (export "seven") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.sub (local.get 0) (local.get 6)))
  (func (export "float") (param f32) (result f32) (f32.neg (local.get 0)))
  (func (export "reference") (param externref) (result externref) (local.get 0))
  (func (export "pair") (param i32) (result i32 i64) (local.get 0) (i64.const 5))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "throw") (param i64) (throw $tag (local.get 0)))))";

constexpr const char* kOuter = R"((module
  (import "inner" "tag" (tag $tag (param i64)))
  (import "inner" "none" (func $none))
  (import "inner" "mixed" (func $mixed (param i32 f64 i64 f32) (result f64)))
  (import "inner" "six" (func $six (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "inner" "seven" (func $seven (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "inner" "float" (func $float (param f32) (result f32)))
  (import "inner" "reference" (func $reference (param externref) (result externref)))
  (import "inner" "pair" (func $pair (param i32) (result i32 i64)))
  (import "inner" "divide" (func $divide (param i32 i32) (result i32)))
  (import "inner" "throw" (func $throw (param i64)))
  (func (export "mixed") (param i32) (result f64)
    (call $none)
    (call $mixed (i32.const -3) (f64.const 0.25) (i64.const 0x100000000) (f32.convert_i32_u (local.get 0))))
  (func (export "six") (param i32) (result i32)
    (call $six (local.get 0) (i32.const 3) (i32.const 5) (i32.const 7) (i32.const 11) (i32.const 13)))
  (func (export "seven") (param i32) (result i32)
    (call $seven (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)))
  (func (export "float") (param i32) (result f32) (call $float (f32.convert_i32_u (local.get 0))))
  (func (export "reference") (param i32) (result i32) (ref.is_null (call $reference (ref.null extern))))
  (func (export "pair") (param i32) (result i64) (local i64)
    (call $pair (local.get 0)) (local.set 1) (i64.extend_i32_u) (i64.sub (local.get 1)))
  (func $half (export "half") (param i32) (result i32)
    (i32.add (call $divide (local.get 0) (i32.const 2)) (call $divide (i32.const 100) (local.get 0))))
  (func (export "trap") (drop (call $half (i32.const 0))))
  (func (export "uncaught") (call $throw (i64.const 1)))
  (func (export "caught") (param i32) (result i64)
    (block $b (result i64) (try_table (catch $tag $b) (call $throw (i64.extend_i32_u (local.get 0)))) (i64.const 0)))))";

class ImportStubs : public testing::TestWithParam<std::pair<BoundsMode, Interruption>> {
 protected:
  ImportStubs()
      : machine_(true, GetParam().first),
        small_(host_options(GetParam().first == BoundsMode::Guarded ? BoundsChecks::Guard : BoundsChecks::Explicit, GetParam().second, Optimization::Os)) {
    Instance* inner = machine_.instantiate(inner_, &small_);
    EXPECT_TRUE(machine_.linker.define_instance("inner", *inner).ok());
    outer_instance_ = machine_.instantiate(outer_, &small_);
  }
  Slot result_of(const char* name, uint32_t argument) {
    std::vector<Slot> values = {Slot{argument}};
    EXPECT_EQ(machine_.call(outer_instance_, name, values), RunStatus::Done) << name;
    return values[0];
  }
  const TextModule inner_{kInner};
  const TextModule outer_{kOuter};
  Machine machine_;
  CompilingTier small_;
  Instance* outer_instance_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Modes, ImportStubs,
                         testing::Values(std::pair(BoundsMode::Guarded, Interruption::Heartbeat), std::pair(BoundsMode::Checked, Interruption::Budget)));

TEST_P(ImportStubs, PassValues) {
  EXPECT_EQ(result_of("mixed", 7).f64, 4'294'967'300.25);
  EXPECT_EQ(result_of("six", 2).i32, 30 - 1001);
  EXPECT_EQ(result_of("float", 3).f32, -3.0f);
  EXPECT_EQ(result_of("reference", 0).i32, 1);
  EXPECT_EQ(result_of("half", 10).i32, 15);
}

TEST_P(ImportStubs, AreNotNeeded) {
  EXPECT_EQ(result_of("seven", 9).i32, 2);
  EXPECT_EQ(result_of("pair", 9).i64, 4);
}

TEST_P(ImportStubs, TrapsAndExceptionsNameTheCall) {
  Machine interpreted(false, GetParam().first);
  ASSERT_TRUE(interpreted.linker.define_instance("inner", *interpreted.instantiate(inner_)).ok());
  Instance* outer = interpreted.instantiate(outer_);
  EXPECT_EQ(machine_.trap_of(outer_instance_, "trap"), interpreted.trap_of(outer, "trap"));
  EXPECT_EQ(machine_.execution.last_trap().frame_count, 3u);
  EXPECT_EQ(machine_.trap_of(outer_instance_, "uncaught"), interpreted.trap_of(outer, "uncaught"));
  EXPECT_EQ(result_of("caught", 33).i64, 33);
}

TEST(ImportStub, IsForFewWordsAndOneResult) {
  const TextModule text(kOuter);
  const std::vector<bool> wide = {true, true, true, false, true, true, false, true, true};
  for (uint32_t i = 0; i < wide.size(); ++i) EXPECT_EQ(has_import_stub(text.module, i, 8), wide[i]) << i;
  const TextModule longs("(module (import \"a\" \"b\" (func (param i64 i64 i64))) (import \"a\" \"c\" (func (param i64 i64 i64 i32)))"
                         " (import \"a\" \"d\" (func (result v128))) (import \"a\" \"e\" (func (param v128))))");
  EXPECT_TRUE(has_import_stub(longs.module, 0, 4));
  EXPECT_FALSE(has_import_stub(longs.module, 1, 4));
  EXPECT_TRUE(has_import_stub(longs.module, 1, 8));
  EXPECT_FALSE(has_import_stub(longs.module, 2, 8));
  EXPECT_FALSE(has_import_stub(longs.module, 3, 8));
}

TEST(ImportStub, SymbolsAreNumbers) {
  EXPECT_EQ(import_of(import_symbol(17)), 17u);
  EXPECT_FALSE(import_of("import"));
  EXPECT_FALSE(import_of("imports1"));
  EXPECT_FALSE(import_of("f17"));
}

}  // namespace
}  // namespace umber::aot::test
