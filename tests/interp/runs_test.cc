// Metering, pausing and killing: the same program gives the same result and costs the same however often it is stopped.
#include <thread>

#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

const char* const kSort = R"((module
  (memory 1)
  (func $fill (param $n i32) (local $i i32) (local $x i32)
    (local.set $x (i32.const 12345))
    (loop $l
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (i32.shr_u (local.get $x) (i32.const 8)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  (func $sift (param $i i32) (param $j i32) (local $a i32) (local $b i32)
    (local.set $a (i32.load (i32.shl (local.get $i) (i32.const 2))))
    (local.set $b (i32.load (i32.shl (local.get $j) (i32.const 2))))
    (if (i32.gt_u (local.get $a) (local.get $b)) (then
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $b))
      (i32.store (i32.shl (local.get $j) (i32.const 2)) (local.get $a)))))
  (func (export "run") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $hash i32)
    (call $fill (local.get $n))
    (loop $outer
      (local.set $j (i32.add (local.get $i) (i32.const 1)))
      (block $done (loop $inner
        (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
        (call $sift (local.get $i) (local.get $j))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br $inner)))
      (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.set $i (i32.const 0))
    (loop $sum
      (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 31)) (i32.load (i32.shl (local.get $i) (i32.const 2)))))
      (br_if $sum (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $hash))
  (func (export "hang") (loop $l (br $l)))
  (func (export "copy") (loop $l (memory.copy (i32.const 0) (i32.const 1) (i32.const 65535)) (br $l)))))";

class Runs : public ::testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Runs, ::testing::ValuesIn(kModes), [](const auto& info) { return name_of(info.param); });

// A checkpoint, or an operation that is a function, goes on with the next instruction by a jump: half a million frames would not fit.
TEST_P(Runs, GoingOnNeedsNoNativeStack) {
  ExecutionConfig config;
  config.slice = 1;
  Guest guest(GetParam(), config);
  guest.add(R"((module (memory 1)
    (func $same (param i32) (result i32) (local.get 0))
    (func (export "run") (param $n i32) (result i32)
      (loop $l
        (memory.fill (i32.const 8) (i32.const 7) (i32.const 1))
        (local.set $n (call $same (i32.sub (local.get $n) (i32.const 1))))
        (br_if $l (local.get $n)))
      (i32.load8_u (i32.const 8)))))");
  EXPECT_EQ(guest.result("run", {500'000}), 7u);
}

TEST_P(Runs, PausingAtEveryCheckpointChangesNothing) {
  Guest plain(GetParam());
  plain.add(kSort);
  const uint64_t expected = plain.result("run", {25});
  const uint64_t fuel = plain.execution.fuel_consumed();

  ExecutionConfig config;
  config.slice = 1;
  Guest guest(GetParam(), config);
  guest.add(kSort);
  guest.execution.request_pause();
  RunStatus status = guest.call("run", {25});
  int pauses = 0;
  for (; status == RunStatus::Suspended; ++pauses) {
    guest.execution.request_pause();
    status = guest.execution.resume();
  }
  ASSERT_EQ(status, RunStatus::Done);
  EXPECT_EQ(guest.values[0].bits, expected);
  EXPECT_EQ(guest.execution.fuel_consumed(), fuel);
  EXPECT_GT(pauses, 600);
}

TEST_P(Runs, FuelIsExactToTheUnit) {
  Guest guest(GetParam());
  guest.add(kSort);
  (void)guest.result("run", {20});
  const uint64_t fuel = guest.execution.fuel_consumed();
  for (uint64_t less : {uint64_t{1}, uint64_t{100}, fuel / 2, fuel - 1, fuel}) {
    guest.execution.set_fuel(fuel - less);
    ASSERT_EQ(guest.call("run", {20}), RunStatus::Trapped) << less;
    EXPECT_EQ(guest.trap().kind, TrapKind::OutOfFuel);
    EXPECT_GE(guest.trap().frame_count, 1u);
  }
  guest.execution.set_fuel(fuel);
  EXPECT_EQ(guest.call("run", {20}), RunStatus::Done);
  EXPECT_EQ(guest.execution.fuel_remaining(), 0u);
}

TEST(RunsInAllModes, CostTheSame) {
  uint64_t fuel = 0;
  for (const Mode& mode : kModes) {
    Guest guest(mode);
    guest.add(kSort);
    (void)guest.result("run", {30});
    if (fuel == 0) fuel = guest.execution.fuel_consumed();
    EXPECT_EQ(guest.execution.fuel_consumed(), fuel) << name_of(mode);
  }
}

TEST_P(Runs, KillEndsLoopsAndCopies) {
  for (const char* name : {"hang", "copy"}) {
    Guest guest(GetParam());
    guest.add(kSort);
    std::thread killer([&] { guest.execution.request_kill(); });
    ASSERT_EQ(guest.call(name), RunStatus::Trapped);
    killer.join();
    EXPECT_EQ(guest.trap().kind, TrapKind::Killed);
    EXPECT_EQ(guest.trap().frame_count, 1u);
  }
}

TEST_P(Runs, AbandonedRunsLeaveTheExecutionUsable) {
  Guest guest(GetParam());
  guest.add(kSort);
  const uint64_t expected = guest.result("run", {10});
  guest.execution.request_pause();
  ASSERT_EQ(guest.call("run", {25}), RunStatus::Suspended);
  guest.execution.abandon();
  EXPECT_EQ(guest.result("run", {10}), expected);
}

TEST_P(Runs, AllocationFailuresWhileEncodingAreTraps) {
  // The allocator of the interpreter fails at the n-th allocation from the first call on.
  uint64_t failures = 0;
  for (uint64_t n = 0;; ++n) {
    linux_port::Platform platform;
    TestAllocator allocator;
    {
      Interpreter interpreter(allocator, {.registers = GetParam().registers});
      const TextModule module(kSort);
      Store store(platform.allocator, Guest::config_of(GetParam()), &platform.virtual_memory, &platform.clock);
      Linker linker(store);
      Execution execution(store);
      ASSERT_TRUE(execution.init().ok());
      Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
      ASSERT_TRUE(instance.ok());
      allocator.fail_after(n);
      Slot values[2] = {};
      values[0].u64 = 5;
      const RunStatus status = execution.call(*(*instance)->find_func("run"), values);
      if (!allocator.has_failed()) {
        EXPECT_EQ(status, RunStatus::Done);
        break;
      }
      ++failures;
      ASSERT_EQ(status, RunStatus::Trapped);
      EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfMemory);
      allocator.fail_after(TestAllocator::kUnlimited);
      values[0].u64 = 5;
      EXPECT_EQ(execution.call(*(*instance)->find_func("run"), values), RunStatus::Done) << "the next attempt works";
    }
    EXPECT_EQ(allocator.outstanding_bytes(), 0u);
  }
  EXPECT_GT(failures, 5u);
}

}  // namespace
}  // namespace umber::test
