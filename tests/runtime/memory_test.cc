#include "runtime/memory.h"

#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

constexpr uint64_t kPage = 64 * 1024;

wasm::MemoryType pages(uint64_t min, uint64_t max = UINT64_MAX) {
  wasm::MemoryType type;
  type.limits.min = min;
  type.limits.has_max = max != UINT64_MAX;
  type.limits.max = max;
  return type;
}

struct Mode {
  const char* name;
  BoundsMode bounds;
  World::Pages pages;
  bool move;
};

class MemoryModes : public ::testing::TestWithParam<Mode> {
 protected:
  StoreConfig config() const {
    StoreConfig config;
    config.bounds = GetParam().bounds;
    config.move_memory_on_grow = GetParam().move;
    return config;
  }
};

TEST_P(MemoryModes, GrowsZeroedAndKeepsContent) {
  World world(config(), GetParam().pages);
  Result<Memory*> made = world.store.create_memory(pages(1, 5));
  ASSERT_TRUE(made.ok());
  Memory& memory = **made;
  EXPECT_EQ(memory.size_bytes(), kPage);
  memory.base()[0] = 1;
  memory.base()[kPage - 1] = 2;
  EXPECT_EQ(memory.grow(0), 1u);
  EXPECT_EQ(memory.grow(2), 1u);
  EXPECT_EQ(memory.grow(1), 3u);
  EXPECT_EQ(memory.size_pages(), 4u);
  EXPECT_EQ(memory.base()[0], 1);
  EXPECT_EQ(memory.base()[kPage - 1], 2);
  for (uint64_t i = kPage; i < memory.size_bytes(); ++i) ASSERT_EQ(memory.base()[i], 0) << i;
  EXPECT_EQ(memory.grow(2), Memory::kGrowFailed);
  EXPECT_EQ(memory.grow(UINT64_MAX), Memory::kGrowFailed);
  EXPECT_EQ(memory.grow(1), 4u);
  EXPECT_EQ(world.store.memory_bytes(), 5 * kPage);
}

TEST_P(MemoryModes, EveryContextFollows) {
  World world(config(), GetParam().pages);
  const TextModule owner("(module (memory (export \"m\") 1))");
  const TextModule user("(module (import \"a\" \"m\" (memory 1)))");
  Instance& a = world.must_instantiate(owner);
  ASSERT_TRUE(world.linker.define_instance("a", a).ok());
  Instance& b = world.must_instantiate(user);
  ASSERT_EQ(&a.memory(0), &b.memory(0));
  for (int i = 0; i < 40; ++i) {
    ASSERT_NE(a.memory(0).grow(1), Memory::kGrowFailed);
    for (const Instance* instance : {&a, &b}) {
      EXPECT_EQ(instance->context().memory0_base, a.memory(0).base());
      EXPECT_EQ(instance->context().memory0_size, a.memory(0).size_bytes());
      EXPECT_EQ(instance->context().memories[0]->size, a.memory(0).size_bytes());
    }
  }
}

TEST_P(MemoryModes, MovesOnlyWhereItMay) {
  World world(config(), GetParam().pages);
  Result<Memory*> made = world.store.create_memory(pages(1));
  ASSERT_TRUE(made.ok());
  Memory& memory = **made;
  const uint8_t* base = memory.base();
  ASSERT_EQ(memory.grow(1), 1u);
  const bool moved = memory.base() != base;
  EXPECT_FALSE(moved && memory.is_guarded());
  EXPECT_TRUE(moved || !GetParam().move);
}

TEST_P(MemoryModes, ASharedMemoryNeverMoves) {
  World world(config(), GetParam().pages);
  wasm::MemoryType type = pages(1, 8);
  type.limits.is_shared = true;
  Result<Memory*> made = world.store.create_memory(type);
  ASSERT_TRUE(made.ok());
  const uint8_t* base = (*made)->base();
  for (uint64_t i = 1; i < 8; ++i) ASSERT_EQ((*made)->grow(1), i);
  EXPECT_EQ((*made)->base(), base);
}

TEST_P(MemoryModes, PagesOfOneByte) {
  World world(config(), GetParam().pages);
  wasm::MemoryType type = pages(100, 5000);
  type.page_size_log2 = 0;
  Result<Memory*> made = world.store.create_memory(type);
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE((*made)->is_guarded());
  EXPECT_EQ((*made)->size_bytes(), 100u);
  EXPECT_EQ((*made)->grow(4900), 100u);
  EXPECT_EQ((*made)->grow(1), Memory::kGrowFailed);
  (*made)->base()[4999] = 1;
}

TEST_P(MemoryModes, SixtyFourBitMemoriesAreChecked) {
  World world(config(), GetParam().pages);
  wasm::MemoryType type = pages(1);
  type.limits.is_64 = true;
  Result<Memory*> made = world.store.create_memory(type);
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE((*made)->is_guarded());
  EXPECT_EQ((*made)->grow(3), 1u);
  EXPECT_EQ((*made)->grow(uint64_t{1} << 48), Memory::kGrowFailed);
}

/// Compiled code counts on the last page of 32-bit addresses not to be there.
TEST_P(MemoryModes, NoneGrowsIntoItsLastPage) {
  World world(config(), GetParam().pages);
  for (const wasm::MemoryType& type : {pages(0), pages(0, 65536)}) {
    Result<Memory*> made = world.store.create_memory(type);
    ASSERT_TRUE(made.ok());
    EXPECT_EQ((*made)->grow(65536), Memory::kGrowFailed);
    ASSERT_EQ((*made)->grow(1), 0u);
    EXPECT_EQ((*made)->grow(65535), Memory::kGrowFailed);
  }
}

TEST_P(MemoryModes, Limits) {
  StoreConfig limited = config();
  limited.max_memory_bytes = 3 * kPage;
  limited.max_total_memory_bytes = 4 * kPage;
  World world(limited, GetParam().pages);
  Result<Memory*> first = world.store.create_memory(pages(1));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->grow(3), Memory::kGrowFailed);
  EXPECT_EQ((*first)->grow(2), 1u);
  Result<Memory*> second = world.store.create_memory(pages(2));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::LimitReached);
  EXPECT_EQ(to_string(second.error().text()), "a memory of 131072 bytes exceeds the store's memory limit");
  Result<Memory*> third = world.store.create_memory(pages(4));
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(to_string(third.error().text()), "a memory of 4 pages is larger than the limit of 196608 bytes");
  Result<Memory*> fourth = world.store.create_memory(pages(1));
  ASSERT_TRUE(fourth.ok());
  EXPECT_EQ((*fourth)->grow(1), Memory::kGrowFailed);
}

TEST_P(MemoryModes, AnEmptyMemoryHasABase) {
  World world(config(), GetParam().pages);
  Result<Memory*> made = world.store.create_memory(pages(0));
  ASSERT_TRUE(made.ok());
  EXPECT_NE((*made)->base(), nullptr);
  EXPECT_EQ((*made)->grow(1), 0u);
  EXPECT_EQ((*made)->base()[0], 0);
}

INSTANTIATE_TEST_SUITE_P(All, MemoryModes,
                         ::testing::Values(Mode{"Guarded", BoundsMode::Guarded, World::WithPages, false},
                                           Mode{"CheckedPages", BoundsMode::Checked, World::WithPages, false},
                                           Mode{"CheckedHeap", BoundsMode::Checked, World::NoPages, false},
                                           Mode{"MovingPages", BoundsMode::Checked, World::WithPages, true},
                                           Mode{"MovingHeap", BoundsMode::Checked, World::NoPages, true}),
                         [](const auto& info) { return info.param.name; });

TEST(GuardedMemory, ReservesWhatAddressesCanReach) {
  World world;
  Result<Memory*> made = world.store.create_memory(pages(1));
  ASSERT_TRUE(made.ok());
  ASSERT_TRUE((*made)->is_guarded());
  const auto reach = (uint64_t{UINT32_MAX} * 2) + 16;
  EXPECT_TRUE((*made)->is_reserved_address((*made)->base()));
  EXPECT_TRUE((*made)->is_reserved_address((*made)->base() + reach));
  EXPECT_TRUE((*made)->is_reserved_address((*made)->base() - kGuardInFront));
  EXPECT_FALSE((*made)->is_reserved_address((*made)->base() - kGuardInFront - 1));
}

TEST(GuardedMemory, FourGibibytesCanBeReached) {
  World world;
  Result<Memory*> made = world.store.create_memory(pages(65536));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ((*made)->size_bytes(), uint64_t{1} << 32);
  (*made)->base()[(uint64_t{1} << 32) - 1] = 1;
  EXPECT_EQ((*made)->grow(1), Memory::kGrowFailed);
}

/// Pages that fail from the n-th call on, and count what is outstanding.
class FailingPages final : public VirtualMemory {
 public:
  int calls_left = 1000;
  size_t reserved = 0;

  size_t page_size() const override { return pages_.page_size(); }
  void* reserve(size_t bytes) override {
    if (calls_left-- <= 0) return nullptr;
    reserved += bytes;
    return pages_.reserve(bytes);
  }
  bool commit(void* address, size_t bytes) override { return calls_left-- > 0 && pages_.commit(address, bytes); }
  void release(void* address, size_t bytes) override {
    reserved -= bytes;
    pages_.release(address, bytes);
  }
  FaultTarget* exchange_fault_target(FaultTarget* target) override { return pages_.exchange_fault_target(target); }

 private:
  linux_port::PageMemory pages_;
};

TEST(MemoryAllocation, FailuresLeaveNothingBehind) {
  for (const BoundsMode bounds : {BoundsMode::Guarded, BoundsMode::Checked}) {
    FailingPages source;
    TestAllocator allocator;
    StoreConfig config;
    config.bounds = bounds;
    config.move_memory_on_grow = true;
    {
      Store store(allocator, config, &source);
      for (int calls = 0; calls < 2; ++calls) {
        source.calls_left = calls;
        Result<Memory*> failed = store.create_memory(pages(1));
        ASSERT_FALSE(failed.ok());
        EXPECT_EQ(failed.error().code(), ErrorCode::OutOfMemory);
        EXPECT_EQ(source.reserved, 0u);
        EXPECT_EQ(store.memory_bytes(), 0u);
      }
      source.calls_left = 1000;
      Result<Memory*> made = store.create_memory(pages(1));
      ASSERT_TRUE(made.ok());
      (*made)->base()[5] = 55;
      source.calls_left = 0;
      EXPECT_EQ((*made)->grow(1), Memory::kGrowFailed);
      EXPECT_EQ((*made)->size_pages(), 1u);
      EXPECT_EQ((*made)->base()[5], 55);
      EXPECT_EQ(store.memory_bytes(), kPage);
      source.calls_left = 1000;
      EXPECT_EQ((*made)->grow(1), 1u);
      EXPECT_EQ((*made)->base()[5], 55);
    }
    EXPECT_EQ(source.reserved, 0u);
  }
}

}  // namespace
}  // namespace umber::test
