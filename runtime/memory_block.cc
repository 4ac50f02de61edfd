#include "runtime/memory_block.h"

namespace umber {

namespace {

constexpr size_t kBlockAlignment = 16;

uint64_t round_up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

}  // namespace

bool MemoryBlock::allocate(const MemorySource& source, uint64_t capacity_bytes, uint64_t size) {
  if (capacity_bytes > SIZE_MAX / 2) return false;
  capacity = capacity_bytes;
  VirtualMemory* pages = source.virtual_memory;
  if (pages == nullptr) {
    front = kMemoryPrefix;
    bytes = committed = kMemoryPrefix + static_cast<size_t>(capacity_bytes);
    start = static_cast<uint8_t*>(source.allocator.allocate(bytes, kBlockAlignment));
    if (start != nullptr) std::memset(start, 0, bytes);
    return start != nullptr;
  }
  const size_t page = pages->page_size();
  front = page;
  bytes = page + static_cast<size_t>(round_up(capacity_bytes, page));
  start = static_cast<uint8_t*>(pages->reserve(bytes));
  if (start == nullptr) return false;
  committed = page + static_cast<size_t>(round_up(size, page));
  if (pages->commit(start, committed)) return true;
  release(source);
  return false;
}

void MemoryBlock::release(const MemorySource& source) {
  if (start == nullptr) return;
  if (source.virtual_memory != nullptr)
    source.virtual_memory->release(start, bytes);
  else
    source.allocator.release(start, bytes, kBlockAlignment);
  start = nullptr;
}

bool MemoryBlock::extend(const MemorySource& source, uint64_t size) {
  VirtualMemory* pages = source.virtual_memory;
  if (pages == nullptr) return true;
  const size_t needed = front + static_cast<size_t>(round_up(size, pages->page_size()));
  if (needed <= committed) return true;
  if (!pages->commit(start + committed, needed - committed)) return false;
  committed = needed;
  return true;
}

}  // namespace umber
