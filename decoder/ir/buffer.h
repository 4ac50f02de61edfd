// The builder's growing arrays that are touched at every instruction. Like Vec, but whoever pushes has asked for room
// before: pushing itself is a store and an addition, and the code that grows stays out of the frequent path.
#pragma once

#include <span>

#include "base/allocator.h"

namespace umber::ir {

template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Buffer(Allocator& allocator) : allocator_(allocator) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (begin_ != nullptr) allocator_.release(begin_, capacity() * sizeof(T), alignof(T));
  }

  /// Whether one more element fits.
  [[nodiscard]] bool has_room() const { return end_ != limit_; }
  /// Whether `count` more elements fit.
  [[nodiscard]] bool has_room(size_t count) const { return static_cast<size_t>(limit_ - end_) >= count; }
  /// Makes room for `count` more elements; false when there is no memory.
  [[nodiscard]] bool make_room(size_t count) {
    return has_room(count) || grow(size() + count);
  }
  /// There must be room.
  T& push(const T& value) { return *new (end_++) T(value); }
  void pop() { --end_; }
  void clear() { end_ = begin_; }

  T& operator[](size_t idx) { return begin_[idx]; }
  const T& operator[](size_t idx) const { return begin_[idx]; }
  T& back() { return end_[-1]; }
  const T& back() const { return end_[-1]; }
  [[nodiscard]] size_t size() const { return static_cast<size_t>(end_ - begin_); }
  [[nodiscard]] bool empty() const { return end_ == begin_; }
  T* data() { return begin_; }
  T* end() { return end_; }
  /// `end` lies within what make_room has made; what is before it has been written.
  void set_end(T* end) { end_ = end; }
  operator std::span<const T>() const { return {begin_, size()}; }

 private:
  [[nodiscard]] size_t capacity() const { return static_cast<size_t>(limit_ - begin_); }
  [[gnu::noinline]] bool grow(size_t minimum) {
    size_t count = capacity() + capacity() / 2 + 16;
    if (count < minimum) count = minimum;
    if (count > SIZE_MAX / 2 / sizeof(T)) return false;
    void* memory = allocator_.resize(begin_, capacity() * sizeof(T), count * sizeof(T), alignof(T));
    if (memory == nullptr) return false;
    const size_t old_size = size();
    begin_ = static_cast<T*>(memory);
    end_ = begin_ + old_size;
    limit_ = begin_ + count;
    return true;
  }

  Allocator& allocator_;
  T* begin_ = nullptr;
  T* end_ = nullptr;
  T* limit_ = nullptr;
};

}  // namespace umber::ir
