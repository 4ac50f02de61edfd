#include "runtime/shared_memory.h"

#include "runtime/atomics.h"
#include "runtime/store.h"

namespace umber {

/// A thread in memory.atomic.wait, in the queue until it is woken or gives up.
struct SharedMemory::Waiter {
  uint64_t address;
  Monitor& parker;     ///< its execution's
  bool woken = false;  ///< under the parker
  Waiter* before = nullptr;
  Waiter* behind = nullptr;
};

Result<SharedMemory*> SharedMemory::create(const Config& config) {
  auto* memory = config.source.allocator.create<SharedMemory>(config);
  if (memory == nullptr) return Error::out_of_memory("a shared memory");
  if (memory->init()) return memory;
  config.source.allocator.destroy(memory);
  return Error::out_of_memory("a shared memory");
}

/// It must not move, so it takes its maximum at once.
bool SharedMemory::init() {
  if (config_.scheduler != nullptr && (lock_ = config_.scheduler->create_monitor()) == nullptr) return false;
  const uint64_t size = config_.type.limits.min << config_.type.page_size_log2;
  if (!block_.allocate(config_.source, config_.guarded ? kGuardedReach : config_.max_bytes, size)) return false;
  size_.store(static_cast<size_t>(size), std::memory_order_release);
  return true;
}

SharedMemory::~SharedMemory() {
  block_.release(config_.source);
  if (lock_ != nullptr) config_.scheduler->destroy_monitor(lock_);
}

void SharedMemory::add_user() { users_.fetch_add(1, std::memory_order_relaxed); }

void SharedMemory::remove_user() {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) == 1) config_.source.allocator.destroy(this);
}

uint64_t SharedMemory::grow(uint64_t delta_bytes) {
  const Locked locked(lock_);
  const uint64_t before = size_.load(std::memory_order_relaxed);
  if (delta_bytes > config_.max_bytes - before || !block_.extend(config_.source, before + delta_bytes)) return kFailed;
  size_.store(static_cast<size_t>(before + delta_bytes), std::memory_order_release);
  return before;
}

bool SharedMemory::holds(uint64_t address, uint64_t expected, bool is_64) const {
  const uint8_t* at = base() + address;
  if (is_64) return atomic_load(reinterpret_cast<const uint64_t*>(at)) == expected;
  return atomic_load(reinterpret_cast<const uint32_t*>(at)) == static_cast<uint32_t>(expected);
}

void SharedMemory::enter(Waiter& waiter) {
  waiter.before = last_;
  (last_ == nullptr ? first_ : last_->behind) = &waiter;
  last_ = &waiter;
}

void SharedMemory::leave(Waiter& waiter) {
  (waiter.before == nullptr ? first_ : waiter.before->behind) = waiter.behind;
  (waiter.behind == nullptr ? last_ : waiter.behind->before) = waiter.before;
}

SharedMemory::Wait SharedMemory::wait(Execution& execution, uint64_t address, uint64_t expected, bool is_64, int64_t timeout_ns) {
  Clock* clock = execution.store().clock();
  Monitor* parker = execution.parker();
  if (parker == nullptr || lock_ == nullptr || (timeout_ns >= 0 && clock == nullptr)) {
    (void)execution.trap(TrapKind::HostError, "this machine has nothing to wait with");
    return Wait::Failed;
  }
  uint64_t deadline = kForever;
  if (timeout_ns >= 0) {
    const uint64_t now = clock->now_ns();
    deadline = static_cast<uint64_t>(timeout_ns) < kForever - now ? now + static_cast<uint64_t>(timeout_ns) : kForever;
  }
  Waiter waiter{address, *parker};
  {
    const Locked locked(lock_);
    if (!holds(address, expected, is_64)) return Wait::NotEqual;
    enter(waiter);
  }
  const bool is_over = execution.park(deadline, waiter.woken);
  // Whoever wakes holds the lock until it is done with the waiter, so from here on it is ours.
  const Locked locked(lock_);
  if (waiter.woken) return Wait::Ok;
  leave(waiter);
  return is_over ? Wait::Over : Wait::TimedOut;
}

uint32_t SharedMemory::notify(uint64_t address, uint32_t count) {
  const Locked locked(lock_);
  uint32_t woken = 0;
  for (Waiter* waiter = first_; waiter != nullptr && woken < count;) {
    Waiter* const next = waiter->behind;
    if (waiter->address == address) {
      leave(*waiter);
      const Locked parked(waiter->parker);
      waiter->woken = true;
      waiter->parker.notify_all();
      ++woken;
    }
    waiter = next;
  }
  return woken;
}

}  // namespace umber
