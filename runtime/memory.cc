// The size of linear memories: what limits it, how it grows, and who is told. A guarded memory's capacity is the whole reach of its
// addresses, so it never needs another block; a checked one moves to a larger block when its capacity is spent.
#include "runtime/memory.h"

#include <cstring>

#include "runtime/instance.h"
#include "runtime/store.h"

namespace umber {

namespace {

constexpr uint64_t kFirstReservation = 1024 * 1024;  // of address space, for a checked memory over virtual memory

}  // namespace

bool Store::is_guarded(const wasm::MemoryType& type) const {
  if (config_.bounds != BoundsMode::Guarded || virtual_memory_ == nullptr || sizeof(void*) < 8) return false;
  return !type.limits.is_64 && type.page_size_log2 == 16 && virtual_memory_->page_size() <= 64 * 1024;
}

Memory::~Memory() {
  if (view_.base == nullptr) return;
  if (shared_ != nullptr)
    shared_->remove_user();
  else
    block_.release(source());
  store_.refund_memory(view_.size);
}

MemorySource Memory::source() const { return {store_.allocator(), store_.virtual_memory()}; }

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
  const Status status = type.limits.is_shared ? create_shared() : Status();
  if (status.ok() && (shared_ != nullptr || block_.allocate(source(), choose_capacity(size), size))) {
    publish(shared_ != nullptr ? shared_->base() : block_.base, size);
    return {};
  }
  store_.refund_memory(size);
  if (!status.ok() && status.error().code() != ErrorCode::OutOfMemory) return status;
  if (guarded_) return Error::of(ErrorCode::OutOfMemory, "no address space for a guarded memory; checked ones need less");
  return Error::out_of_memory("a linear memory");
}

Status Memory::create_shared() {
  Result<SharedMemory*> shared = SharedMemory::create({source(), store_.scheduler(), type_, max_bytes(), guarded_});
  if (!shared.ok()) return shared.error();
  shared_ = *shared;
  return {};
}

Status Memory::attach(SharedMemory& shared) {
  const uint64_t size = shared.size();
  if (!store_.charge_memory(size))
    return Error::of(ErrorCode::LimitReached, "a shared memory of ", size, " bytes exceeds the store's memory limit");
  shared.add_user();
  shared_ = &shared;
  type_ = shared.type();
  guarded_ = shared.is_guarded();
  publish(shared.base(), size);
  return {};
}

/// The size that nothing may exceed: declared, configured, addressable.
uint64_t Memory::max_bytes() const {
  uint64_t max = type_.limits.is_64 ? uint64_t{SIZE_MAX} / 2 : uint64_t{1} << 32;
  if (type_.page_size_log2 == 0 && !type_.limits.is_64) max -= 1;  // 2^32 - 1 pages of one byte
  if (type_.page_size_log2 == 16 && !type_.limits.is_64 && type_.limits.min << 16 < max) max -= kMemoryHole;
  if (max > SIZE_MAX / 2) max = SIZE_MAX / 2;
  if (type_.limits.has_max && type_.limits.max < max >> type_.page_size_log2)
    max = type_.limits.max << type_.page_size_log2;
  const uint64_t configured = store_.config().max_memory_bytes;
  return max < configured ? max : configured;
}

uint64_t Memory::choose_capacity(uint64_t size) const {
  if (guarded_) return kGuardedReach;
  if (store_.virtual_memory() == nullptr) return size;
  const uint64_t doubled = size < UINT64_MAX / 4 ? size * 2 : size;
  uint64_t capacity = doubled < kFirstReservation ? kFirstReservation : doubled;
  if (capacity > max_bytes()) capacity = max_bytes();
  return capacity < size ? size : capacity;
}

uint64_t Memory::grow(uint64_t delta_pages) {
  refresh();
  const uint64_t before = size_pages();
  if (delta_pages == 0) return before;
  const uint64_t limit_pages = max_bytes() >> type_.page_size_log2;
  if (before > limit_pages || delta_pages > limit_pages - before) return kGrowFailed;
  const uint64_t more = delta_pages << type_.page_size_log2;
  if (!store_.charge_memory(more)) return kGrowFailed;
  if (shared_ != nullptr) {
    store_.refund_memory(more);  // what has really come to be is charged when the view catches up
    const uint64_t size = shared_->grow(more);
    if (size == SharedMemory::kFailed) return kGrowFailed;
    catch_up();
    return size >> type_.page_size_log2;
  }
  if (!set_size(view_.size + more)) {
    store_.refund_memory(more);
    return kGrowFailed;
  }
  return before;
}

/// Others have grown it, within its own limit: the store is charged, whether it has room or not.
bool Memory::catch_up() {
  const uint64_t size = shared_->size();
  store_.charge_grown(size - view_.size);
  publish(view_.base, size);
  return true;
}

bool Memory::set_size(uint64_t size) {
  const bool must_move = store_.config().move_memory_on_grow && !guarded_;
  if (must_move || size > block_.capacity) return move_to(choose_capacity(size), size);
  if (!block_.extend(source(), size)) return false;
  publish(view_.base, size);
  return true;
}

bool Memory::move_to(uint64_t capacity, uint64_t size) {
  MemoryBlock block;
  if (!block.allocate(source(), capacity, size)) return false;
  std::memcpy(block.base, view_.base, static_cast<size_t>(view_.size));
  block_.release(source());
  block_ = block;
  publish(block.base, size);
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
  const uintptr_t begin = reinterpret_cast<uintptr_t>(view_.base) - kGuardInFront;
  const MemoryBlock& block = shared_ != nullptr ? shared_->block() : block_;
  return guarded_ && at >= begin && at - begin < kGuardInFront + block.bytes;
}

}  // namespace umber
