// Explicit bounds checks after merge_checks and version_loops: what traps, where, and what happened before is as in the
// interpreter, at the memory's very end too; and checks do fall away.
#include <cstring>

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

constexpr const char* kAccesses = R"((module
  (memory (export "memory") 1)
  (func (export "fields") (param $p i32)
    (i32.store (local.get $p) (i32.const 0x11111111))
    (i32.store offset=4 (local.get $p) (i32.const 0x22222222))
    (i32.store8 offset=12 (local.get $p) (i32.const 0x33))
    (i64.store offset=16 (local.get $p) (i64.const 0x4444444444444444))
    (i32.store offset=8 (local.get $p) (i32.const 0x55555555)))
  (func (export "copy fields") (param $p i32)
    (i32.store offset=65000 (i32.const 0) (i32.load offset=8 (local.get $p)))
    (i32.store offset=65004 (i32.const 0) (i32.load (local.get $p)))
    (i32.store offset=65008 (i32.const 0) (i32.load offset=20 (local.get $p))))
  (func (export "divided fields") (param $p i32)
    (i32.store offset=4 (local.get $p) (i32.const 1))
    (i32.store offset=32 (i32.const 0) (i32.div_u (i32.const 1) (i32.load offset=8 (local.get $p))))
    (i32.store offset=12 (local.get $p) (i32.const 1)))
  (func (export "up") (param $p i32) (local $i i32)
    (loop $next
      (i32.store (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 40)))))
  (func (export "down") (param $p i32) (local $i i32)
    (local.set $i (i32.const 40))
    (loop $next
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (i32.store8 offset=3 (i32.add (local.get $p) (local.get $i)) (local.get $i))
      (br_if $next (local.get $i))))
  (func (export "falling") (param $p i32) (local $i i32)
    (local.set $i (i32.const 33))
    (loop $next
      (i32.store16 (local.get $p) (local.get $i))
      (local.set $p (i32.sub (local.get $p) (i32.const 3)))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $next (local.get $i))))
  (func (export "until zero") (param $p i32)
    (loop $next
      (i32.store8 (local.get $p) (i32.const 7))
      (local.set $p (i32.add (local.get $p) (i32.const 5)))
      (br_if $next (local.get $p))))
  (func (export "counted by argument") (param $n i32) (local $i i32)
    (loop $next
      (i32.store8 offset=65400 (local.get $i) (i32.const 9))
      (i32.store8 offset=65300 (i32.const 0) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.ne (local.get $i) (local.get $n)))))
  (func (export "stops early") (param $p i32) (local $i i32)
    (block $out
      (loop $next
        (br_if $out (i32.eq (i32.load8_u (i32.add (local.get $p) (local.get $i))) (i32.const 1)))
        (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.const 2))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (i32.const 100))))))
  (func (export "grows") (param $p i32) (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.const 3))
      (if (i32.eq (local.get $i) (i32.const 20)) (then (drop (memory.grow (i32.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 40)))))))";

constexpr const char* kNames[] = {"fields", "copy fields", "divided fields", "up", "down", "falling", "until zero", "counted by argument", "stops early", "grows"};
constexpr uint32_t kArguments[] = {0, 1, 40, 200, 65300, 65400, 65480, 65496, 65500, 65508, 65512, 65514, 65516, 65520, 65524, 65528, 65530, 65532,
                                   65533, 65535, 65536, 65540, 131'000, 0x7fff'fff0, 0xffff'fed0, 0xffff'ffd8, 0xffff'fff0, 0xffff'fffc, 0xffff'ffff};

/// How a call ends, and a digest of memory, which is zero before, afterwards.
std::string outcome_of(Machine& machine, Instance* instance, const char* name, uint32_t argument) {
  std::memset(instance->memory(0).base(), 0, instance->memory(0).size_bytes());
  std::vector<Slot> values(1);
  values[0].bits = argument;
  std::string text = "done";
  if (machine.call(instance, name, values) != RunStatus::Done) {
    text.clear();
    write_trap(machine.execution.last_trap(), {[](void* state, StringRef part) { static_cast<std::string*>(state)->append(part.data(), part.size()); }, &text});
  }
  const Memory& memory = instance->memory(0);
  uint64_t digest = 14'695'981'039'346'656'037u;
  for (uint64_t i = 0; i < memory.size_bytes(); ++i) digest = (digest ^ memory.base()[i]) * 1'099'511'628'211u;
  return text + " " + std::to_string(memory.size_bytes()) + " " + std::to_string(digest);
}

class Checks : public testing::TestWithParam<Interruption> {};

TEST_P(Checks, TrapsAndEffectsEqualTheInterpreters) {
  const TextModule module(kAccesses);
  Machine compiled(true, BoundsMode::Checked, GetParam());
  Machine interpreted(false, BoundsMode::Checked);
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : kNames) {
    for (const uint32_t argument : kArguments)
      EXPECT_EQ(outcome_of(compiled, a, name, argument), outcome_of(interpreted, b, name, argument)) << name << " " << argument;
  }
}

INSTANTIATE_TEST_SUITE_P(Interruptions, Checks, testing::Values(Interruption::None, Interruption::Budget, Interruption::Coarse));

/// LLVM's comparisons in a function of one memory page that is compiled without polls.
size_t comparisons(const std::string& body) {
  const TextModule module("(module (memory 1) (func (export \"f\") (param i32) (result i32) " + body + "))");
  CompileOptions options = host_options(BoundsChecks::Explicit, Interruption::None, Optimization::O2);
  const Result<std::vector<uint8_t>> text = compile(module.module, options, Output::LlvmIr);
  EXPECT_TRUE(text.ok());
  const std::string ir(text.value().begin(), text.value().end());
  size_t count = 0;
  for (size_t at = ir.find(" icmp "); at != std::string::npos; at = ir.find(" icmp ", at + 1)) ++count;
  return count;
}

TEST(Checks, FallAwayWhereTheLeastSizeIsEnough) {
  EXPECT_EQ(comparisons("(i32.load offset=65532 (i32.const 0))"), 0u);
  EXPECT_EQ(comparisons("(i32.load offset=1024 (i32.and (local.get 0) (i32.const 1020)))"), 0u);
  EXPECT_NE(comparisons("(i32.load offset=65533 (i32.const 0))"), 0u);
  EXPECT_NE(comparisons("(i32.load offset=65000 (i32.and (local.get 0) (i32.const 1020)))"), 0u);
}

TEST(Checks, AnEarlierOneThatReachesAsFarIsEnough) {
  const std::string first = "(drop (i32.load offset=8 (local.get 0)))";
  EXPECT_EQ(comparisons(first + "(i32.load offset=8 (local.get 0))"), 1u);
  EXPECT_EQ(comparisons(first + "(i32.store8 offset=1 (local.get 0) (i32.const 1)) (i32.load offset=4 (local.get 0))"), 1u);
}

constexpr const char* kCounted = R"((module
  (memory 1)
  (func (export "sum") (param $n i32) (result i32) (local $i i32) (local $s i32)
    (loop $next
      (local.set $s (i32.add (local.get $s) (i32.load (i32.shl (local.get $i) (i32.const 2)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $s))
  (func (export "nested") (param $n i32) (result i32) (local $i i32) (local $j i32)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (i32.store8 offset=100 (local.get $j) (local.get $i))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $inner (i32.lt_u (local.get $j) (i32.const 1000))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $i))
  (func (export "long") (result i32) (local $i i32)
    (loop $next
      (i32.store8 (i32.and (local.get $i) (i32.const 0xff)) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.ne (local.get $i) (i32.const 0x7fffffff))))
    (local.get $i))))";

TEST(Coarse, LoopsThatEndCostTheirFuel) {
  const TextModule module(kCounted);
  for (const char* name : {"sum", "nested"}) {
    Machine coarse(true, BoundsMode::Checked, Interruption::Coarse);
    Machine exact(true, BoundsMode::Checked, Interruption::Budget);
    for (Machine* machine : {&coarse, &exact}) {
      Instance* instance = machine->instantiate(module);
      std::vector<Slot> values(1);
      values[0].bits = 3000;
      ASSERT_EQ(machine->call(instance, name, values), RunStatus::Done);
    }
    EXPECT_EQ(coarse.execution.fuel_consumed(), exact.execution.fuel_consumed()) << name;
  }
}

TEST(Coarse, FuelEndsLongAndNestedLoops) {
  const TextModule module(kCounted);
  for (const char* name : {"nested", "long"}) {
    Machine machine(true, BoundsMode::Checked, Interruption::Coarse);
    Instance* instance = machine.instantiate(module);
    machine.execution.set_fuel(50'000);
    std::vector<Slot> values(1);
    values[0].bits = 0xffff'ffff;
    EXPECT_EQ(machine.call(instance, name, values), RunStatus::Trapped) << name;
    EXPECT_EQ(machine.execution.last_trap().kind, TrapKind::OutOfFuel) << name;
  }
}

}  // namespace
}  // namespace umber::aot::test
