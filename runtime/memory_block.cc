#include "runtime/memory_block.h"

namespace umber {

namespace {

constexpr size_t kBlockAlignment = 16;

uint64_t round_up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

}  // namespace

bool MemoryBlock::allocate(const MemorySource& source, uint64_t capacity_bytes, uint64_t size) {
  if (capacity_bytes > SIZE_MAX / 2) return false;
  capacity = static_cast<size_t>(capacity_bytes);
  VirtualMemory* pages = source.virtual_memory;
  if (pages == nullptr) {
    bytes = committed = capacity == 0 ? kBlockAlignment : capacity;
    base = static_cast<uint8_t*>(source.allocator.allocate(bytes, kBlockAlignment));
    if (base != nullptr) std::memset(base, 0, bytes);
    return base != nullptr;
  }
  const size_t page = pages->page_size();
  bytes = capacity == 0 ? page : static_cast<size_t>(round_up(capacity_bytes, page));
  auto* start = static_cast<uint8_t*>(pages->reserve(kGuardInFront + bytes));
  if (start == nullptr) return false;
  base = start + kGuardInFront;
  committed = static_cast<size_t>(round_up(size, page));
  if (committed == 0 || pages->commit(base, committed)) return true;
  release(source);
  return false;
}

void MemoryBlock::release(const MemorySource& source) {
  if (base == nullptr) return;
  if (source.virtual_memory != nullptr)
    source.virtual_memory->release(base - kGuardInFront, kGuardInFront + bytes);
  else
    source.allocator.release(base, bytes, kBlockAlignment);
  base = nullptr;
}

bool MemoryBlock::extend(const MemorySource& source, uint64_t size) {
  VirtualMemory* pages = source.virtual_memory;
  if (pages == nullptr) return true;
  const size_t needed = static_cast<size_t>(round_up(size, pages->page_size()));
  if (needed <= committed) return true;
  if (!pages->commit(base + committed, needed - committed)) return false;
  committed = needed;
  return true;
}

}  // namespace umber
