// Calls within and across instances, tail calls, host functions, traps and their backtraces, the stack's end.
#include <thread>

#include "runtime/host_function.h"
#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

constexpr wasm::ValType kOneI32[] = {wasm::ValType::I32};

class Calls : public ::testing::TestWithParam<Mode> {
 protected:
  Guest guest{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Modes, Calls, ::testing::ValuesIn(kModes), [](const auto& info) { return name_of(info.param); });

TEST_P(Calls, RecursionKeepsLocalsApart) {
  guest.add(R"((module
    (func $ack (export "ack") (param i32 i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.add (local.get 1) (i32.const 1)))))
      (if (i32.eqz (local.get 1)) (then (return (call $ack (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
      (call $ack (i32.sub (local.get 0) (i32.const 1)) (call $ack (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))))");
  EXPECT_EQ(guest.result("ack", {2, 7}), 17u);
}

TEST_P(Calls, SeveralResultsOfEveryTypeInAnyOrder) {
  guest.add(R"((module
    (func $swap (param i32 i64 f32 f64) (result f64 i64 i32 f32)
      (local.get 3) (local.get 1) (local.get 0) (local.get 2))
    (func (export "run") (param i32 i64 f32 f64) (result i64)
      (local $d f64) (local $l i64) (local $i i32) (local $f f32)
      (call $swap (local.get 0) (local.get 1) (local.get 2) (local.get 3))
      (local.set $f) (local.set $i) (local.set $l) (local.set $d)
      (i64.add (i64.add (i64.extend_i32_u (local.get $i)) (local.get $l))
               (i64.add (i64.trunc_f32_s (local.get $f)) (i64.trunc_f64_s (local.get $d)))))
    (func (export "rotate") (param i32 i32 i32) (result i32 i32 i32) (local.get 1) (local.get 2) (local.get 0))))");
  EXPECT_EQ(guest.result("run", {1, 20, std::bit_cast<uint32_t>(300.0f), std::bit_cast<uint64_t>(4000.0)}), 4321u);
  EXPECT_EQ(guest.result("rotate", {1, 2, 3}), 2u);
  EXPECT_EQ(guest.values[1].u32, 3u);
  EXPECT_EQ(guest.values[2].u32, 1u);
}

TEST_P(Calls, ResultsThatAreParametersInTheWrongOrder) {
  guest.add("(module (func (export \"swap\") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0)))");
  EXPECT_EQ(guest.result("swap", {1, 2}), 2u);
  EXPECT_EQ(guest.values[1].u32, 1u);
}

TEST_P(Calls, TailCallsNeedNoStack) {
  guest.add(R"((module
    (type $t (func (param i32 i64) (result i64)))
    (table funcref (elem $even $odd))
    (func $even (export "even") (param i32 i64) (result i64)
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))
    (func $odd (param i32 i64) (result i64)
      (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 0)))))");
  EXPECT_EQ(guest.result("even", {1'000'000, 0}), 1'500'000u);
}

TEST_P(Calls, AcrossInstancesBothWays) {
  Instance& memory_owner = guest.add(R"((module
    (memory (export "m") 1) (global $g (mut i32) (i32.const 100))
    (func (export "poke") (param i32 i32) (result i32)
      (i32.store (local.get 0) (local.get 1)) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))))");
  ASSERT_TRUE(guest.linker.define_instance("a", memory_owner).ok());
  guest.add(R"((module
    (import "a" "poke" (func $poke (param i32 i32) (result i32)))
    (memory 1) (global $g (mut i32) (i32.const 5)) (table funcref (elem $poke))
    (type $p (func (param i32 i32) (result i32)))
    (func (export "run") (param i32) (result i32) (local $sum i32)
      (i32.store (i32.const 8) (i32.const 77))
      (loop $l
        (local.set $sum (i32.add (local.get $sum) (call $poke (i32.const 8) (local.get 0))))
        (local.set $sum (i32.add (local.get $sum) (call_indirect (type $p) (i32.const 12) (local.get 0) (i32.const 0))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.add (local.get $sum) (i32.add (i32.load (i32.const 8)) (global.get $g))))
    (func (export "tail") (param i32 i32) (result i32) (return_call $poke (local.get 0) (local.get 1)))))");
  // 101 + … + 120, 77 of the own memory, 5 of the own global
  EXPECT_EQ(guest.result("run", {10}), 2210u + 77 + 5);
  EXPECT_EQ(guest.result("tail", {4, 9}), 121u);
  EXPECT_EQ(memory_owner.find_memory("m")->base()[4], 9u);
}

TEST_P(Calls, TailCallsBetweenInstancesNeedNoStack) {
  // a calls b through its table, b calls a through an import.
  Instance& a = guest.add(R"((module
    (type $t (func (param i32) (result i32))) (table (export "t") 1 funcref)
    (func (export "a") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 42))))
      (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))");
  ASSERT_TRUE(guest.linker.define_instance("a", a).ok());
  guest.add(R"((module
    (import "a" "a" (func $a (param i32) (result i32))) (import "a" "t" (table 1 funcref)) (elem (i32.const 0) $b)
    (func $b (export "b") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 43))))
      (return_call $a (i32.sub (local.get 0) (i32.const 1))))))");
  EXPECT_EQ(guest.result("b", {300'000}), 43u);
  EXPECT_EQ(guest.result("b", {300'001}), 42u);
}

TEST_P(Calls, DeepRecursionEndsInATrapWithAllFrames) {
  guest.add("(module (func $f (export \"f\") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))");
  ASSERT_EQ(guest.call("f"), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::StackOverflow);
  EXPECT_GT(guest.trap().frame_count, 10'000u);
  EXPECT_EQ(guest.trap().frames().size(), Trap::kMaxFrames);
}

TEST_P(Calls, BacktraceNamesEveryCallSite) {
  const TextModule module(R"((module
    (memory 1)
    (func $leaf (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 4))))
    (func $middle (param i32) (result i32) (nop) (i32.add (i32.const 1) (call $leaf (local.get 0))))
    (func (export "top") (param i32) (result i32) (local i64 i64) (call $middle (local.get 0)))))");
  Instance& instance = guest.add(module);
  EXPECT_EQ(guest.result("top", {8}), 1u);
  ASSERT_EQ(guest.call("top", {65536}), RunStatus::Trapped);
  const Trap& trap = guest.trap();
  EXPECT_EQ(trap.kind, TrapKind::MemoryOutOfBounds);
  ASSERT_EQ(trap.frame_count, 3u);
  const std::span<const uint8_t> bytes = static_cast<const wasm::Module&>(module).bytes;
  const uint8_t opcodes[] = {0x28, 0x10, 0x10};  // i32.load, call, call
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(trap.frames()[i].instance, &instance);
    EXPECT_EQ(trap.frames()[i].func_idx, i);
    EXPECT_EQ(bytes[trap.frames()[i].offset], opcodes[i]) << i;
  }
}

TEST_P(Calls, BacktraceCrossesInstancesAndHost) {
  Instance& inner = guest.add("(module (func $bad (export \"bad\") (unreachable)))");
  ASSERT_TRUE(guest.linker.define_instance("inner", inner).ok());
  Func* bad = inner.find_func("bad");
  ASSERT_TRUE(guest.linker
                  .define("host", "call",
                          HostFunction{[](void* state, Caller& caller, Slot* values) { return caller.call(*static_cast<Func*>(state), values); },
                                       bad, {}, {}})
                  .ok());
  Instance& outer = guest.add(R"((module
    (import "inner" "bad" (func $bad)) (import "host" "call" (func $host))
    (func $direct (export "direct") (call $bad)) (func (export "through") (call $host))))");
  for (const char* name : {"direct", "through"}) {
    ASSERT_EQ(guest.call(outer, name), RunStatus::Trapped);
    EXPECT_EQ(guest.trap().kind, TrapKind::Unreachable);
    ASSERT_EQ(guest.trap().frame_count, 2u);
    EXPECT_EQ(guest.trap().frames()[0].instance, &inner);
    EXPECT_EQ(guest.trap().frames()[1].instance, &outer);
  }
  // And the instances still work.
  ASSERT_EQ(guest.call(outer, "direct"), RunStatus::Trapped);
}

// A function without code yet is encoded at the first try of the call; the copies that are part of the call happen again at the second.
TEST_P(Calls, CopiesBeforeACallSurviveASecondTry) {
  guest.add(R"((module
    (type $t (func (param i32 i32 i32) (result i32)))
    (table funcref (elem $a $b $c $d))
    (func $a (type $t) (i32.sub (i32.sub (i32.mul (local.get 0) (i32.const 100)) (local.get 1)) (local.get 2)))
    (func $b (type $t) (i32.sub (i32.sub (i32.mul (local.get 0) (i32.const 100)) (local.get 1)) (local.get 2)))
    (func $c (type $t) (i32.sub (i32.sub (i32.mul (local.get 0) (i32.const 100)) (local.get 1)) (local.get 2)))
    (func $d (type $t) (i32.sub (i32.sub (i32.mul (local.get 0) (i32.const 100)) (local.get 1)) (local.get 2)))
    (func $one (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $two (param i32) (result i32) (i32.mul (local.get 0) (i32.const 5)))
    (func (export "direct") (param $x i32) (param $y i32) (result i32) (call $a (local.get $y) (local.get $x) (i32.const -7)))
    (func (export "indirect") (param $x i32) (param $y i32) (result i32)
      (call_indirect (type $t) (local.get $y) (i32.const 9) (local.get $x) (i32.and (local.get $x) (i32.const 1))))
    (func (export "rotated") (param $x i32) (param $y i32) (param $z i32) (result i32)
      (local.set $z (local.get $y))
      (local.set $y (local.get $x))
      (local.set $x (call $c (i32.const 1) (i32.const 2) (i32.const 3)))
      (i32.add (i32.mul (local.get $z) (i32.const 1000)) (i32.add (local.get $y) (local.get $x))))
    (func (export "sums") (param $x i32) (result i32)
      (i32.add (call $one (i32.add (local.get $x) (i32.const 10)))
        (call $two (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))))");
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(guest.result("direct", {4, 6}), 603u);
    EXPECT_EQ(guest.result("indirect", {5, 8}), 786u);
    EXPECT_EQ(guest.result("rotated", {4, 6, 50}), 6099u);
    EXPECT_EQ(guest.result("sums", {2}), 41u);
  }
}

TEST_P(Calls, IndirectCallsCheckIndexNullAndType) {
  guest.add(R"((module
    (type $t (func (result i32))) (table 3 funcref) (elem (i32.const 0) $ok $other)
    (func $ok (result i32) (i32.const 7)) (func $other (result i64) (i64.const 7))
    (func (export "run") (param i32) (result i32) (call_indirect (type $t) (local.get 0)))))");
  EXPECT_EQ(guest.result("run", {0}), 7u);
  const TrapKind kinds[] = {TrapKind::IndirectCallTypeMismatch, TrapKind::UninitializedElement, TrapKind::UndefinedElement};
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_EQ(guest.call("run", {i + 1}), RunStatus::Trapped);
    EXPECT_EQ(guest.trap().kind, kinds[i]);
  }
  ASSERT_EQ(guest.call("run", {UINT32_MAX}), RunStatus::Trapped);
  EXPECT_EQ(guest.trap().kind, TrapKind::UndefinedElement);
}

TEST_P(Calls, HostFunctionsSeeAndMayGrowTheMemory) {
  ASSERT_TRUE(guest.linker
                  .define("host", "grow", HostFunction{[](void*, Caller& caller, Slot* values) {
                            values[0].u64 = caller.instance()->memory(0).grow(1);
                            return HostResult::done();
                          }, nullptr, {}, std::span<const wasm::ValType>(kOneI32, 1)})
                  .ok());
  guest.add(R"((module (import "host" "grow" (func $grow (result i32))) (memory 1)
    (func (export "run") (result i32) (local $i i32)
      (i32.store (i32.const 0) (i32.const 5))
      (loop $l (drop (call $grow)) (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
      (i32.store (i32.const 1376248) (i32.const 1))
      (i32.add (i32.load (i32.const 0)) (memory.size)))))");
  EXPECT_EQ(guest.result("run"), 25u + 21);
}

TEST(CallsOnThreads, InstancesOfOneModuleEncodeItTogether) {
  linux_port::Platform platform;
  Interpreter interpreter{platform.allocator, {.scheduler = &platform.scheduler}};
  std::string source = "(module\n";
  for (int i = 0; i < 200; ++i)
    source += "(func $f" + std::to_string(i) + " (param i32) (result i32) (i32.add (local.get 0) " +
              (i == 0 ? "(i32.const 1)" : "(call $f" + std::to_string(i - 1) + " (i32.const " + std::to_string(i) + "))") + "))\n";
  source += "(export \"run\" (func $f199)))";
  const TextModule module(source);
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
      ASSERT_EQ(execution.call(*(*instance)->find_func("run"), &value), RunStatus::Done);
      results[t] = value.u32;
    });
  for (std::thread& thread : threads) thread.join();
  for (uint32_t result : results) EXPECT_EQ(result, 19901u);
}

}  // namespace
}  // namespace umber::test
