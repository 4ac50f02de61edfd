// The heap of a machine without one: a fixed region, cut into pieces on request. Sizes come back on release, so blocks carry no
// headers, and what is free is a list that lies in the free memory itself, in address order, neighbours merged. First fit: a
// device has tens of live blocks, not thousands, and the lowest fit keeps the top of the region free for large ones.
#pragma once

#include <span>

#include "base/allocator.h"

namespace umber::baremetal {

/// Not thread-safe: one core, and interrupt handlers do not allocate.
class RegionAllocator final : public Allocator {
 public:
  /// The region belongs to the allocator from now on.
  explicit RegionAllocator(std::span<uint8_t> region);
  RegionAllocator(const RegionAllocator&) = delete;
  RegionAllocator& operator=(const RegionAllocator&) = delete;

  void* allocate(size_t size, size_t alignment) override;
  void release(void* memory, size_t size, size_t alignment) override;
  void* resize(void* memory, size_t old_size, size_t new_size, size_t alignment) override;

  /// Bytes in use now, and the most there ever were.
  [[nodiscard]] size_t used() const { return used_; }
  [[nodiscard]] size_t peak() const { return peak_; }
  void reset_peak() { peak_ = used_; }

 private:
  struct Free {
    Free* next;
    size_t size;
  };
  /// Every block is a multiple of this, so that what is left over can always hold a Free.
  static constexpr size_t kUnit = sizeof(Free) < alignof(std::max_align_t) ? alignof(std::max_align_t) : sizeof(Free);
  [[nodiscard]] static size_t rounded(size_t size) { return (size + (kUnit - 1)) & ~(kUnit - 1); }
  void put_back(uintptr_t address, size_t size);
  void count(size_t bytes);

  Free* free_ = nullptr;
  size_t used_ = 0;
  size_t peak_ = 0;
};

}  // namespace umber::baremetal
