// Making room for linear memories. Both modes and both sources of memory (virtual memory, or the allocator) are one
// mechanism: a block with a capacity. A guarded memory's capacity is the whole reach of its addresses, so it never needs
// another block; a checked one moves to a larger block when its capacity is spent.
#include "runtime/memory.h"

#include <cstring>

#include "runtime/instance.h"
#include "runtime/store.h"

namespace umber {

namespace {

constexpr size_t kBlockAlignment = 16;
constexpr uint64_t kFirstReservation = 1024 * 1024;  // of address space, for a checked memory over virtual memory

uint64_t round_up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

}  // namespace

bool Store::is_guarded(const wasm::MemoryType& type) const {
  if (config_.bounds != BoundsMode::Guarded || virtual_memory_ == nullptr || sizeof(void*) < 8) return false;
  return !type.limits.is_64 && type.page_size_log2 == 16 && virtual_memory_->page_size() <= 64 * 1024;
}

Memory::~Memory() {
  if (block_.start == nullptr) return;
  release_block(block_);
  store_.refund_memory(view_.size);
}

Status Memory::init(const wasm::MemoryType& type) {
  type_ = type;
  guarded_ = store_.is_guarded(type);
  const uint64_t limit = max_bytes();
  if (type.limits.min > limit >> type.page_size_log2)
    return Error::of(ErrorCode::LimitReached, "a memory of ", type.limits.min, " pages is larger than the limit of ", limit,
                     " bytes");
  const uint64_t size = type.limits.min << type.page_size_log2;
  if (!store_.charge_memory(size))
    return Error::of(ErrorCode::LimitReached, "a memory of ", size, " bytes exceeds the store's memory limit");
  const uint64_t capacity = choose_capacity(size);
  Block block;
  if (!allocate_block(capacity, size, block)) {
    store_.refund_memory(size);
    if (guarded_) return Error::of(ErrorCode::OutOfMemory, "no address space for a guarded memory; checked ones need less");
    return Error::out_of_memory("a linear memory");
  }
  block_ = block;
  capacity_ = capacity;
  publish(block.start + block.front, size);
  return {};
}

/// The size that nothing may exceed: declared, configured, addressable.
uint64_t Memory::max_bytes() const {
  uint64_t max = type_.limits.is_64 ? uint64_t{SIZE_MAX} / 2 : uint64_t{1} << 32;
  if (type_.page_size_log2 == 0 && !type_.limits.is_64) max -= 1;  // 2^32 - 1 pages of one byte
  if (max > SIZE_MAX / 2) max = SIZE_MAX / 2;
  if (type_.limits.has_max && type_.limits.max < max >> type_.page_size_log2)
    max = type_.limits.max << type_.page_size_log2;
  const uint64_t configured = store_.config().max_memory_bytes;
  return max < configured ? max : configured;
}

/// A shared memory must not move, so it takes its maximum at once.
uint64_t Memory::choose_capacity(uint64_t size) const {
  if (guarded_) return kGuardedReach;
  if (type_.limits.is_shared) return max_bytes();
  if (store_.virtual_memory() == nullptr) return size;
  const uint64_t doubled = size < UINT64_MAX / 4 ? size * 2 : size;
  uint64_t capacity = doubled < kFirstReservation ? kFirstReservation : doubled;
  if (capacity > max_bytes()) capacity = max_bytes();
  return capacity < size ? size : capacity;
}

bool Memory::allocate_block(uint64_t capacity, uint64_t size, Block& out) {
  if (capacity > SIZE_MAX / 2) return false;
  VirtualMemory* pages = store_.virtual_memory();
  if (pages == nullptr) {
    out.front = kMemoryPrefix;
    out.bytes = out.committed = kMemoryPrefix + static_cast<size_t>(capacity);
    out.start = static_cast<uint8_t*>(store_.allocator().allocate(out.bytes, kBlockAlignment));
    if (out.start != nullptr) std::memset(out.start, 0, out.bytes);
    return out.start != nullptr;
  }
  const size_t page = pages->page_size();
  out.front = page;
  out.bytes = page + static_cast<size_t>(round_up(capacity, page));
  out.start = static_cast<uint8_t*>(pages->reserve(out.bytes));
  if (out.start == nullptr) return false;
  out.committed = page + static_cast<size_t>(round_up(size, page));
  if (pages->commit(out.start, out.committed)) return true;
  pages->release(out.start, out.bytes);
  out.start = nullptr;
  return false;
}

void Memory::release_block(Block& block) {
  if (VirtualMemory* pages = store_.virtual_memory())
    pages->release(block.start, block.bytes);
  else
    store_.allocator().release(block.start, block.bytes, kBlockAlignment);
  block.start = nullptr;
}

uint64_t Memory::grow(uint64_t delta_pages) {
  const uint64_t before = size_pages();
  if (delta_pages == 0) return before;
  const uint64_t limit_pages = max_bytes() >> type_.page_size_log2;
  if (before > limit_pages || delta_pages > limit_pages - before) return kGrowFailed;
  const uint64_t more = delta_pages << type_.page_size_log2;
  if (!store_.charge_memory(more)) return kGrowFailed;
  if (!set_size(view_.size + more)) {
    store_.refund_memory(more);
    return kGrowFailed;
  }
  return before;
}

bool Memory::set_size(uint64_t size) {
  const bool must_move = store_.config().move_memory_on_grow && !guarded_ && !type_.limits.is_shared;
  return must_move || size > capacity_ ? move_to(choose_capacity(size), size) : extend(size);
}

/// Grows inside the block.
bool Memory::extend(uint64_t size) {
  if (VirtualMemory* pages = store_.virtual_memory()) {
    const size_t needed = block_.front + static_cast<size_t>(round_up(size, pages->page_size()));
    if (needed > block_.committed) {
      if (!pages->commit(block_.start + block_.committed, needed - block_.committed)) return false;
      block_.committed = needed;
    }
  }
  publish(view_.base, size);
  return true;
}

bool Memory::move_to(uint64_t capacity, uint64_t size) {
  Block block;
  if (!allocate_block(capacity, size, block)) return false;
  std::memcpy(block.start + block.front - kMemoryPrefix, view_.base - kMemoryPrefix,
              kMemoryPrefix + static_cast<size_t>(view_.size));
  release_block(block_);
  block_ = block;
  capacity_ = capacity;
  publish(block.start + block.front, size);
  return true;
}

void Memory::publish(uint8_t* base, uint64_t size) {
  view_ = {base, size};
  for (Instance* user = users_; user != nullptr; user = user->next_memory0_user_) {
    user->context_->memory0_base = base;
    user->context_->memory0_size = size;
  }
}

bool Memory::is_reserved_address(const void* address) const {
  const auto at = reinterpret_cast<uintptr_t>(address);
  const auto begin = reinterpret_cast<uintptr_t>(view_.base);
  return guarded_ && at >= begin && at - begin < block_.bytes - block_.front;
}

}  // namespace umber
