// The runtime's promises about runs, kept by the real interpreter: bounded kill, pause and resume, exact fuel, whole
// backtraces, failing allocations.
#include <chrono>
#include <thread>

#include "interp/interpreter.h"
#include "tests/runtime/harness.h"
#include "tests/support/prompt.h"
#include "umber/umber.h"

namespace umber::test {
namespace {

const char* const kGuest = R"((module
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $hang (export "hang") (loop $l (br $l)))
  (func $deep (export "deep") (param i32)
    (if (i32.eqz (local.get 0)) (then unreachable)) (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (memory (export "m") 1)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))))";

const char* const kEndless = R"((module (import "env" "enter" (func $enter))
  (func $hang (call $enter) (loop $l (br $l)))
  (func (export "outer") (call $hang))))";

class InterpretedRuns : public ::testing::TestWithParam<BoundsMode> {
 protected:
  InterpretedRuns() {
    EXPECT_TRUE(execution.init().ok());
    Result<Instance*> made = linker.instantiate(module, interpreter, execution);
    EXPECT_TRUE(made.ok());
    instance = *made;
  }
  RunStatus call(const char* name, uint64_t argument = 0) {
    values[0].u64 = argument;
    return execution.call(*instance->find_func(name), values);
  }
  static StoreConfig config() {
    StoreConfig config;
    config.bounds = GetParam();
    return config;
  }

  linux_port::Platform platform;
  Interpreter interpreter{platform.allocator};
  TextModule module{kGuest}, endless{kEndless};
  Store store{platform.allocator, config(), &platform.virtual_memory, &platform.clock};
  Linker linker{store};
  Execution execution{store};
  Instance* instance = nullptr;
  Slot values[2] = {};
};

TEST_P(InterpretedRuns, FuelIsTheSameEveryTime) {
  ASSERT_EQ(call("fib", 15), RunStatus::Done);
  EXPECT_EQ(values[0].u32, 610u);
  const uint64_t fuel = execution.fuel_consumed();
  EXPECT_GT(fuel, 1973u * 5) << "1,973 calls";
  execution.set_fuel(fuel);
  EXPECT_EQ(call("fib", 15), RunStatus::Done);
  EXPECT_EQ(execution.fuel_remaining(), 0u);
  execution.set_fuel(fuel - 1);
  EXPECT_EQ(call("fib", 15), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfFuel);
}

void enter(std::atomic<bool>* inside) { *inside = true; }

TEST_P(InterpretedRuns, KillEndsAnEndlessLoop) {
  using Clock = std::chrono::steady_clock;
  std::atomic<bool> inside{false};
  ASSERT_TRUE(linker.define("env", "enter", host_function<&enter>(&inside)).ok());
  const Result<Instance*> made = linker.instantiate(endless, interpreter, execution);
  ASSERT_TRUE(made.ok());
  std::atomic<Clock::rep> asked{0};
  std::thread killer([&] {
    while (!inside) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asked = Clock::now().time_since_epoch().count();
    execution.request_kill();
  });
  ASSERT_EQ(execution.call(*made.value()->find_func("outer"), values), RunStatus::Trapped);
  const auto latency = Clock::now().time_since_epoch() - Clock::duration(asked);
  killer.join();
  EXPECT_EQ(execution.last_trap().kind, TrapKind::Killed);
  EXPECT_EQ(execution.last_trap().frame_count, 2u);
  EXPECT_LT(latency, kPrompt);
}

TEST_P(InterpretedRuns, APauseInTheMiddleChangesNothing) {
  ASSERT_EQ(call("fib", 20), RunStatus::Done);
  const uint64_t fuel = execution.fuel_consumed();
  execution.set_fuel(kUnlimitedFuel);
  int pauses = 0;
  execution.request_pause();
  RunStatus status = call("fib", 20);
  for (; status == RunStatus::Suspended; status = execution.resume()) {
    ++pauses;
    execution.request_pause();
  }
  execution.clear_requests();
  ASSERT_EQ(status, RunStatus::Done);
  EXPECT_GT(pauses, 3);
  EXPECT_EQ(values[0].u32, 6765u);
  EXPECT_EQ(execution.fuel_consumed(), fuel);
}

TEST_P(InterpretedRuns, ATypedCallSurvivesAPause) {
  auto fib = instance->func<uint32_t(uint32_t)>("fib");
  ASSERT_TRUE(fib.ok());
  execution.request_pause();
  ASSERT_TRUE((*fib)(execution, 20).suspended());
  const CallResult<uint32_t> result = fib->resume(execution);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value(), 6765u);
}

TEST_P(InterpretedRuns, AnAbandonedRunLeavesTheInstanceUsable) {
  execution.request_pause();
  ASSERT_EQ(call("hang"), RunStatus::Suspended);
  execution.abandon();
  ASSERT_EQ(call("fib", 10), RunStatus::Done);
  EXPECT_EQ(values[0].u32, 55u);
}

TEST_P(InterpretedRuns, DeepTrapsCountAllFrames) {
  ASSERT_EQ(call("deep", 1000), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::Unreachable);
  EXPECT_EQ(execution.last_trap().frame_count, 1001u);
  ASSERT_EQ(call("deep", 0xffff'ffff), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::StackOverflow);
}

TEST_P(InterpretedRuns, OutOfBoundsEverywhere) {
  for (const uint32_t address : {65533u, 65536u, 0x7fff'ffffu, 0xffff'ffffu}) {
    ASSERT_EQ(call("load", address), RunStatus::Trapped) << address;
    EXPECT_EQ(execution.last_trap().kind, TrapKind::MemoryOutOfBounds);
    EXPECT_EQ(execution.last_trap().frame_count, 1u);
  }
  EXPECT_EQ(call("load", 65532), RunStatus::Done);
}

INSTANTIATE_TEST_SUITE_P(Bounds, InterpretedRuns, ::testing::Values(BoundsMode::Guarded, BoundsMode::Checked),
                         [](const auto& info) { return info.param == BoundsMode::Guarded ? "Guarded" : "Checked"; });

TEST(InterpretedAllocation, EveryAllocationMayFail) {
  const TextModule module(kGuest);
  const uint64_t count = sweep_allocation_failures([&](TestAllocator& allocator) {
    Interpreter interpreter(allocator);
    Store store(allocator);
    Execution execution(store, {.stack_slots = 4096});
    Linker linker(store);
    if (!execution.init().ok()) return;
    Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
    if (!instance.ok()) {
      EXPECT_EQ(instance.error().code(), ErrorCode::OutOfMemory);
      return;
    }
    Slot value{};
    value.u32 = 10;
    if (execution.call(*(*instance)->find_func("fib"), &value) == RunStatus::Done) {
      EXPECT_EQ(value.u32, 55u);
    } else {
      EXPECT_EQ(execution.last_trap().kind, TrapKind::OutOfMemory);
    }
  });
  EXPECT_GT(count, 10u);
}

/// Calls from guest to host to guest, over two instances, down to the nesting limit, with one account of fuel.
HostResult call_back(Caller& caller, int32_t depth) {
  Slot value{};
  value.u32 = static_cast<uint32_t>(depth);
  return caller.call(*caller.instance()->find_func("run"), &value);
}

TEST(InterpretedNesting, HostAndGuestTakeTurns) {
  linux_port::Platform platform;
  Interpreter interpreter(platform.allocator);
  const TextModule module(R"((module (import "env" "call_back" (func $back (param i32)))
    (func (export "run") (param i32)
      (if (local.get 0) (then (call $back (i32.sub (local.get 0) (i32.const 1))))))))");
  Store store(platform.allocator, {}, &platform.virtual_memory, &platform.clock);
  Linker linker(store);
  Execution execution(store);
  ASSERT_TRUE(execution.init().ok());
  ASSERT_TRUE(linker.define("env", "call_back", host_function<&call_back>()).ok());
  Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
  ASSERT_TRUE(instance.ok());
  auto run = (*instance)->func<void(int32_t)>("run");
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE((*run)(execution, 50).ok());
  const CallResult<void> deep = (*run)(execution, 1000);
  ASSERT_FALSE(deep.ok());
  EXPECT_EQ(deep.trap().kind, TrapKind::StackOverflow);
  EXPECT_EQ(deep.trap().frame_count, 64u);
  EXPECT_TRUE((*run)(execution, 50).ok());
  EXPECT_EQ(execution.stack_top, execution.stack_begin());
}

}  // namespace
}  // namespace umber::test
