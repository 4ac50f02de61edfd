// Exceptions in compiled code beyond what the official suite covers: across instances, through functions that know nothing of
// them, with references as payload while the heap collects, and uncaught.
#include "runtime/exception.h"
#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kThrower = R"((module
  (type $box (struct (field (mut i64))))
  (tag $t (export "t") (param i32 (ref null $box) f64))
  (func (export "throw") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
    (throw $t (local.get 0) (struct.new $box (i64.extend_i32_u (local.get 0))) (f64.const 0.5)))))";

constexpr const char* kCatcher = R"((module
  (type $box (struct (field (mut i64))))
  (import "thrower" "t" (tag $t (param i32 (ref null $box) f64)))
  (import "thrower" "throw" (func $throw (param i32) (result i32)))
  (tag $own (param i64))
  (memory 1)
  ;; Nothing here but calls: exceptions pass.
  (func $passes (param i32) (result i32) (i32.add (call $throw (local.get 0)) (i32.const 1)))
  (func (export "catch") (param $n i32) (result i64) (local $r (ref null $box)) (local $e exnref)
    (block $done (result i32 (ref null $box) f64)
      (block $other (result i64)
        (try_table (catch $own $other) (catch $t $done)
          (try_table (catch $own $other)
            (return (i64.extend_i32_u (call $passes (local.get $n))))))
        unreachable)
      unreachable)
    (drop) (local.set $r)
    (drop (struct.new $box (i64.const -1)))
    (i64.add (i64.extend_i32_u) (struct.get $box 0 (local.get $r))))
  (func (export "rethrow") (param $n i32) (result i64)
    (block $all (result exnref)
      (try_table (catch_all_ref $all) (return (i64.extend_i32_u (call $passes (local.get $n)))))
      unreachable)
    (throw_ref))
  (func (export "own") (param $n i32) (result i64)
    (block $b (result i64)
      (try_table (catch $own $b) (throw $own (i64.extend_i32_u (local.get $n))))
      unreachable))
  (func (export "trap") (param $n i32) (result i64)
    (block $all (try_table (catch_all $all) (drop (i32.load (i32.const -1))) (return (i64.const 1))))
    (i64.const 2))
  (func (export "loop") (param $n i32) (result i64) (local $s i64)
    (loop $l
      (block $b (result i64)
        (try_table (catch $own $b) (throw $own (i64.extend_i32_u (local.get $n))))
        unreachable)
      (local.set $s (i64.add (local.get $s)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))))";

class ExceptionTest : public testing::TestWithParam<Interruption> {
 protected:
  ExceptionTest() : machine_(true, BoundsMode::Guarded, GetParam()) {
    Instance* thrower = machine_.instantiate(thrower_);
    EXPECT_TRUE(machine_.linker.define_instance("thrower", *thrower).ok());
    catcher_instance_ = machine_.instantiate(catcher_);
  }
  RunStatus call(const char* name, uint32_t n, int64_t& result) {
    std::vector<Slot> values = {Slot{n}};
    const RunStatus status = machine_.call(catcher_instance_, name, values);
    result = values[0].i64;
    return status;
  }
  const TextModule thrower_{kThrower};
  const TextModule catcher_{kCatcher};
  Machine machine_;
  Instance* catcher_instance_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Interruptions, ExceptionTest, testing::Values(Interruption::Budget, Interruption::Heartbeat));

TEST_P(ExceptionTest, IsCaughtWithItsPayload) {
  int64_t result = 0;
  ASSERT_EQ(call("catch", 0, result), RunStatus::Done);
  EXPECT_EQ(result, 78);
  ASSERT_EQ(call("catch", 21, result), RunStatus::Done);
  EXPECT_EQ(result, 42);
  ASSERT_EQ(call("own", 5, result), RunStatus::Done);
  EXPECT_EQ(result, 5);
  ASSERT_EQ(call("loop", 1000, result), RunStatus::Done);
  EXPECT_EQ(result, 500500);
}

TEST_P(ExceptionTest, UncaughtEndsTheRunAndTheNextOneWorks) {
  int64_t result = 0;
  ASSERT_EQ(call("rethrow", 9, result), RunStatus::Trapped);
  const Trap& trap = machine_.execution.last_trap();
  EXPECT_EQ(trap.kind, TrapKind::UncaughtException);
  EXPECT_EQ(ExceptionView(trap.exception).payload(machine_.store)[0].u32, 9u);
  EXPECT_GE(trap.frame_count, 1u);
  ASSERT_EQ(call("rethrow", 0, result), RunStatus::Done);
  EXPECT_EQ(result, 78);
}

TEST_P(ExceptionTest, TrapsAreNotCaught) {
  int64_t result = 0;
  ASSERT_EQ(call("trap", 1, result), RunStatus::Trapped);
  EXPECT_EQ(machine_.execution.last_trap().kind, TrapKind::MemoryOutOfBounds);
}

/// Many nested ranges around one call: landings are made one after the other, not by recursion, and code stays linear in them.
TEST(Exceptions, DeeplyNestedRanges) {
  constexpr int kDepth = 3000;
  std::string source = "(module (tag $t) (tag $u) (func $thrower (throw $t)) (func (export \"f\") (param i32) (result i64) (block $out ";
  for (int i = 0; i < kDepth; ++i) source += i == 0 ? "(try_table (catch $t $out) " : "(try_table (catch $u $out) ";
  source += "(call $thrower)" + std::string(kDepth, ')') + "(return (i64.const 1))) (i64.const 2)))";
  const TextModule module(source);
  Machine machine(true);
  Instance* instance = machine.instantiate(module);
  ASSERT_NE(instance, nullptr);
  std::vector<Slot> values = {Slot{0}};
  ASSERT_EQ(machine.call(instance, "f", values), RunStatus::Done);
  EXPECT_EQ(values[0].i64, 2);
}

}  // namespace
}  // namespace umber::aot::test
