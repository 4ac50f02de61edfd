#include <time.h>

#include <cstdlib>

#include "ports/linux/platform.h"

namespace umber::linux_port {

namespace {

constexpr size_t kMallocAlignment = alignof(std::max_align_t);

}  // namespace

void* HeapAllocator::allocate(size_t size, size_t alignment) {
  if (alignment <= kMallocAlignment) return std::malloc(size);
  return std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

void HeapAllocator::release(void* memory, size_t, size_t) { std::free(memory); }

void* HeapAllocator::resize(void* memory, size_t old_size, size_t new_size, size_t alignment) {
  return alignment <= kMallocAlignment ? std::realloc(memory, new_size)
                                       : Allocator::resize(memory, old_size, new_size, alignment);
}

uint64_t MonotonicClock::now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace umber::linux_port
