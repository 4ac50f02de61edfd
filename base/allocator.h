// Where memory comes from. Every allocation of the core goes through an Allocator that the embedder supplies and that
// may fail; a failure is a null pointer, which the caller turns into an Error. Sizes are given back on release, so an
// allocator needs no headers of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace umber {

class Allocator {
 public:
  /// `size` > 0; `alignment` a power of two. Returns null when there is no memory. The memory is uninitialised.
  [[nodiscard]] virtual void* allocate(size_t size, size_t alignment) = 0;
  /// Takes back what allocate returned, with the same size and alignment. `memory` may be null.
  virtual void release(void* memory, size_t size, size_t alignment) = 0;
  /// Grows or shrinks, keeping the common prefix; null leaves the old block as it was.
  /// Inline, so that the class has no key function: code built with RTTI may derive from it although the core has none.
  [[nodiscard]] virtual void* resize(void* memory, size_t old_size, size_t new_size, size_t alignment) {
    void* grown = allocate(new_size, alignment);
    if (grown == nullptr) return nullptr;
    if (memory != nullptr) {
      std::memcpy(grown, memory, old_size < new_size ? old_size : new_size);
      release(memory, old_size, alignment);
    }
    return grown;
  }

  template <class T, class... Args>
  [[nodiscard]] T* create(Args&&... args) {
    void* memory = allocate(sizeof(T), alignof(T));
    return memory == nullptr ? nullptr : new (memory) T(std::forward<Args>(args)...);
  }
  template <class T>
  void destroy(T* object) {
    if (object == nullptr) return;
    object->~T();
    release(object, sizeof(T), alignof(T));
  }

 protected:
  ~Allocator() = default;
};

/// Bump allocation from blocks of an Allocator; everything goes at once, destructors are not run.
/// Not thread-safe. `reset` keeps the first block, so that a reused arena does not allocate again. Where memory is small, the first
/// block is, and each further one a part of all before it, up to `block_size`.
class Arena {
 public:
  explicit Arena(Allocator& allocator, size_t block_size = 16 * 1024)
      : allocator_(allocator), block_size_(block_size), next_size_(block_size < kFirstBlock ? block_size : kFirstBlock) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { free_blocks(nullptr); }

  [[nodiscard]] void* allocate(size_t size, size_t alignment) {
    const uintptr_t start = (cursor_ + (alignment - 1)) & ~(uintptr_t{alignment} - 1);
    if (start >= cursor_ && start <= end_ && size <= end_ - start) [[likely]] {
      cursor_ = start + size;
      return reinterpret_cast<void*>(start);
    }
    return allocate_slow(size, alignment);
  }
  /// An uninitialised array of trivial objects, or null. `count` may be zero.
  template <class T>
  [[nodiscard]] T* allocate_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > SIZE_MAX / sizeof(T)) return nullptr;
    if (count == 0) return reinterpret_cast<T*>(alignof(T));  // nothing to point at, but no failure
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }
  void reset();
  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] size_t bytes_reserved() const { return reserved_; }

 private:
  struct Block {
    Block* previous;
    size_t size;
  };
  static constexpr size_t kFirstBlock = sizeof(void*) == 8 ? SIZE_MAX : 256;
  void* allocate_slow(size_t size, size_t alignment);
  void free_blocks(Block* keep);

  Allocator& allocator_;
  size_t block_size_;
  size_t next_size_;  ///< of the next block
  size_t reserved_ = 0;
  uintptr_t cursor_ = 0;
  uintptr_t end_ = 0;
  Block* last_ = nullptr;
};

}  // namespace umber
