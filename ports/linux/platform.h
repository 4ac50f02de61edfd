// Linux's implementations of what the runtime asks for: pages by mmap, faults by signal handlers, CLOCK_MONOTONIC, threads, and an
// allocator over malloc. All are thread-safe and have no state of their own.
#pragma once

#include "base/allocator.h"
#include "ports/linux/scheduler.h"
#include "runtime/platform.h"

namespace umber::linux_port {

/// malloc, free, realloc; large pages for whoever wants that alignment (2 MiB).
class HeapAllocator final : public Allocator {
 public:
  void* allocate(size_t size, size_t alignment) override;
  void release(void* memory, size_t size, size_t alignment) override;
  void* resize(void* memory, size_t old_size, size_t new_size, size_t alignment) override;
};

/// The first one constructed installs the process's fault handlers, once; they pass on what is not a guest's fault.
class PageMemory final : public VirtualMemory {
 public:
  PageMemory();
  size_t page_size() const override { return page_size_; }
  void* reserve(size_t bytes) override;
  bool commit(void* address, size_t bytes) override;
  void release(void* address, size_t bytes) override;
  FaultTarget* exchange_fault_target(FaultTarget* target) override;
  bool start_heartbeat() override;

 private:
  size_t page_size_;
};

class MonotonicClock final : public Clock {
 public:
  uint64_t now_ns() override;
};

/// All of them. Stays where it is: the scheduler uses the allocator.
struct Platform {
  Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  HeapAllocator allocator;
  PageMemory virtual_memory;
  MonotonicClock clock;
  ThreadScheduler scheduler{allocator};
};

}  // namespace umber::linux_port
