// Where a linear memory's bytes lie: pages of virtual memory, or a piece of the allocator's, with a capacity that can be used without
// moving. The one mechanism below both memories of a store and memories that stores share.
#pragma once

#include "base/allocator.h"
#include "runtime/platform.h"

namespace umber {

/// Where blocks come from.
struct MemorySource {
  Allocator& allocator;
  VirtualMemory* virtual_memory;  ///< null: blocks come from the allocator
};

struct MemoryBlock {
  uint8_t* base = nullptr;   ///< null for none
  size_t bytes = 0;          ///< of the allocation or reservation, from the base
  size_t committed = 0;      ///< readable and writable, from the base
  size_t capacity = 0;       ///< of them the memory's

  /// Room for `capacity` bytes, of which the first `size` can be used and are zero. False: no memory.
  [[nodiscard]] bool allocate(const MemorySource& source, uint64_t capacity_bytes, uint64_t size);
  void release(const MemorySource& source);
  /// Makes the first `size` bytes usable; `size` is at most the capacity. False: no memory, and nothing has changed.
  [[nodiscard]] bool extend(const MemorySource& source, uint64_t size);
};

/// Address space behind the base of a guarded memory: u32 address, u32 offset, and room for the access itself.
inline constexpr uint64_t kGuardedReach = (uint64_t{1} << 33) + 64 * 1024;
/// Address space in front of the base of a memory of pages, guarded or not: compiled code may take `p - 8` for the 64-bit difference where
/// it relies on faults, and what is less than zero then faults as the end of a 32-bit address space does.
inline constexpr size_t kGuardInFront = 64 * 1024;
/// No memory of pages of 64 KiB grows into the last one of its 32-bit addresses: compiled code may count on small sums of addresses that
/// it has accessed not to wrap.
inline constexpr uint64_t kMemoryHole = 64 * 1024;

}  // namespace umber
