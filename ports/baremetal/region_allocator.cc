#include "ports/baremetal/region_allocator.h"

namespace umber::baremetal {

RegionAllocator::RegionAllocator(std::span<uint8_t> region) {
  const uintptr_t start = (reinterpret_cast<uintptr_t>(region.data()) + (kUnit - 1)) & ~uintptr_t{kUnit - 1};
  const uintptr_t end = (reinterpret_cast<uintptr_t>(region.data()) + region.size()) & ~uintptr_t{kUnit - 1};
  if (end > start) put_back(start, end - start);
}

void RegionAllocator::count(size_t bytes) {
  used_ += bytes;
  if (used_ > peak_) peak_ = used_;
}

void* RegionAllocator::allocate(size_t size, size_t alignment) {
  if (size > SIZE_MAX / 2) return nullptr;
  const size_t wanted = rounded(size);
  for (Free** link = &free_; *link != nullptr; link = &(*link)->next) {
    Free* const block = *link;
    const auto start = reinterpret_cast<uintptr_t>(block);
    const uintptr_t aligned = alignment <= kUnit ? start : (start + (alignment - 1)) & ~uintptr_t{alignment - 1};
    const size_t before = aligned - start;
    if (block->size < before || block->size - before < wanted) continue;
    const size_t behind = block->size - before - wanted;
    Free* rest = block->next;
    if (behind != 0) rest = new (reinterpret_cast<void*>(aligned + wanted)) Free{rest, behind};
    if (before != 0) {
      block->size = before;
      block->next = rest;
    } else {
      *link = rest;
    }
    count(wanted);
    return reinterpret_cast<void*>(aligned);
  }
  return nullptr;
}

void RegionAllocator::put_back(uintptr_t address, size_t size) {
  Free** link = &free_;
  Free* previous = nullptr;
  while (*link != nullptr && reinterpret_cast<uintptr_t>(*link) < address) {
    previous = *link;
    link = &previous->next;
  }
  Free* next = *link;
  if (next != nullptr && address + size == reinterpret_cast<uintptr_t>(next)) {
    size += next->size;
    next = next->next;
  }
  if (previous != nullptr && reinterpret_cast<uintptr_t>(previous) + previous->size == address) {
    previous->size += size;
    previous->next = next;
    return;
  }
  *link = new (reinterpret_cast<void*>(address)) Free{next, size};
}

void RegionAllocator::release(void* memory, size_t size, size_t) {
  if (memory == nullptr) return;
  used_ -= rounded(size);
  put_back(reinterpret_cast<uintptr_t>(memory), rounded(size));
}

/// Shrinks in place, and grows in place where what follows is free: a linear memory that grows must not need room for both.
void* RegionAllocator::resize(void* memory, size_t old_size, size_t new_size, size_t alignment) {
  if (memory == nullptr || new_size > SIZE_MAX / 2) return Allocator::resize(memory, old_size, new_size, alignment);
  const size_t old_bytes = rounded(old_size), new_bytes = rounded(new_size);
  const auto start = reinterpret_cast<uintptr_t>(memory);
  if (new_bytes <= old_bytes) {
    if (new_bytes < old_bytes) release(reinterpret_cast<void*>(start + new_bytes), old_bytes - new_bytes, kUnit);
    return memory;
  }
  const size_t more = new_bytes - old_bytes;
  for (Free** link = &free_; *link != nullptr; link = &(*link)->next) {
    Free* const block = *link;
    const auto at = reinterpret_cast<uintptr_t>(block);
    if (at < start + old_bytes) continue;
    if (at != start + old_bytes || block->size < more) break;
    Free* rest = block->next;
    if (block->size != more) rest = new (reinterpret_cast<void*>(at + more)) Free{rest, block->size - more};
    *link = rest;
    count(more);
    return memory;
  }
  return Allocator::resize(memory, old_size, new_size, alignment);
}

}  // namespace umber::baremetal
