// From a module to an instance: initialisers, segments, start functions, and what is left when it fails.
#include "runtime/pieces.h"
#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

uint64_t global_bits(Instance& instance, uint32_t idx) { return instance.global(idx).cell->value[0].bits; }

TEST(Instantiate, GlobalInitialisers) {
  World world;
  const TextModule module(R"((module
    (global $a i32 (i32.const -1))
    (global $b i64 (i64.const 0x123456789))
    (global $c i32 (i32.add (global.get $a) (i32.mul (i32.const 3) (i32.const 5))))
    (global $d i64 (i64.sub (global.get $b) (i64.const 1)))
    (global $e f64 (f64.const 1.5))
    (global $v v128 (v128.const i64x2 7 9))
    (global $n externref (ref.null extern))
    (global $f funcref (ref.func $func))
    (global $i i31ref (ref.i31 (i32.const 5)))
    (func $func)))");
  Instance& instance = world.must_instantiate(module);
  EXPECT_EQ(global_bits(instance, 0), 0xffff'ffffu);
  EXPECT_EQ(global_bits(instance, 1), 0x1'2345'6789u);
  EXPECT_EQ(global_bits(instance, 2), 14u);
  EXPECT_EQ(global_bits(instance, 3), 0x1'2345'6788u);
  EXPECT_EQ(instance.global(4).cell->value[0].f64, 1.5);
  EXPECT_EQ(instance.global(5).cell->value[0].u64, 7u);
  EXPECT_EQ(instance.global(5).cell->value[1].u64, 9u);
  EXPECT_EQ(global_bits(instance, 6), kNullRef);
  EXPECT_EQ(global_bits(instance, 7), reinterpret_cast<uintptr_t>(&instance.func(0)));
  EXPECT_EQ(global_bits(instance, 8), i31_ref(5));
}

TEST(Instantiate, ObjectsInInitialisers) {
  World world;
  const TextModule module("(module (type $s (struct)) (global (ref $s) (struct.new $s)))");
  Instance& instance = world.must_instantiate(module);
  EXPECT_TRUE(world.store.objects().contains(global_bits(instance, 0)));
}

TEST(Instantiate, ObjectsInInitialisersNeedRoom) {
  StoreConfig config;
  config.heap.max_bytes = 64 * 1024;
  World world(config);
  const TextModule module("(module (type $a (array i64)) (global (ref $a) (array.new $a (i64.const 0) (i32.const 10000))))");
  EXPECT_EQ(world.instantiate_error(module), "out of memory for an object in a constant expression");
}

TEST(Instantiate, ActiveSegments) {
  World world;
  const TextModule module(R"((module
    (memory (export "m") 1) (table (export "t") 10 funcref)
    (global $at i32 (i32.const 4))
    (data (offset (global.get $at)) "abc") (data (i32.const 5) "X") (data "passive")
    (elem (i32.const 1) func $f $g) (elem (i32.add (i32.const 2) (i32.const 3)) funcref (ref.func $g) (ref.null func))
    (elem func $f $g) (elem declare func $f)
    (func $f) (func $g)))");
  Instance& instance = world.must_instantiate(module);
  EXPECT_EQ(std::memcmp(instance.memory(0).base() + 4, "aXc", 4), 0);
  const auto elements = instance.table(0).elements();
  const auto f = reinterpret_cast<uintptr_t>(&instance.func(0)), g = reinterpret_cast<uintptr_t>(&instance.func(1));
  EXPECT_EQ(elements[0], kNullRef);
  EXPECT_EQ(elements[1], f);
  EXPECT_EQ(elements[2], g);
  EXPECT_EQ(elements[5], g);
  EXPECT_EQ(elements[6], kNullRef);
  EXPECT_TRUE(instance.data(0).empty());
  EXPECT_EQ(instance.data(2).size(), 7u);
  EXPECT_TRUE(instance.elements(0).empty());
  EXPECT_EQ(instance.elements(2).size(), 2u);
  EXPECT_TRUE(instance.elements(3).empty());
}

TEST(Instantiate, SegmentInstructions) {
  World world;
  const TextModule module(R"((module
    (memory 1) (memory 1) (table 4 funcref) (table 4 funcref)
    (data "hello") (elem func $f $f $f) (func $f)))");
  Instance& instance = world.must_instantiate(module);
  EXPECT_EQ(instance.memory_init(0, 0, 10, 1, 4), TrapKind::None);
  EXPECT_EQ(std::memcmp(instance.memory(0).base() + 10, "ello", 4), 0);
  EXPECT_EQ(instance.memory_init(0, 0, 10, 2, 4), TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(instance.memory_init(0, 0, 65533, 0, 4), TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(instance.memory_copy(1, 0, 0, 10, 4), TrapKind::None);
  EXPECT_EQ(std::memcmp(instance.memory(1).base(), "ello", 4), 0);
  EXPECT_EQ(instance.memory_copy(1, 0, 65536, 65536, 0), TrapKind::None);
  EXPECT_EQ(instance.memory_copy(1, 0, 65537, 0, 0), TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(instance.memory_fill(0, 0, 0xaa, 65536), TrapKind::None);
  EXPECT_EQ(instance.memory_fill(0, 1, 0xaa, 65536), TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(instance.memory_fill(0, UINT64_MAX, 0xaa, 1), TrapKind::MemoryOutOfBounds);
  instance.data_drop(0);
  EXPECT_EQ(instance.memory_init(0, 0, 0, 0, 0), TrapKind::None);
  EXPECT_EQ(instance.memory_init(0, 0, 0, 0, 1), TrapKind::MemoryOutOfBounds);

  EXPECT_EQ(instance.table_init(0, 0, 1, 0, 3), TrapKind::None);
  EXPECT_EQ(instance.table_init(0, 0, 2, 0, 3), TrapKind::TableOutOfBounds);
  EXPECT_EQ(instance.table_copy(1, 0, 0, 1, 3), TrapKind::None);
  EXPECT_NE(instance.table(1).elements()[2], kNullRef);
  EXPECT_EQ(instance.table_fill(1, 0, kNullRef, 5), TrapKind::TableOutOfBounds);
  instance.elem_drop(0);
  instance.elem_drop(0);
  EXPECT_EQ(instance.table_init(0, 0, 0, 0, 1), TrapKind::TableOutOfBounds);
}

/// A run that is over works on no more than a piece of a range, however long that is.
TEST(Instantiate, LongRangesEndWithTheRun) {
  constexpr uint64_t kPages = 64, kBytes = kPages * 65536;
  World world;
  const TextModule module("(module (memory " + std::to_string(kPages) + ") (data \"" + std::string(kBytes, 'd') + "\"))");
  Instance& instance = world.must_instantiate(module);
  world.execution.switch_to(instance.context());
  uint8_t* const bytes = instance.memory(0).base();
  const auto expect_first_piece_only = [&](TrapKind result, TrapKind expected, uint8_t value) {
    EXPECT_EQ(result, expected);
    EXPECT_EQ(bytes[0], value);
    EXPECT_EQ(bytes[kPieceBytes - 1], value);
    EXPECT_EQ(bytes[kPieceBytes], 0);
    EXPECT_EQ(bytes[kBytes - 1], 0);
    std::memset(bytes, 0, kPieceBytes);
  };
  const auto all = [&](TrapKind expected) {
    expect_first_piece_only(instance.memory_fill(0, 0, 0xaa, kBytes), expected, 0xaa);
    expect_first_piece_only(instance.memory_init(0, 0, 0, 0, kBytes), expected, 'd');
    EXPECT_EQ(instance.memory_copy(0, 0, 0, 65536, kBytes - 65536), expected);
  };
  world.execution.set_deadline(1);
  all(TrapKind::DeadlineExceeded);
  world.execution.set_deadline(kNoDeadline);
  world.execution.request_kill();
  all(TrapKind::Killed);
  world.execution.clear_requests();

  const uint64_t before = world.execution.fuel_consumed();
  EXPECT_EQ(instance.memory_fill(0, 0, 0xaa, kBytes), TrapKind::None);
  EXPECT_EQ(world.execution.fuel_consumed() - before, kBytes / 1024);
  // Overlapping both ways, over borders of pieces.
  for (uint64_t i = 0; i < kBytes; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + i / 253);
  const std::vector<uint8_t> original(bytes, bytes + kBytes);
  EXPECT_EQ(instance.memory_copy(0, 0, 1000, 0, kBytes - 1000), TrapKind::None);
  EXPECT_EQ(std::memcmp(bytes + 1000, original.data(), kBytes - 1000), 0);
  EXPECT_EQ(instance.memory_copy(0, 0, 0, 1000, kBytes - 1000), TrapKind::None);
  EXPECT_EQ(std::memcmp(bytes, original.data(), kBytes - 1000), 0);
}

TEST(Instantiate, ASegmentOutOfRangeTrapsAndEarlierOnesStay) {
  World world;
  Instance& owner =
      world.must_instantiate(TextModule("(module (memory (export \"m\") 1) (table (export \"t\") 4 funcref))"));
  ASSERT_TRUE(world.linker.define_instance("env", owner).ok());
  const TextModule data_module(R"((module (import "env" "m" (memory 1)) (import "env" "t" (table 1 funcref))
    (elem (i32.const 2) func $f) (func $f)
    (data (i32.const 0) "first") (data (i32.const 65534) "second")))");
  EXPECT_EQ(world.instantiate_error(data_module), "data segment 1: out of bounds memory access");
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(std::memcmp(owner.memory(0).base(), "first", 5), 0);
  EXPECT_EQ(owner.memory(0).base()[65534], 0);

  // The failed instance's function is reachable through the table and alive.
  const auto* func = reinterpret_cast<const Func*>(static_cast<uintptr_t>(owner.table(0).elements()[2]));
  ASSERT_NE(func, nullptr);
  Slot values[1];
  EXPECT_EQ(world.execution.call(*func, values), RunStatus::Trapped);
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::Unreachable);

  const TextModule elem_module(R"((module (import "env" "t" (table 1 funcref)) (elem (i32.const 4) func $f) (func $f)))");
  EXPECT_EQ(world.instantiate_error(elem_module), "element segment 0: out of bounds table access");
}

RunStatus store_42(Execution&, const Func& func, Slot*) {
  func.ctx->global(0).value[0].u64 = 42;
  return RunStatus::Done;
}

TEST(Instantiate, StartFunction) {
  World world;
  world.tier.functions["start"] = store_42;
  const TextModule module(R"((module (global (mut i64) (i64.const 0)) (func $start (export "start")) (start $start)))");
  EXPECT_EQ(global_bits(world.must_instantiate(module), 0), 42u);
}

TEST(Instantiate, AStartFunctionThatTraps) {
  World world;
  const TextModule module("(module (func $start (unreachable)) (start $start))");
  EXPECT_EQ(world.instantiate_error(module), "start function: unreachable");
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::Unreachable);
  EXPECT_EQ(world.store.instance_count(), 1u);
}

TEST(Instantiate, InstanceLimit) {
  StoreConfig config;
  config.max_instances = 2;
  World world(config);
  const TextModule module("(module)");
  world.must_instantiate(module);
  world.must_instantiate(module);
  EXPECT_EQ(world.instantiate_error(module), "the store has 2 instances, its limit");
}

TEST(Instantiate, AFailedLinkLeavesNothing) {
  World world;
  const TextModule module(R"((module (import "env" "g" (global i32)) (memory 1) (table 5 funcref)))");
  Slot value{};
  Result<Global> global = world.store.create_global({wasm::ValType::I64, false}, &value);
  ASSERT_TRUE(global.ok());
  const Extern imports[] = {*global};
  Result<Instance*> instance = world.store.instantiate(module, imports, world.tier, world.execution);
  ASSERT_FALSE(instance.ok());
  EXPECT_EQ(world.store.memory_bytes(), 0u);
  EXPECT_EQ(world.store.table_elements(), 0u);
  EXPECT_EQ(world.store.instance_count(), 0u);
  EXPECT_EQ(world.tier.prepared, world.tier.released);
}

TEST(Instantiate, EveryAllocationMayFail) {
  const TextModule library(R"((module (memory (export "m") 1) (table (export "t") 4 funcref) (tag (export "e") (param i32))
    (global (export "g") (mut i32) (i32.const 7)) (func (export "f") (param i32))))");
  const TextModule module(R"((module
    (import "lib" "m" (memory 1)) (import "lib" "t" (table 1 funcref)) (import "lib" "g" (global (mut i32)))
    (import "lib" "f" (func (param i32))) (import "lib" "e" (tag (param i32)))
    (type $s (sub (struct (field i32)))) (type $t (sub $s (struct (field i32) (field i64))))
    (memory 2) (table 3 externref) (tag (param i64)) (global i32 (i32.add (i32.const 1) (i32.const 2)))
    (data (i32.const 0) "x") (elem (i32.const 0) func 0) (elem func 0 1) (func $start) (start $start)))");
  const uint64_t count = sweep_allocation_failures([&](TestAllocator& allocator) {
    TestTier tier;
    tier.functions["start"] = store_42;
    {
      StoreConfig config;
      Store store(allocator, config);
      Execution execution(store, {.stack_slots = 64});
      if (!execution.init().ok()) return;
      Linker linker(store);
      Result<Instance*> first = linker.instantiate(library, tier, execution);
      if (!first.ok()) {
        EXPECT_EQ(first.error().code(), ErrorCode::OutOfMemory);
        return;
      }
      if (!linker.define_instance("lib", **first).ok()) return;
      Result<Instance*> second = linker.instantiate(module, tier, execution);
      if (!second.ok() && second.error().code() != ErrorCode::OutOfMemory) {
        EXPECT_EQ(to_string(second.error().text()), "start function: unreachable");
      }
    }
    EXPECT_EQ(tier.prepared, tier.released);
  });
  EXPECT_GT(count, 20u);
}

}  // namespace
}  // namespace umber::test
