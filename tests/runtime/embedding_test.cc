// The embedding interface over the runtime: loading, typed calls, pauses.
#include "tests/runtime/harness.h"
#include "umber/umber.h"

namespace umber::test {
namespace {

RunStatus add(Execution&, const Func&, Slot* values) {
  values[0].u64 = values[0].u32 + values[1].u32;
  return RunStatus::Done;
}
RunStatus half(Execution&, const Func&, Slot* values) {
  values[0].f64 /= 2;
  return RunStatus::Done;
}
/// Pauses once, then returns 7.
RunStatus pausing(Execution& execution, const Func&, Slot* values) {
  execution.set_resume(
      [](Execution&, void* state) {
        static_cast<Slot*>(state)->u64 = 7;
        return RunStatus::Done;
      },
      values);
  return RunStatus::Suspended;
}

class Embedding : public ::testing::Test {
 protected:
  Embedding() {
    tier.functions = {{"add", add}, {"half", half}, {"pausing", pausing}};
    EXPECT_TRUE(execution.init().ok());
    Result<Instance*> made = linker.instantiate(module, engine.tier(), execution);
    EXPECT_TRUE(made.ok());
    instance = *made;
  }
  TestAllocator allocator;
  TestTier tier;
  linux_port::PageMemory pages;
  Engine engine{allocator, tier, &pages};
  TextModule module{R"((module (memory (export "m") 1)
    (func (export "add") (param i32 i32) (result i32) unreachable)
    (func (export "half") (param f64) (result f64) unreachable)
    (func (export "pausing") (result i64) unreachable)
    (func (export "trap"))))"};
  Store store = engine.new_store();
  Linker linker{store};
  Execution execution{store};
  Instance* instance = nullptr;
};

TEST_F(Embedding, TypedCalls) {
  auto add = instance->func<int32_t(int32_t, uint32_t)>("add");
  ASSERT_TRUE(add.ok());
  const Slot* top = execution.stack_top;
  const CallResult<int32_t> sum = (*add)(execution, -5, 3u);
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(sum.value(), -2);
  EXPECT_EQ(execution.stack_top, top);
  auto half = instance->func<double(double)>("half");
  ASSERT_TRUE(half.ok());
  EXPECT_EQ((*half)(execution, 3.0).value(), 1.5);
}

TEST_F(Embedding, TypesAreCompared) {
  EXPECT_EQ(to_string((instance->func<int64_t(int32_t, int32_t)>("add").error().text())),
            "function \"add\" has another type");
  EXPECT_EQ(instance->func<int32_t(int32_t)>("add").error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(instance->func<void()>("nothing").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(instance->func<void()>("m").error().code(), ErrorCode::NotFound);
}

TEST_F(Embedding, TrapsAreValues) {
  auto trap = instance->func<void()>("trap");
  ASSERT_TRUE(trap.ok());
  const CallResult<void> result = (*trap)(execution);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.trap().kind, TrapKind::Unreachable);
}

TEST_F(Embedding, APausedCallFindsItsResult) {
  auto pausing = instance->func<int64_t()>("pausing");
  ASSERT_TRUE(pausing.ok());
  const Slot* top = execution.stack_top;
  ASSERT_TRUE((*pausing)(execution).suspended());
  const CallResult<int64_t> result = pausing->resume(execution);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(execution.stack_top, top);
}

TEST_F(Embedding, ModulesAreDecodedAndValidated) {
  const uint8_t garbage[] = {0, 'a', 's', 'x'};
  EXPECT_EQ(Module::load(engine, garbage).error().code(), ErrorCode::Malformed);
  const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  Result<Module> module = Module::load(engine, empty);
  ASSERT_TRUE(module.ok());
  Module moved = std::move(module).value();
  EXPECT_EQ(moved.data().functions.size(), 0u);
  // A function of type [] -> [i32] with an empty body.
  const uint8_t invalid[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0x0b};
  EXPECT_EQ(Module::load(engine, invalid).error().code(), ErrorCode::Invalid);
}

TEST(EmbeddingStack, ATypedCallWithoutRoomTraps) {
  World world({}, World::WithPages, {.stack_slots = 1});
  world.tier.functions["add"] = add;
  Instance& instance =
      world.must_instantiate(TextModule("(module (func (export \"add\") (param i32 i32) (result i32) unreachable))"));
  auto sum = instance.func<int32_t(int32_t, int32_t)>("add");
  ASSERT_TRUE(sum.ok());
  const CallResult<int32_t> result = (*sum)(world.execution, 1, 2);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.trap().kind, TrapKind::StackOverflow);
}

}  // namespace
}  // namespace umber::test
