#include <sys/mman.h>
#include <time.h>

#include <cstdlib>

#include "ports/linux/platform.h"

namespace umber::linux_port {

namespace {

constexpr size_t kMallocAlignment = alignof(std::max_align_t);
/// Who asks for this alignment fills the memory, and wants it on large pages where the kernel has them.
constexpr size_t kLargePage = 2 * 1024 * 1024;

[[nodiscard]] constexpr size_t whole_pages(size_t size) { return (size + (kLargePage - 1)) & ~(kLargePage - 1); }

/// Maps one page more and gives back what lies before and behind the aligned part.
void* map_large(size_t size) {
  const size_t bytes = whole_pages(size);
  void* const mapping = mmap(nullptr, bytes + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  auto* const first = static_cast<char*>(mapping);
  const size_t before = -reinterpret_cast<uintptr_t>(first) & (kLargePage - 1);
  if (before != 0) munmap(first, before);
  munmap(first + before + bytes, kLargePage - before);
  (void)madvise(first + before, bytes, MADV_HUGEPAGE);  // otherwise small pages serve as well
  return first + before;
}

}  // namespace

void* HeapAllocator::allocate(size_t size, size_t alignment) {
  if (alignment <= kMallocAlignment) return std::malloc(size);
  if (alignment == kLargePage) return map_large(size);
  return std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
}

void HeapAllocator::release(void* memory, size_t size, size_t alignment) {
  if (alignment != kLargePage) return std::free(memory);
  if (memory != nullptr) munmap(memory, whole_pages(size));
}

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
