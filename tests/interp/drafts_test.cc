// Drafts and their successors: when a run goes on in better code, with which values, and what of the draft remains.
#include <thread>

#include "interp/code.h"
#include "runtime/instance.h"
#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

using interp::Code;
using interp::FunctionHeader;

constexpr uint16_t kPatience = 10;
constexpr Mode kDrafts = {BoundsMode::Guarded, true, true, kPatience};

const FunctionHeader& header_of(const Instance& instance, uint32_t func_idx) {
  return interp::header_of(interp::code_of(&const_cast<Instance&>(instance).context(), func_idx));
}

class Drafts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!interp::kHasDrafts) GTEST_SKIP() << "no drafts in this profile";
  }
};

TEST_F(Drafts, AFunctionThatIsEnteredOftenGetsASuccessor) {
  Guest guest(kDrafts);
  Instance& instance = guest.add("(module (func (export \"f\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))");
  for (uint32_t i = 0; i <= kPatience; ++i) {
    EXPECT_EQ(header_of(instance, 0).is_draft, 1u) << i;
    EXPECT_EQ(guest.result("f", {i}), 3 * i);
  }
  EXPECT_EQ(header_of(instance, 0).is_draft, 0u);
  EXPECT_EQ(guest.result("f", {5}), 15u);
}

// Each loop has locals of another type in its registers, and one has a value of the operand stack around it.
TEST_F(Drafts, ALoopThatIsEnteredOnceGoesOnWithTheSameValues) {
  for (const uint64_t turns : {0, 1, 7, 8, 9, 10, 11, 12, 1000}) {
    Guest guest(kDrafts);
    Instance& instance = guest.add(R"((module
      (func (export "f") (param $n i32) (result i64)
            (local $i i32) (local $k i32) (local $a i64) (local $b f32) (local $c f64) (local $v v128)
        (local.set $b (f32.const 0.5)) (local.set $c (f64.const 2)) (local.set $v (v128.const i32x4 1 2 3 4))
        (i64.const 1000000)
        (loop $outer
          (local.set $k (i32.const 0))
          (loop $inner
            (local.set $a (i64.add (local.get $a) (i64.const 3)))
            (local.set $b (f32.add (local.get $b) (f32.const 1)))
            (local.set $v (i32x4.add (local.get $v) (v128.const i32x4 1 1 1 1)))
            (br_if $inner (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 4))))
          (local.set $c (f64.add (local.get $c) (f64.const 2)))
          (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (i64.add (local.get $a))
        (i64.add (i64.mul (i64.trunc_f32_u (local.get $b)) (i64.const 7)))
        (i64.add (i64.mul (i64.trunc_f64_u (local.get $c)) (i64.const 11)))
        (i64.add (i64.extend_i32_u (i32x4.extract_lane 2 (local.get $v)))))))");
    const uint64_t outer = turns == 0 ? 1 : turns;
    const uint64_t inner = 4 * outer;
    EXPECT_EQ(guest.result("f", {turns}), 1'000'000 + 3 * inner + 7 * inner + 11 * (2 + 2 * outer) + 3 + inner) << turns;
    if (turns <= 1) {
      EXPECT_EQ(header_of(instance, 0).is_draft, 1u);
    }
    if (turns == 1000) {
      EXPECT_EQ(header_of(instance, 0).is_draft, 0u);
      EXPECT_EQ(header_of(instance, 0).has_loop_entries, 1u);
    }
  }
}

// Outer frames are the draft's, inner ones the successor's; the trap's offsets are right for both.
TEST_F(Drafts, FramesOfBothVersionsMix) {
  Guest guest(kDrafts);
  const TextModule module(R"((module
    (func $f (export "f") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (unreachable)))
      (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))))");
  Instance& instance = guest.add(module);
  ASSERT_EQ(guest.call("f", {25}), RunStatus::Trapped);
  EXPECT_EQ(header_of(instance, 0).is_draft, 0u);
  const Trap& trap = guest.trap();
  EXPECT_EQ(trap.kind, TrapKind::Unreachable);
  ASSERT_EQ(trap.frame_count, 26u);
  const std::span<const uint8_t> bytes = static_cast<const wasm::Module&>(module).bytes;
  EXPECT_EQ(bytes[trap.frames()[0].offset], 0x00);
  for (uint32_t i = 1; i < 26; ++i) EXPECT_EQ(bytes[trap.frames()[i].offset], 0x10) << i;
}

TEST_F(Drafts, CallsThroughTablesFindTheSuccessor) {
  Guest guest(kDrafts);
  Instance& instance = guest.add(R"((module
    (type $t (func (param i32) (result i32)))
    (table funcref (elem $twice))
    (func $twice (type $t) (i32.shl (local.get 0) (i32.const 1)))
    (func (export "f") (param $n i32) (result i32) (local $sum i32)
      (loop $l
        (local.set $sum (i32.add (local.get $sum) (call_indirect (type $t) (local.get $n) (i32.const 0))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum))))");
  EXPECT_EQ(guest.result("f", {100}), 10'100u);
  const VmContext& context = instance.context();
  EXPECT_EQ(instance.func(0).target, interp::code_of(&context, 0));
  EXPECT_EQ(header_of(instance, 0).is_draft, 0u);
}

TEST_F(Drafts, InstancesShareSuccessors) {
  Guest guest(kDrafts);
  const TextModule module("(module (func (export \"f\") (result i32) (i32.const 7)))");
  Instance& first = guest.add(module);
  for (uint32_t i = 0; i <= kPatience; ++i) EXPECT_EQ(guest.result("f"), 7u);
  Instance& second = guest.add(module);
  EXPECT_EQ(second.context().code, first.context().code);
  EXPECT_EQ(header_of(second, 0).is_draft, 0u);
  EXPECT_EQ(guest.result("f"), 7u);
}

TEST_F(Drafts, SmallModulesHaveNone) {
  linux_port::Platform platform;
  const TextModule module("(module (func (export \"f\")))");
  Interpreter interpreter(platform.allocator, {.eager = true});
  Store store(platform.allocator, {}, &platform.virtual_memory, &platform.clock);
  Linker linker(store);
  Execution execution(store);
  ASSERT_TRUE(execution.init().ok());
  Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
  ASSERT_TRUE(instance.ok());
  EXPECT_EQ(header_of(**instance, 0).is_draft, 0u);
}

// Without memory for the successor the draft goes on, and asks again later.
TEST_F(Drafts, GoOnWhereThereIsNoMemory) {
  uint64_t failures = 0;
  for (uint64_t n = 0;; ++n) {
    linux_port::Platform platform;
    TestAllocator allocator;
    {
      const TextModule module(R"((module (func (export "f") (param $n i32) (result i32) (local $sum i32)
        (loop $l
          (local.set $sum (i32.add (local.get $sum) (local.get $n)))
          (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))))");
      Interpreter interpreter(allocator, {.eager = true, .patience = kPatience, .draft_bytes = 0});
      Store store(platform.allocator, {}, &platform.virtual_memory, &platform.clock);
      Linker linker(store);
      Execution execution(store);
      ASSERT_TRUE(execution.init().ok());
      Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
      ASSERT_TRUE(instance.ok());
      allocator.fail_after(n);
      Slot value{};
      value.u64 = 1000;
      ASSERT_EQ(execution.call(*(*instance)->find_func("f"), &value), RunStatus::Done);
      EXPECT_EQ(value.u32, 500'500u);
      const bool failed = allocator.has_failed();
      EXPECT_EQ(header_of(**instance, 0).is_draft, failed ? 1u : 0u);
      if (!failed) break;
      ++failures;
      allocator.fail_after(TestAllocator::kUnlimited);
      value.u64 = 100'000;
      ASSERT_EQ(execution.call(*(*instance)->find_func("f"), &value), RunStatus::Done);
      EXPECT_EQ(header_of(**instance, 0).is_draft, 0u) << "the next attempt works";
    }
    EXPECT_EQ(allocator.outstanding_bytes(), 0u);
  }
  EXPECT_GT(failures, 5u);
}

TEST_F(Drafts, OfOneModuleRunOnSeveralThreads) {
  linux_port::Platform platform;
  const TextModule module(R"((module
    (func $g (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "f") (param $n i32) (result i32) (local $sum i32)
      (loop $l
        (local.set $sum (call $g (local.get $sum)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum))))");
  Interpreter interpreter(platform.allocator, {.eager = true, .tasks = 2, .patience = kPatience, .draft_bytes = 0, .scheduler = &platform.scheduler});
  std::vector<std::thread> threads;
  std::vector<uint32_t> results(4);
  for (size_t t = 0; t < results.size(); ++t)
    threads.emplace_back([&, t] {
      Store store(platform.allocator, {}, &platform.virtual_memory, &platform.clock);
      Linker linker(store);
      Execution execution(store);
      ASSERT_TRUE(execution.init().ok());
      Result<Instance*> instance = linker.instantiate(module, interpreter, execution);
      ASSERT_TRUE(instance.ok());
      Slot value{};
      value.u64 = 2000;
      ASSERT_EQ(execution.call(*(*instance)->find_func("f"), &value), RunStatus::Done);
      results[t] = value.u32;
    });
  for (std::thread& thread : threads) thread.join();
  for (uint32_t result : results) EXPECT_EQ(result, 2000u);
}

}  // namespace
}  // namespace umber::test
