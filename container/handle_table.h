// Names for objects that may be gone: a handle is an index and a generation, so one that is used after its object was removed finds
// nothing, even when the slot has a new owner. 0 is never a handle. Not thread-safe: the owner locks.
#pragma once

#include "base/vec.h"

namespace umber::container {

using Handle = uint64_t;
inline constexpr Handle kNoHandle = 0;

template <class T>
class HandleTable {
 public:
  explicit HandleTable(Allocator& allocator) : slots_(allocator) {}

  /// kNoHandle when there is no memory.
  [[nodiscard]] Handle insert(T* object) {
    if (first_free_ == kNone) {
      if (!slots_.push({})) return kNoHandle;
      first_free_ = static_cast<uint32_t>(slots_.size() - 1);
      slots_[first_free_].next_free = kNone;
    }
    const uint32_t idx = first_free_;
    Slot& slot = slots_[idx];
    first_free_ = slot.next_free;
    slot.object = object;
    if (++slot.generation == 0) ++slot.generation;
    ++count_;
    return Handle{slot.generation} << 32 | (idx + 1);
  }
  /// Null for a handle that is none, or no more.
  [[nodiscard]] T* find(Handle handle) const {
    const auto idx = static_cast<uint32_t>(handle) - 1;
    if (idx >= slots_.size() || slots_[idx].generation != handle >> 32) return nullptr;
    return slots_[idx].object;
  }
  /// The object belongs to the caller again; null as for find.
  T* remove(Handle handle) {
    T* object = find(handle);
    if (object == nullptr) return nullptr;
    const auto idx = static_cast<uint32_t>(handle) - 1;
    slots_[idx].object = nullptr;
    slots_[idx].next_free = first_free_;
    first_free_ = idx;
    --count_;
    return object;
  }
  [[nodiscard]] uint32_t count() const { return count_; }
  /// Calls visit(handle, object) for each.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].object != nullptr) visit(Handle{slots_[i].generation} << 32 | (i + 1), *slots_[i].object);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Slot {
    T* object = nullptr;
    uint32_t generation = 0;
    uint32_t next_free = kNone;
  };
  Vec<Slot> slots_;
  uint32_t first_free_ = kNone;
  uint32_t count_ = 0;
};

}  // namespace umber::container
