// Fuel, kill, pause, deadline, nesting and the trap record. The guest is a C++ loop that charges its context as code does.
#include "runtime/execution.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/backtrace.h"
#include "runtime/host_function.h"
#include "tests/runtime/harness.h"
#include "tests/support/prompt.h"

namespace umber::test {
namespace {

/// `count` iterations of 10 units each, 3 units for the entry; values[0] counts down, so that a pause keeps its place.
RunStatus continue_loop(Execution& execution, void* state) {
  auto* values = static_cast<Slot*>(state);
  VmContext& context = *execution.current();
  while (values[0].u64 != 0) {
    --values[0].u64;
    context.budget -= 10;
    if (context.budget >= 0) continue;
    const RunStatus status = execution.on_budget_spent(context);
    if (status == RunStatus::Suspended) execution.set_resume(continue_loop, values);
    if (status != RunStatus::Done) return status;
  }
  return RunStatus::Done;
}

RunStatus loop(Execution& execution, const Func& func, Slot* values) {
  func.ctx->budget -= 3;
  if (func.ctx->budget < 0) {
    const RunStatus status = execution.on_budget_spent(*func.ctx);
    if (status == RunStatus::Suspended) execution.set_resume(continue_loop, values);
    if (status != RunStatus::Done) return status;
  }
  return continue_loop(execution, values);
}

/// Calls the imported function 0 through Execution::call, as a tier does with foreign functions.
RunStatus forward(Execution& execution, const Func& func, Slot* values) {
  return execution.call(*func.ctx->imported_funcs[0], values);
}

const char* const kLoopModule = "(module (func (export \"loop\") (param i64)))";

class Runs : public ::testing::Test {
 protected:
  Runs() {
    world.tier.functions["loop"] = loop;
    world.tier.functions["forward"] = forward;
    instance = &world.must_instantiate(module);
    func = instance->find_func("loop");
  }
  RunStatus run(uint64_t count) {
    values[0].u64 = count;
    return world.execution.call(*func, values);
  }
  TrapKind trap() const { return world.execution.last_trap().kind; }
  static constexpr uint64_t kForever = UINT64_MAX;

  TextModule module{kLoopModule};
  World world;
  Instance* instance = nullptr;
  Func* func = nullptr;
  Slot values[4] = {};
};

TEST_F(Runs, FuelIsCountedExactly) {
  for (uint64_t count : {0u, 1u, 7u, 1999u, 2000u, 2001u, 100'000u}) {
    world.execution.set_fuel(kUnlimitedFuel);
    ASSERT_EQ(run(count), RunStatus::Done);
    EXPECT_EQ(world.execution.fuel_consumed(), 3 + 10 * count);
  }
}

TEST_F(Runs, FuelEndsAtTheExactUnit) {
  for (uint64_t fuel : {0u, 2u, 3u, 12u, 13u, 14u, 20'003u, 123'456u}) {
    world.execution.set_fuel(fuel);
    ASSERT_EQ(run(kForever), RunStatus::Trapped);
    EXPECT_EQ(trap(), TrapKind::OutOfFuel);
    EXPECT_EQ(world.execution.fuel_remaining(), 0u);
    const uint64_t charged = fuel < 3 ? 3 : 3 + ((fuel - 3) / 10 + 1) * 10;  // the first charge beyond
    EXPECT_EQ(world.execution.fuel_consumed(), charged) << fuel;
  }
  world.execution.set_fuel(1003);
  EXPECT_EQ(run(100), RunStatus::Done);
  EXPECT_EQ(world.execution.fuel_remaining(), 0u);
}

TEST_F(Runs, FuelIsOneAccountOverRuns) {
  world.execution.set_fuel(1000);
  ASSERT_EQ(run(10), RunStatus::Done);
  ASSERT_EQ(run(20), RunStatus::Done);
  EXPECT_EQ(world.execution.fuel_remaining(), 1000u - 306u);
  ASSERT_EQ(run(70), RunStatus::Trapped);
}

TEST_F(Runs, FuelFollowsCallsBetweenInstances) {
  ASSERT_TRUE(world.linker.define_instance("a", *instance).ok());
  const TextModule caller("(module (import \"a\" \"loop\" (func (param i64))) (func (export \"forward\") (param i64)))");
  Instance& other = world.must_instantiate(caller);
  world.execution.set_fuel(100'000);
  values[0].u64 = 5000;
  ASSERT_EQ(world.execution.call(*other.find_func("forward"), values), RunStatus::Done);
  EXPECT_EQ(world.execution.fuel_consumed(), 50'003u);
  values[0].u64 = 5000;
  ASSERT_EQ(world.execution.call(*other.find_func("forward"), values), RunStatus::Trapped);
  EXPECT_EQ(trap(), TrapKind::OutOfFuel);
}

TEST_F(Runs, ExtraChargesCount) {
  world.execution.charge(500);
  ASSERT_EQ(run(1), RunStatus::Done);
  EXPECT_EQ(world.execution.fuel_consumed(), 513u);
}

TEST_F(Runs, KillFromAnotherThread) {
  std::atomic<std::chrono::steady_clock::time_point> asked{};
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    asked = std::chrono::steady_clock::now();
    world.execution.request_kill();
  });
  ASSERT_EQ(run(kForever), RunStatus::Trapped);
  const auto latency = std::chrono::steady_clock::now() - asked.load();
  killer.join();
  EXPECT_EQ(trap(), TrapKind::Killed);
  EXPECT_LT(latency, kPrompt);
  ASSERT_EQ(run(1), RunStatus::Trapped) << "a kill stays until it is cleared";
  world.execution.clear_requests();
  EXPECT_EQ(run(1), RunStatus::Done);
}

TEST_F(Runs, PauseAndResume) {
  world.execution.request_pause();
  ASSERT_EQ(run(10'000), RunStatus::Suspended);
  EXPECT_TRUE(world.execution.suspended());
  EXPECT_EQ(run(1), RunStatus::Trapped) << "a suspended execution takes no other run";
  values[0].u64 = 10'000;
  EXPECT_TRUE(world.execution.suspended());
  world.execution.request_pause();
  ASSERT_EQ(world.execution.resume(), RunStatus::Suspended);
  EXPECT_GT(values[0].u64, 0u);
  EXPECT_LT(values[0].u64, 10'000u);
  ASSERT_EQ(world.execution.resume(), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 0u);
  EXPECT_FALSE(world.execution.suspended());
  EXPECT_EQ(world.execution.fuel_consumed(), 100'003u) << "a pause costs nothing and is charged once";
}

TEST_F(Runs, ASuspendedRunCanBeKilledOrAbandoned) {
  world.execution.request_pause();
  ASSERT_EQ(run(kForever), RunStatus::Suspended);
  world.execution.request_kill();
  ASSERT_EQ(world.execution.resume(), RunStatus::Trapped);
  EXPECT_EQ(trap(), TrapKind::Killed);
  world.execution.clear_requests();
  world.execution.request_pause();
  ASSERT_EQ(run(kForever), RunStatus::Suspended);
  world.execution.abandon();
  EXPECT_EQ(run(1), RunStatus::Done);
  EXPECT_EQ(world.execution.resume(), RunStatus::Trapped);
}

TEST_F(Runs, Deadline) {
  world.execution.set_deadline(world.clock.now_ns() + 5'000'000);
  ASSERT_EQ(run(kForever), RunStatus::Trapped);
  EXPECT_EQ(trap(), TrapKind::DeadlineExceeded);
  ASSERT_EQ(run(1), RunStatus::Trapped) << "it has passed for the next run too";
  world.execution.set_deadline(kNoDeadline);
  EXPECT_EQ(run(1), RunStatus::Done);
}

TEST_F(Runs, RequestsWakeWaiters) {
  std::atomic<int> woken{0};
  ExecutionConfig config;
  config.on_request = [](void* state) { ++*static_cast<std::atomic<int>*>(state); };
  config.on_request_state = &woken;
  Execution execution(world.store, config);
  execution.request_pause();
  execution.request_kill();
  EXPECT_EQ(woken, 2);
}

/// A host function that calls the guest, which calls it again, and so on.
HostResult recurse(Caller& caller) {
  Slot values[1] = {};
  return caller.call(*caller.instance()->find_func("forward"), values);
}

TEST_F(Runs, NestingIsBounded) {
  ASSERT_TRUE(world.linker.define("env", "recurse", host_function<&recurse>()).ok());
  const TextModule nest("(module (import \"env\" \"recurse\" (func)) (func (export \"forward\")))");
  Instance& nested = world.must_instantiate(nest);
  ASSERT_EQ(world.execution.call(*nested.find_func("forward"), values), RunStatus::Trapped);
  EXPECT_EQ(trap(), TrapKind::StackOverflow);
  EXPECT_EQ(run(1), RunStatus::Done) << "all levels were left";
  EXPECT_EQ(world.execution.current(), nullptr);
}

/// Pauses only where nothing native lies in between.
HostResult run_loop(void* func, Caller& caller, Slot* values) {
  values[0].u64 = 10'000;
  caller.execution().request_pause();
  return caller.call(*static_cast<Func*>(func), values);
}

TEST_F(Runs, APauseWaitsForHostFunctions) {
  ASSERT_TRUE(world.linker.define("env", "run_loop", {run_loop, func, {}, {}}).ok());
  const TextModule caller("(module (import \"env\" \"run_loop\" (func)) (func (export \"forward\")))");
  Instance& other = world.must_instantiate(caller);
  ASSERT_EQ(world.execution.call(*other.find_func("forward"), values), RunStatus::Done);
  EXPECT_TRUE(world.execution.pause_requested());
  ASSERT_EQ(run(10), RunStatus::Suspended);
}

RunStatus deep_trap(Execution& execution, const Func& func, Slot*) {
  const RunStatus status = execution.trap(TrapKind::MemoryOutOfBounds, "address 0x10000");
  for (uint32_t i = 0; i < 70; ++i) execution.current_trap().add_frame(*func.ctx->instance, i % 2, 0x100 + i);
  return status;
}

TEST(TrapRecord, Text) {
  World world;
  world.tier.functions["parse"] = deep_trap;
  const TextModule module("(module (func $scan) (func (export \"parse\")))");
  Instance& instance = world.must_instantiate(module);
  instance.name = "demo";
  Slot values[1];
  ASSERT_EQ(world.execution.call(*instance.find_func("parse"), values), RunStatus::Trapped);
  std::string text;
  write_trap(
      world.execution.last_trap(),
      {[](void* state, StringRef part) { static_cast<std::string*>(state)->append(part.data(), part.size()); }, &text});
  const std::string begin =
      "wasm trap: out of bounds memory access: address 0x10000\n"
      "wasm backtrace:\n"
      "  0: 0x100 - demo!scan\n"
      "  1: 0x101 - demo!parse\n"
      "  2: 0x102 - demo!scan\n";
  EXPECT_EQ(text.substr(0, begin.size()), begin);
  EXPECT_NE(text.find(" 63: 0x13f - demo!parse\n  and 6 more\n"), std::string::npos) << text;
}

TEST(TrapRecord, Exit) {
  World world;
  Trap trap(world.store.allocator());
  trap.kind = TrapKind::Exit;
  trap.exit_code = -3;
  EXPECT_EQ(to_string(describe(trap).str()), "exit with code -3");
}

}  // namespace
}  // namespace umber::test
