// Which calls through constant tables name their callees, and that such calls end as interpreted ones do: results, every kind of trap, and
// backtraces with the frames of what was inlined.
#include "aot/compiler/known_callees.h"

#include "aot/compiler/heap_allocator.h"
#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

/// How many callees a call as of a type names in table 0.
struct Found {
  explicit Found(std::string_view source) : module(source) {
    HeapAllocator allocator;
    Result<ConstantTables> tables = find_constant_tables(module.module, allocator);
    EXPECT_TRUE(tables.ok());
    callees = std::make_unique<KnownCallees>(module.module, tables.value());
  }
  [[nodiscard]] size_t of(uint32_t type_idx) const { return callees->of(0, module.module.types[type_idx].canonical).size(); }

  TextModule module;
  std::unique_ptr<KnownCallees> callees;
};

/// A table of `count` functions of type 0 with so many additions each, and one of type 1.
std::string table_of(int count, int additions) {
  std::string source = "(module (type $t (func (param i32) (result i32))) (type $u (func)) (table funcref (elem $other";
  for (int i = 0; i < count; ++i) source += " $f" + std::to_string(i);
  source += ")) (func $other (type $u))";
  for (int i = 0; i < count; ++i) {
    source += " (func $f" + std::to_string(i) + " (type $t) local.get 0";
    for (int k = 0; k < additions; ++k) source += " i32.const 1 i32.add";
    source += ")";
  }
  return source + ")";
}

TEST(KnownCallees, FewOfAnySizeOrSomeMoreThatAreSmall) {
  EXPECT_EQ(Found(table_of(4, 200)).of(0), 4u);
  EXPECT_EQ(Found(table_of(5, 200)).of(0), 0u);
  EXPECT_EQ(Found(table_of(16, 4)).of(0), 16u);
  EXPECT_EQ(Found(table_of(17, 4)).of(0), 0u);
  EXPECT_EQ(Found(table_of(17, 4)).of(1), 1u) << "types are counted for themselves";
}

TEST(KnownCallees, NotThroughTablesThatMayChange) {
  std::string source = table_of(3, 1);
  source.insert(source.rfind(')'), " (func (table.set 0 (i32.const 0) (ref.null func)))");
  EXPECT_EQ(Found(source).of(0), 0u);
}

TEST(KnownCallees, ImportsAreNobodysCase) {
  const Found found("(module (type $t (func)) (import \"\" \"\" (func $i (type $t))) (table funcref (elem $i $f $i)) (func $f (type $t)))");
  ASSERT_EQ(found.of(0), 1u);
  EXPECT_EQ(found.callees->of(0, found.module.module.types[0].canonical)[0].index, 1u);
}

/// Element 0 doubles, 1 is null, 2 has another type, 3 traps, 4 returns two results through its own type, 5 calls itself by way of the table.
constexpr const char* kMethods = R"((module
  (type $one (func (param i32) (result i32)))
  (type $two (func (param i32) (result i32 i64)))
  (type $none (func))
  (memory 1)
  (table 6 funcref)
  (elem (i32.const 0) $double)
  (elem (i32.const 2) $nothing $fault $pair $deeper)
  (func $double (type $one) (i32.mul (local.get 0) (i32.const 2)))
  (func $nothing (type $none))
  (func $fault (type $one) (i32.load (i32.const -8)))
  (func $pair (type $two) (local.get 0) (i64.const 7))
  (func $deeper (type $one)
    (if (result i32) (local.get 0)
      (then (call_indirect (type $one) (i32.sub (local.get 0) (i32.const 1)) (i32.const 5)))
      (else (i32.const 99))))
  (func (export "f") (param i32 i32) (result i32) (call_indirect (type $one) (local.get 0) (local.get 1)))
  (func (export "g") (param i32 i32) (result i64) (local $second i64)
    (call_indirect (type $two) (local.get 0) (local.get 1))
    local.set $second i64.extend_i32_u local.get $second i64.add)
  (func (export "null") (result i32) (call_indirect (type $one) (i32.const 1) (i32.const 1)))
  (func (export "other") (result i32) (call_indirect (type $one) (i32.const 1) (i32.const 2)))
  (func (export "beyond") (result i32) (call_indirect (type $one) (i32.const 1) (i32.const 6)))
  (func (export "negative") (result i32) (call_indirect (type $one) (i32.const 1) (i32.const -1)))
  (func (export "fault") (result i32) (call_indirect (type $one) (i32.const 1) (i32.const 3)))))";

class CallTest : public ::testing::TestWithParam<Interruption> {};

TEST_P(CallTest, ResultsAreTheInterpreters) {
  const TextModule module(kMethods);
  Machine compiled(true, BoundsMode::Guarded, GetParam()), interpreted(false);
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : {"f", "g"}) {
    for (uint32_t index = 0; index < 8; ++index) {
      std::vector<Slot> left = {Slot{5}, Slot{index}}, right = {Slot{5}, Slot{index}};
      const RunStatus status = compiled.call(a, name, left);
      ASSERT_EQ(status, interpreted.call(b, name, right)) << name << index;
      if (status == RunStatus::Done) EXPECT_EQ(left[0].u64, right[0].u64) << name << index;
    }
  }
}

TEST_P(CallTest, TrapsAreTheInterpreters) {
  const TextModule module(kMethods);
  Machine compiled(true, BoundsMode::Guarded, GetParam()), interpreted(false);
  Instance* a = compiled.instantiate(module);
  Instance* b = interpreted.instantiate(module);
  for (const char* name : {"null", "other", "beyond", "negative", "fault"}) {
    const std::string trap = interpreted.trap_of(b, name);
    EXPECT_NE(trap, "no trap") << name;
    EXPECT_EQ(compiled.trap_of(a, name), trap) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Interruptions, CallTest, ::testing::Values(Interruption::Heartbeat, Interruption::Budget));

}  // namespace
}  // namespace umber::aot::test
