// Memories that threads share: atomic instructions lose nothing, waiting threads are woken, killed and time out, and what one
// thread grows the others can use.
#include "runtime/shared_memory.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "interp/interpreter.h"
#include "runtime/linker.h"
#include "tests/runtime/harness.h"
#include "tests/support/prompt.h"

namespace umber::test {
namespace {

using Millis = std::chrono::duration<double, std::milli>;
using SteadyClock = std::chrono::steady_clock;

const char* const kOwner = R"((module (memory (export "m") 1 4 shared)))";
const char* const kUser = R"((module (memory (import "env" "m") 1 4 shared)
  (func (export "count") (param i32)
    (loop $l (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "count_by_lock") (param i32)
    (loop $l
      (loop $take
        (if (i32.atomic.rmw.cmpxchg (i32.const 16) (i32.const 0) (i32.const 1))
          (then (drop (memory.atomic.wait32 (i32.const 16) (i32.const 1) (i64.const 1000000))) (br $take))))
      (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
      (i32.atomic.store (i32.const 16) (i32.const 0))
      (drop (memory.atomic.notify (i32.const 16) (i32.const 1)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "atomic_load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "wait") (param i32 i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32)
    (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))))";

struct Machine {
  linux_port::Platform platform;
  Interpreter interpreter{platform.allocator, {.scheduler = &platform.scheduler}};
  TextModule owner{kOwner};
  TextModule user{kUser};
};

/// A thread's store with an instance of kUser over a memory.
struct Worker {
  Worker(Machine& machine, BoundsMode bounds, SharedMemory* shared, uint64_t limit = UINT64_MAX)
      : store(machine.platform.allocator, config(bounds, limit), &machine.platform.virtual_memory, &machine.platform.clock,
              &machine.platform.scheduler) {
    EXPECT_TRUE(execution.init().ok());
    memory = shared == nullptr ? create(machine) : *store.attach_memory(*shared);
    EXPECT_TRUE(linker.define("env", "m", Extern(*memory)).ok());
    instance = *linker.instantiate(machine.user, machine.interpreter, execution);
  }
  Memory* create(Machine& machine) {
    return (*linker.instantiate(machine.owner, machine.interpreter, execution))->find_memory("m");
  }
  static StoreConfig config(BoundsMode bounds, uint64_t limit) {
    StoreConfig config;
    config.bounds = bounds;
    config.max_total_memory_bytes = limit;
    return config;
  }
  RunStatus call(const char* name, std::initializer_list<uint64_t> arguments = {}) {
    size_t count = 0;
    for (uint64_t argument : arguments) values[count++].u64 = argument;
    return execution.call(*instance->find_func(name), values);
  }
  uint32_t result(const char* name, std::initializer_list<uint64_t> arguments = {}) {
    EXPECT_EQ(call(name, arguments), RunStatus::Done) << name;
    return values[0].u32;
  }
  [[nodiscard]] TrapKind trap() const { return execution.last_trap().kind; }

  Store store;
  Linker linker{store};
  Execution execution{store};
  Memory* memory = nullptr;
  Instance* instance = nullptr;
  Slot values[4] = {};
};

class SharedMemories : public ::testing::TestWithParam<BoundsMode> {
 protected:
  /// Runs `body` on `count` threads, each with a worker of its own.
  template <class Body>
  void on_threads(int count, Body body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
      threads.emplace_back([this, &body, i] {
        Worker worker(machine, GetParam(), first.memory->shared());
        body(worker, i);
      });
    for (std::thread& thread : threads) thread.join();
  }
  /// Until that many threads wait at the address: notify wakes them, so they are asked for one by one.
  void wake(uint32_t address, uint32_t count) {
    for (uint32_t woken = 0; woken < count;) {
      const uint32_t now = first.memory->shared()->notify(address, count - woken);
      woken += now;
      if (now == 0) std::this_thread::yield();
    }
  }
  Machine machine;
  Worker first{machine, GetParam(), nullptr};
};

TEST_P(SharedMemories, UpdatesAreNotLost) {
  on_threads(4, [](Worker& worker, int) { EXPECT_EQ(worker.call("count", {20'000}), RunStatus::Done); });
  EXPECT_EQ(first.result("load", {8}), 80'000u);
}

TEST_P(SharedMemories, ALockOfTheGuestsOwnHolds) {
  on_threads(4, [](Worker& worker, int) { EXPECT_EQ(worker.call("count_by_lock", {2'000}), RunStatus::Done); });
  EXPECT_EQ(first.result("load", {20}), 8'000u);
}

TEST_P(SharedMemories, WaitersAreWokenAndOnlyThoseAtTheAddress) {
  std::atomic<int> woken{0};
  std::thread waker([&] {
    wake(64, 3);
    while (woken < 3) std::this_thread::yield();
    wake(128, 1);
  });
  on_threads(4, [&](Worker& worker, int i) {
    EXPECT_EQ(worker.result("wait", {i < 3 ? 64u : 128u, 0, UINT64_MAX}), 0u);
    EXPECT_TRUE(i < 3 || woken == 3);
    ++woken;
  });
  waker.join();
  EXPECT_EQ(first.result("notify", {64, 10}), 0u) << "nobody is left";
}

TEST_P(SharedMemories, WaitLooksAtTheValueAndTheClock) {
  EXPECT_EQ(first.result("wait", {0, 1, UINT64_MAX}), 1u) << "not equal";
  EXPECT_EQ(first.result("wait64", {0, uint64_t{1} << 40, UINT64_MAX}), 1u);
  EXPECT_EQ(first.result("wait64", {0, 0, 0}), 2u) << "no time at all";
  const auto begin = SteadyClock::now();
  EXPECT_EQ(first.result("wait", {0, 0, 20'000'000}), 2u);
  EXPECT_GE(Millis(SteadyClock::now() - begin).count(), 20.0);
}

TEST_P(SharedMemories, KillEndsAWaitAtOnce) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> waits{false};
    SteadyClock::time_point killed;
    std::thread killer([&] {
      while (!waits) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(round));  // before, while and after it falls asleep
      killed = SteadyClock::now();
      first.execution.request_kill();
    });
    waits = true;
    EXPECT_EQ(first.call("wait", {0, 0, UINT64_MAX}), RunStatus::Trapped);
    const auto end = SteadyClock::now();
    killer.join();
    EXPECT_EQ(first.trap(), TrapKind::Killed);
    EXPECT_LT(end - killed, kPrompt);
    first.execution.clear_requests();
  }
}

TEST_P(SharedMemories, ADeadlineEndsAWait) {
  const auto begin = SteadyClock::now();
  first.execution.set_deadline(machine.platform.clock.now_ns() + 20'000'000);
  EXPECT_EQ(first.call("wait", {0, 0, 3'600'000'000'000}), RunStatus::Trapped);
  EXPECT_EQ(first.trap(), TrapKind::DeadlineExceeded);
  EXPECT_LT(SteadyClock::now() - begin, kPrompt);
}

TEST_P(SharedMemories, WhatOneGrowsAllCanUse) {
  Worker second(machine, GetParam(), first.memory->shared());
  EXPECT_EQ(second.call("load", {65536}), RunStatus::Trapped);
  EXPECT_EQ(second.trap(), TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(first.result("grow", {1}), 1u);
  EXPECT_EQ(first.call("store", {65536, 42}), RunStatus::Done);
  EXPECT_EQ(second.result("load", {65536}), 42u);
  EXPECT_EQ(first.result("grow", {1}), 2u);
  EXPECT_EQ(second.result("atomic_load", {131072}), 0u) << "without having looked before";
  EXPECT_EQ(first.result("grow", {1}), 3u);
  EXPECT_EQ(second.call("fill", {196608, 65536}), RunStatus::Done);
  EXPECT_EQ(first.result("load", {262140}), 0x07070707u);
  EXPECT_EQ(second.result("size"), 4u);
  EXPECT_EQ(second.result("grow", {1}), UINT32_MAX) << "beyond the maximum";
  EXPECT_EQ(second.call("fill", {196608, 65537}), RunStatus::Trapped);
}

TEST_P(SharedMemories, ItLivesAsLongAsItsLastStore) {
  SharedMemory* shared = nullptr;
  auto creator = std::make_unique<Worker>(machine, GetParam(), nullptr);
  shared = creator->memory->shared();
  Worker other(machine, GetParam(), shared);
  EXPECT_EQ(creator->call("store", {100, 5}), RunStatus::Done);
  creator.reset();
  EXPECT_EQ(other.result("load", {100}), 5u);
}

TEST_P(SharedMemories, EveryStoreIsChargedForAllOfIt) {
  Worker poor(machine, GetParam(), first.memory->shared(), 2 * 65536);
  EXPECT_EQ(poor.store.memory_bytes(), 65536u);
  EXPECT_EQ(first.result("grow", {2}), 1u);
  EXPECT_EQ(poor.result("size"), 3u) << "what others have done counts, too";
  EXPECT_EQ(poor.store.memory_bytes(), 3u * 65536);
  EXPECT_EQ(poor.result("grow", {1}), UINT32_MAX);
  EXPECT_EQ(first.result("grow", {1}), 3u);
  Store none(machine.platform.allocator, Worker::config(GetParam(), 65536));
  const Result<Memory*> refused = none.attach_memory(*first.memory->shared());
  EXPECT_EQ(refused.error().code(), ErrorCode::LimitReached);
}

TEST_P(SharedMemories, WithoutASchedulerNobodyWaits) {
  linux_port::Platform& platform = machine.platform;
  Store store(platform.allocator, Worker::config(GetParam(), UINT64_MAX), &platform.virtual_memory, &platform.clock);
  Linker linker(store);
  Execution execution(store);
  ASSERT_TRUE(execution.init().ok());
  Instance* owner = *linker.instantiate(machine.owner, machine.interpreter, execution);
  ASSERT_TRUE(linker.define_instance("env", *owner).ok());
  Instance* user = *linker.instantiate(machine.user, machine.interpreter, execution);
  Slot values[3] = {};
  values[2].u64 = UINT64_MAX;
  EXPECT_EQ(execution.call(*user->find_func("wait"), values), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::HostError);
  values[0].u64 = 3;
  EXPECT_EQ(execution.call(*user->find_func("notify"), values), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::UnalignedAtomic);
}

INSTANTIATE_TEST_SUITE_P(Bounds, SharedMemories, ::testing::Values(BoundsMode::Guarded, BoundsMode::Checked));

TEST(UnsharedMemories, HaveAtomicsButNobodyToWaitFor) {
  Machine machine;
  const TextModule module(R"((module (memory 1)
    (func (export "add") (result i64) (drop (i64.atomic.rmw8.add_u (i32.const 0) (i64.const 0x1ff))) (i64.atomic.load (i32.const 0)))
    (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))
    (func (export "notify") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1)))))");
  Store store(machine.platform.allocator);
  Linker linker(store);
  Execution execution(store);
  ASSERT_TRUE(execution.init().ok());
  Instance* instance = *linker.instantiate(module, machine.interpreter, execution);
  Slot value{};
  ASSERT_EQ(execution.call(*instance->find_func("add"), &value), RunStatus::Done);
  EXPECT_EQ(value.u64, 0xffu);
  ASSERT_EQ(execution.call(*instance->find_func("notify"), &value), RunStatus::Done);
  EXPECT_EQ(value.u32, 0u);
  EXPECT_EQ(execution.call(*instance->find_func("wait"), &value), RunStatus::Trapped);
  EXPECT_EQ(execution.last_trap().kind, TrapKind::ExpectedSharedMemory);
}

TEST(SharedMemoryWithoutRoom, IsRefusedCleanly) {
  Machine machine;
  for (uint32_t allowed = 0; allowed < 40; ++allowed) {
    TestAllocator allocator;
    allocator.fail_after(allowed);
    Store store(allocator, {}, &machine.platform.virtual_memory, &machine.platform.clock, &machine.platform.scheduler);
    const Result<Memory*> memory = store.create_memory({.limits = {.min = 1, .max = 2, .has_max = true, .is_shared = true}});
    if (memory.ok()) return;
    EXPECT_EQ(memory.error().code(), ErrorCode::OutOfMemory);
    EXPECT_EQ(store.memory_bytes(), 0u);
  }
  FAIL() << "never enough memory";
}

}  // namespace
}  // namespace umber::test
