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
  uint8_t* start = nullptr;  ///< of the allocation or reservation; null for none
  size_t front = 0;          ///< bytes before the base, readable and writable
  size_t bytes = 0;          ///< of the allocation or reservation
  size_t committed = 0;      ///< readable and writable, from `start`
  uint64_t capacity = 0;     ///< behind the base

  [[nodiscard]] uint8_t* base() const { return start + front; }

  /// Room for `capacity` bytes behind the base, of which the first `size` can be used and are zero. False: no memory.
  [[nodiscard]] bool allocate(const MemorySource& source, uint64_t capacity_bytes, uint64_t size);
  void release(const MemorySource& source);
  /// Makes the first `size` bytes usable; `size` is at most the capacity. False: no memory, and nothing has changed.
  [[nodiscard]] bool extend(const MemorySource& source, uint64_t size);
};

/// Readable and writable bytes directly in front of every memory's base, for compiled code's own use.
inline constexpr size_t kMemoryPrefix = 64;
/// Address space behind the base of a guarded memory: u32 address, u32 offset, and room for the access itself.
inline constexpr uint64_t kGuardedReach = (uint64_t{1} << 33) + 64 * 1024;
/// No memory of pages of 64 KiB grows into the last one of its 32-bit addresses: compiled code may count on small sums of addresses that
/// it has accessed not to wrap.
inline constexpr uint64_t kMemoryHole = 64 * 1024;

}  // namespace umber
