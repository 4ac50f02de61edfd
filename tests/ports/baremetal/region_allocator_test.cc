#include "ports/baremetal/region_allocator.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace umber::baremetal {
namespace {

struct Heap {
  explicit Heap(size_t bytes) : memory(bytes), allocator({memory.data(), bytes}) {}
  std::vector<uint8_t> memory;
  RegionAllocator allocator;
};

TEST(RegionAllocator, GivesAlignedMemoryUntilNoneIsLeft) {
  Heap heap(4096);
  EXPECT_EQ(heap.allocator.allocate(8192, 8), nullptr);
  EXPECT_EQ(heap.allocator.allocate(SIZE_MAX - 4, 8), nullptr);
  void* const page = heap.allocator.allocate(64, 1024);
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(page) % 1024, 0u);
  size_t count = 0;
  while (heap.allocator.allocate(100, 8) != nullptr) ++count;
  EXPECT_GT(count, 30u);
  EXPECT_EQ(heap.allocator.used(), heap.allocator.peak());
}

TEST(RegionAllocator, MergesWhatIsGivenBackInAnyOrder) {
  Heap heap(4096 + 64);
  void* const a = heap.allocator.allocate(1000, 8);
  void* const b = heap.allocator.allocate(1000, 8);
  void* const c = heap.allocator.allocate(1000, 8);
  ASSERT_NE(c, nullptr);
  heap.allocator.release(a, 1000, 8);
  heap.allocator.release(c, 1000, 8);
  EXPECT_EQ(heap.allocator.allocate(4000, 8), nullptr);
  heap.allocator.release(b, 1000, 8);
  EXPECT_EQ(heap.allocator.used(), 0u);
  EXPECT_NE(heap.allocator.allocate(4000, 8), nullptr);
}

TEST(RegionAllocator, GrowsInPlaceWhereTheNeighbourIsFree) {
  Heap heap(4096);
  auto* const first = static_cast<uint8_t*>(heap.allocator.allocate(512, 8));
  std::memset(first, 7, 512);
  EXPECT_EQ(heap.allocator.resize(first, 512, 3000, 8), first);
  void* const behind = heap.allocator.allocate(128, 8);
  EXPECT_EQ(heap.allocator.resize(first, 3000, 3500, 8), nullptr);  // no room for both
  EXPECT_EQ(heap.allocator.resize(first, 3000, 100, 8), first);     // shrinks where it is
  EXPECT_EQ(first[99], 7);
  auto* const moved = static_cast<uint8_t*>(heap.allocator.resize(behind, 128, 600, 8));
  EXPECT_NE(moved, nullptr);
  heap.allocator.release(moved, 600, 8);
  heap.allocator.release(first, 100, 8);
  EXPECT_EQ(heap.allocator.used(), 0u);
}

struct Block {
  uint8_t* memory;
  size_t size;
  uint8_t fill;
};
[[nodiscard]] bool is_intact(const Block& block) {
  for (size_t i = 0; i < block.size; ++i)
    if (block.memory[i] != block.fill) return false;
  return true;
}

/// Blocks never overlap, keep their contents, and all memory comes back.
TEST(RegionAllocator, SurvivesRandomUse) {
  Heap heap(64 * 1024);
  std::mt19937 random(1);
  std::vector<Block> blocks;
  for (int step = 0; step < 20'000; ++step) {
    if (blocks.size() < 40 && random() % 2 == 0) {
      const size_t size = 1 + random() % 3000;
      auto* const memory = static_cast<uint8_t*>(heap.allocator.allocate(size, size_t{8} << random() % 4));
      if (memory == nullptr) continue;
      blocks.push_back({memory, size, static_cast<uint8_t>(step)});
      std::memset(memory, blocks.back().fill, size);
    } else if (!blocks.empty()) {
      const size_t which = random() % blocks.size();
      ASSERT_TRUE(is_intact(blocks[which])) << step;
      heap.allocator.release(blocks[which].memory, blocks[which].size, 8);
      blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(which));
    }
  }
  for (const Block& block : blocks) heap.allocator.release(block.memory, block.size, 8);
  EXPECT_EQ(heap.allocator.used(), 0u);
  EXPECT_NE(heap.allocator.allocate(63 * 1024, 8), nullptr);
}

}  // namespace
}  // namespace umber::baremetal
