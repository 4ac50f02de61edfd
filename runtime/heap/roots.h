// What keeps objects alive from outside the heap. Objects never move, so whoever holds words that may be references only has to
// show them: a word that is not the address of a live object is ignored.
#pragma once

#include <cstddef>
#include <span>

#include "runtime/abi.h"

namespace umber {

class ObjectHeap;

/// Words of the host's that count as references as long as this exists, such as a reference that an embedder keeps between
/// two calls, or an exception on its way. Belongs to the heap's thread; must be gone before the store.
class RootRange {
 public:
  explicit RootRange(ObjectHeap& heap);
  RootRange(const RootRange&) = delete;
  RootRange& operator=(const RootRange&) = delete;
  ~RootRange();

  /// The words, which may change; `words` must be readable until the next call of set or the end.
  void set(const void* words, size_t count) {
    words_ = static_cast<const uint64_t*>(words);
    count_ = count;
  }

 private:
  friend class ObjectHeap;
  const uint64_t* words_ = nullptr;
  size_t count_ = 0;
  RootRange* next_ = nullptr;
  RootRange** link_ = nullptr;  ///< what points to this
};

/// A reference that a host keeps.
class RootedRef {
 public:
  explicit RootedRef(ObjectHeap& heap, Ref ref = kNullRef) : ref_(ref), range_(heap) { range_.set(&ref_, 1); }
  [[nodiscard]] Ref get() const { return ref_; }
  void set(Ref ref) { ref_ = ref; }

 private:
  Ref ref_;
  RootRange range_;
};

/// The run that wants to allocate, in the middle of an instruction: its value stack counts up to `top`, and so do the
/// references that it has in registers. Of other executions the frames below Execution::stack_top count.
struct RunRoots {
  const Execution* execution = nullptr;
  const Slot* top = nullptr;
  std::span<const uint64_t> registers;
};

}  // namespace umber
