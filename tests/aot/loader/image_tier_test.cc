// Compiled code against the interpreter: traps with their backtraces, fuel, kill, calls between instances and tiers.
#include <chrono>
#include <thread>

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kTraps = R"((module
  (memory 1) (table 4 funcref)
  (type $v (func)) (elem (i32.const 1) $takes)
  (func $leaf (param i32) (result i32) (i32.load offset=8 (local.get 0)))
  (func $mid (param i32) (result i32) (i32.add (call $leaf (local.get 0)) (i32.const 1)))
  (func $takes (param i32))
  (func (export "load") (drop (call $mid (i32.const -1))))
  (func (export "unused load") (drop (i32.load (i32.const 65533))))
  (func (export "pointless branch") (block $b (br_if $b (i32.load (i32.const 65533))) (br $b)))
  (func $same (param $v i32) (result i32) (i32.xor (local.get $v) (local.get $v)))
  (func (export "cancelled load") (drop (call $same (i32.load (i32.const 65533)))))
  (func (export "cancelled loads") (result i32)
    (i32.sub (i32.load (i32.const 65533)) (i32.load (i32.const 65533))))
  (global $left (mut i32) (i32.const 10))
  (func (export "load of a condition")
    (if (i32.eqz (global.get $left)) (then (unreachable)))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    (if (i32.load16_s (i32.const 65535)) (then (br_if 1 (global.get $left)) (call $takes (i32.const 1)))))
  (func (export "masked load") (result i32) (i32.and (i32.load8_u (i32.const 65536)) (i32.const 256)))
  (func (export "store") (i64.store (i32.const 65529) (i64.const 1)))
  (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.load (i32.const 0)))))
  (func (export "unreachable") (call $inner))
  (func $inner unreachable)
  (func (export "undefined") (call_indirect (type $v) (i32.const 7)))
  (func (export "uninitialized") (call_indirect (type $v) (i32.const 0)))
  (func (export "mismatch") (call_indirect (type $v) (i32.const 1)))
  (func (export "fill") (memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)))
  (func (export "convert") (drop (i32.trunc_f32_s (f32.const nan))))))";

class TrapTest : public testing::TestWithParam<BoundsMode> {};

TEST_P(TrapTest, BacktracesEqualTheInterpreters) {
  const TextModule module(kTraps);
  Machine compiled(true, GetParam());
  Machine interpreted(false, GetParam());
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : {"load", "unused load", "pointless branch", "cancelled load", "cancelled loads", "load of a condition", "masked load", "store", "divide", "unreachable", "undefined", "uninitialized", "mismatch", "fill", "convert"}) {
    EXPECT_EQ(compiled.trap_of(a, name), interpreted.trap_of(b, name)) << name;
  }
}

// At -Os a trap lies behind the branch round it, and functions that need little stack do not look at its end.
TEST_P(TrapTest, BacktracesOfSmallCodeEqualTheInterpreters) {
  const TextModule module(kTraps);
  const BoundsChecks bounds = GetParam() == BoundsMode::Guarded ? BoundsChecks::Guard : BoundsChecks::Explicit;
  for (const Optimization level : {Optimization::Os, Optimization::Oz, Optimization::O3}) {
    for (const Interruption interruption : {Interruption::Heartbeat, Interruption::Budget}) {
      CompilingTier small(host_options(bounds, interruption, level));
      Machine compiled(true, GetParam());
      Machine interpreted(false, GetParam());
      Instance* a = compiled.instantiate(module, &small);
      Instance* b = interpreted.instantiate(module);
      for (const char* name : {"load", "unused load", "cancelled load", "cancelled loads", "load of a condition", "masked load", "store", "divide", "unreachable", "undefined", "uninitialized", "mismatch", "fill", "convert"}) {
        EXPECT_EQ(compiled.trap_of(a, name), interpreted.trap_of(b, name)) << name;
      }
    }
  }
}

// What was set before an access traps has been set: neither overwritten unseen later, nor kept in a register by a loop.
TEST_P(TrapTest, GlobalsAreWhatTheInterpreterLeaves) {
  const TextModule module(R"((module
    (memory 1) (global $g (mut i32) (i32.const 5))
    (func (export "twice") (global.set $g (i32.const 6)) (i32.store (i32.const 65533) (i32.const 0)) (global.set $g (i32.const 7)))
    (func (export "loop") (local $at i32)
      (loop $next
        (global.set $g (i32.add (global.get $g) (i32.const 1)))
        (i32.store8 (local.get $at) (i32.const 1))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))
    (func (export "invariant")
      (loop $next
        (if (i32.eqz (global.get $g)) (then (return)))
        (global.set $g (i32.sub (global.get $g) (i32.const 1)))
        (br_if $next (i32.eqz (i32.load8_u (i32.const -40))))
        (if (i32.eqz (global.get $g)) (then (return)))
        (global.set $g (i32.sub (global.get $g) (i32.const 1)))
        (br_if $next (i32.eqz (i32.load (i32.const 16))))))
    (func (export "g") (result i32) (global.get $g))))");
  Machine compiled(true, GetParam()), interpreted(false, GetParam());
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  const auto kind = [](const std::string& trap) { return trap.substr(0, trap.find('\n')); };
  for (const char* name : {"twice", "loop", "twice", "invariant"}) {
    EXPECT_EQ(kind(compiled.trap_of(a, name)), kind(interpreted.trap_of(b, name))) << name;
    std::vector<Slot> left, right;
    ASSERT_EQ(compiled.call(a, "g", left), RunStatus::Done);
    ASSERT_EQ(interpreted.call(b, "g", right), RunStatus::Done);
    EXPECT_EQ(left[0].u32, right[0].u32) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Bounds, TrapTest, testing::Values(BoundsMode::Guarded, BoundsMode::Checked));

constexpr const char* kLoops = R"((module
  (memory 1)
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "sum") (param $n i32) (result i32) (local $i i32) (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.load (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $s))
  (func (export "nest") (param $n i32) (result i32) (local $i i32) (local $j i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (i32.store (i32.shl (local.get $j) (i32.const 2)) (local.get $i))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $inner (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))
    (i32.load (i32.const 16)))
  (func (export "forever") (loop $l (br $l)))
  (func (export "recurse") (call 4))))";

TEST(Fuel, SameAsTheInterpreters) {
  const TextModule module(kLoops);
  Machine compiled(true);
  Machine interpreted(false);
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : {"fib", "sum", "nest"}) {
    for (const uint32_t n : {1u, 2u, 15u, 100u, 5000u}) {
      if (name == std::string("fib") && n > 20) continue;
      if (name == std::string("nest") && n > 1000) continue;
      compiled.execution.set_fuel(kUnlimitedFuel);
      interpreted.execution.set_fuel(kUnlimitedFuel);
      std::vector<Slot> x = {Slot{n}};
      std::vector<Slot> y = {Slot{n}};
      ASSERT_EQ(compiled.call(a, name, x), RunStatus::Done);
      ASSERT_EQ(interpreted.call(b, name, y), RunStatus::Done);
      EXPECT_EQ(x[0].u32, y[0].u32) << name << " " << n;
      EXPECT_EQ(compiled.execution.fuel_consumed(), interpreted.execution.fuel_consumed()) << name << " " << n;
    }
  }
}

TEST(Fuel, RunsOut) {
  const TextModule module(kLoops);
  Machine machine(true);
  Instance* instance = machine.instantiate(module);
  machine.execution.set_fuel(100'000);
  EXPECT_EQ(machine.trap_of(instance, "forever").substr(0, 22), "wasm trap: out of fuel");
  EXPECT_GE(machine.execution.fuel_consumed(), 100'000u);
}

TEST(Fuel, CodeThatDoesNotCountItIsNotRunWithALimit) {
  const TextModule module(kLoops);
  Machine machine(true, BoundsMode::Guarded, Interruption::Heartbeat);
  Instance* instance = machine.instantiate(module);
  machine.execution.set_fuel(100'000);
  EXPECT_NE(machine.trap_of(instance, "forever").find("compile it with --fuel"), std::string::npos);
}

class KillTest : public testing::TestWithParam<Interruption> {};
INSTANTIATE_TEST_SUITE_P(Interruptions, KillTest, testing::Values(Interruption::Budget, Interruption::Heartbeat));

TEST_P(KillTest, DeadlineEndsALoop) {
  const TextModule module(kLoops);
  Machine machine(true, BoundsMode::Guarded, GetParam());
  Instance* instance = machine.instantiate(module);
  machine.execution.set_deadline(machine.platform.clock.now_ns() + 30'000'000);
  EXPECT_EQ(machine.trap_of(instance, "forever").substr(0, 28), "wasm trap: deadline exceeded");
}

TEST_P(KillTest, EndsALoop) {
  const TextModule module(kLoops);
  Machine machine(true, BoundsMode::Guarded, GetParam());
  Instance* instance = machine.instantiate(module);
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    machine.execution.request_kill();
  });
  EXPECT_EQ(machine.trap_of(instance, "forever").substr(0, 17), "wasm trap: killed");
  killer.join();
}

TEST(Stack, OverflowIsATrapAndTheNextCallRuns) {
  const TextModule module(kLoops);
  Machine machine(true);
  Instance* instance = machine.instantiate(module);
  EXPECT_EQ(machine.trap_of(instance, "recurse").substr(0, 31), "wasm trap: call stack exhausted");
  EXPECT_GT(machine.execution.last_trap().frame_count, 1000u);
  std::vector<Slot> values = {Slot{10}};
  EXPECT_EQ(machine.call(instance, "fib", values), RunStatus::Done);
  EXPECT_EQ(values[0].u32, 55u);
}

TEST(Tiers, CallEachOther) {
  const TextModule inner(R"((module (func (export "f") (param i32 f64) (result f64 i64)
    (if (i32.eqz (local.get 0)) (then unreachable))
    (f64.add (local.get 1) (f64.const 0.5)) (i64.extend_i32_u (local.get 0)))))");
  const TextModule outer(R"((module (import "inner" "f" (func $f (param i32 f64) (result f64 i64)))
    (func $g (export "g") (param i32) (result i64 f64) (local f64 i64)
      (call $f (local.get 0) (f64.const 1)) (local.set 2) (local.set 1) (local.get 2) (local.get 1))
    (func (export "trap") (drop (drop (call $g (i32.const 0)))))))");
  for (const bool inner_is_compiled : {false, true}) {
    for (const bool outer_is_compiled : {false, true}) {
      Machine machine(true);
      Instance* a = machine.instantiate(inner, inner_is_compiled ? static_cast<Tier*>(&machine.compiler) : &machine.interpreter);
      ASSERT_TRUE(machine.linker.define_instance("inner", *a).ok());
      Instance* b = machine.instantiate(outer, outer_is_compiled ? static_cast<Tier*>(&machine.compiler) : &machine.interpreter);
      std::vector<Slot> values = {Slot{7}};
      ASSERT_EQ(machine.call(b, "g", values), RunStatus::Done);
      EXPECT_EQ(values[0].i64, 7);
      EXPECT_EQ(values[1].f64, 1.5);
      EXPECT_EQ(machine.trap_of(b, "trap").substr(0, 22), "wasm trap: unreachable");
      EXPECT_EQ(machine.execution.last_trap().frame_count, 3u);
    }
  }
}

TEST(TailCalls, TakeNoStack) {
  const TextModule module(R"((module
    (type $t (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32))) (table funcref (elem $even8))
    (func $odd (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
        (else (return_call $even (i32.const 1) (i64.const 2) (i32.sub (local.get 0) (i32.const 1))))))
    (func $even (param i32 i64 i32) (result i32)
      (if (result i32) (i32.eqz (local.get 2)) (then (i32.const 1))
        (else (return_call_indirect (type $t) (local.get 2) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
          (i32.const 6) (i32.const 7) (i32.const 0)))))
    (func $even8 (type $t) (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
    (func (export "f") (param i32) (result i32) (return_call $odd (local.get 0)))))");
  Machine machine(true);
  Instance* instance = machine.instantiate(module);
  std::vector<Slot> values = {Slot{3'000'001}};
  ASSERT_EQ(machine.call(instance, "f", values), RunStatus::Done);
  EXPECT_EQ(values[0].u32, 1u);
}

}  // namespace
}  // namespace umber::aot::test
