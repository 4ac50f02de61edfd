// Memory charged to one container: everything the host allocates on its behalf (tables, descriptors, queued messages, heap objects)
// counts against one limit, and a container that leaked nothing ends with a charge of zero.
#pragma once

#include <atomic>

#include "base/allocator.h"

namespace umber::container {

/// Thread-safe if the inner allocator is.
class ChargedAllocator final : public Allocator {
 public:
  ChargedAllocator(Allocator& inner, size_t limit_bytes) : inner_(inner), limit_(limit_bytes) {}

  void* allocate(size_t size, size_t alignment) override {
    if (!charge(size)) return nullptr;
    void* memory = inner_.allocate(size, alignment);
    if (memory == nullptr) used_.fetch_sub(size, std::memory_order_relaxed);
    return memory;
  }
  void release(void* memory, size_t size, size_t alignment) override {
    if (memory == nullptr) return;
    inner_.release(memory, size, alignment);
    used_.fetch_sub(size, std::memory_order_relaxed);
  }

  void* resize(void* memory, size_t old_size, size_t new_size, size_t alignment) override {
    if (memory == nullptr) return allocate(new_size, alignment);
    if (new_size > old_size && !charge(new_size - old_size)) return nullptr;
    void* resized = inner_.resize(memory, old_size, new_size, alignment);
    const size_t given_back = resized == nullptr ? (new_size > old_size ? new_size - old_size : 0) : (new_size < old_size ? old_size - new_size : 0);
    used_.fetch_sub(given_back, std::memory_order_relaxed);
    return resized;
  }

  /// Bytes outstanding now, and the most there have been.
  [[nodiscard]] size_t used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  /// An allocation was refused because of the limit since the last call of clear_refused.
  [[nodiscard]] bool has_refused() const { return refused_.load(std::memory_order_relaxed); }
  void clear_refused() { refused_.store(false, std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool charge(size_t size) {
    size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (size > limit_ || used > limit_ - size) {
        refused_.store(true, std::memory_order_relaxed);
        return false;
      }
    } while (!used_.compare_exchange_weak(used, used + size, std::memory_order_relaxed));
    const size_t now = used + size;
    size_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return true;
  }

  Allocator& inner_;
  const size_t limit_;
  std::atomic<size_t> used_{0};
  std::atomic<size_t> peak_{0};
  std::atomic<bool> refused_{false};
};

}  // namespace umber::container
