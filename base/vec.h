// A growing array whose growth can fail. Elements must be trivially copyable (they are moved with memcpy) or, for owning
// types, must be relocatable and opt in by `using IsRelocatable = void`. Not copyable; moving leaves the source empty.
#pragma once

#include <span>

#include "base/allocator.h"

namespace umber {

template <class T>
concept Relocatable = std::is_trivially_copyable_v<T> || requires { typename T::IsRelocatable; };

template <class T>
class Vec {
  static_assert(Relocatable<T>);

 public:
  using IsRelocatable = void;

  explicit Vec(Allocator& allocator) : allocator_(&allocator) {}
  Vec(Vec&& other) noexcept
      : allocator_(other.allocator_), data_(other.data_), size_(other.size_), capacity_(other.capacity_) {
    other.data_ = nullptr;
    other.size_ = other.capacity_ = 0;
  }
  Vec& operator=(Vec&& other) noexcept {
    if (this != &other) {
      this->~Vec();
      new (this) Vec(std::move(other));
    }
    return *this;
  }
  ~Vec() {
    clear();
    if (data_ != nullptr) allocator_->release(data_, capacity_ * sizeof(T), alignof(T));
  }

  /// False when there is no memory; the array is then unchanged.
  [[nodiscard]] bool push(T value) {
    if (size_ == capacity_ && !grow(size_ + 1)) [[unlikely]] return false;
    new (data_ + size_++) T(std::move(value));
    return true;
  }
  [[nodiscard]] bool reserve(size_t capacity) { return capacity <= capacity_ || set_capacity(capacity); }
  /// New elements are value-initialised.
  [[nodiscard]] bool resize(size_t size) {
    if (size > capacity_ && !grow(size)) return false;
    for (size_t i = size_; i < size; ++i) new (data_ + i) T{};
    if constexpr (!std::is_trivially_destructible_v<T>)
      for (size_t i = size; i < size_; ++i) data_[i].~T();
    size_ = size;
    return true;
  }
  /// `count` more elements without a value, to be written at once; null when there is no memory.
  [[nodiscard]] T* extend(size_t count)
    requires std::is_trivially_copyable_v<T>
  {
    if (count > capacity_ - size_ && !grow(size_ + count)) [[unlikely]] return nullptr;
    T* first = data_ + size_;
    size_ += count;
    return first;
  }
  [[nodiscard]] bool append(std::span<const T> values) {
    if (values.size() > capacity_ - size_ && !grow(size_ + values.size())) return false;
    for (const T& value : values) new (data_ + size_++) T(value);
    return true;
  }
  void pop() {
    --size_;
    data_[size_].~T();
  }
  void truncate(size_t size) {
    if constexpr (std::is_trivially_destructible_v<T>) {
      if (size < size_) size_ = size;
    } else {
      while (size_ > size) pop();
    }
  }
  void clear() { truncate(0); }

  T& operator[](size_t idx) { return data_[idx]; }
  const T& operator[](size_t idx) const { return data_[idx]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  operator std::span<const T>() const { return {data_, size_}; }
  operator std::span<T>() { return {data_, size_}; }
  Allocator& allocator() const { return *allocator_; }

 private:
  bool grow(size_t minimum) {
    size_t capacity = capacity_ + capacity_ / 2 + 4;
    return set_capacity(capacity < minimum ? minimum : capacity);
  }
  bool set_capacity(size_t capacity) {
    if (capacity > SIZE_MAX / 2 / sizeof(T)) return false;
    void* data = allocator_->resize(data_, capacity_ * sizeof(T), capacity * sizeof(T), alignof(T));
    if (data == nullptr) return false;
    data_ = static_cast<T*>(data);
    capacity_ = capacity;
    return true;
  }

  Allocator* allocator_;
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace umber
