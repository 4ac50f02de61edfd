// Guest memory as host functions see it. A GuestSpan or GuestPtr exists only for a range that was checked to lie inside the
// caller's memory; since memories never shrink it stays in range, and since it keeps the view and not the base it also
// stays right when the memory moves. Access is unaligned-safe and little-endian, by value.
#pragma once

#include "base/bits.h"
#include "base/string_ref.h"
#include "runtime/abi.h"

#include <span>

namespace umber {

template <class T>
concept GuestValue = std::is_trivially_copyable_v<std::remove_const_t<T>>;

/// `count` values of T in guest memory, one behind the other. `Address`: uint64_t for callers with a 64-bit memory.
template <GuestValue T, class Address = uint32_t>
class GuestSpan {
 public:
  using Value = std::remove_const_t<T>;
  using Byte = std::conditional_t<std::is_const_v<T>, const uint8_t, uint8_t>;

  GuestSpan() = default;

  /// The range, if all of it lies inside the memory.
  [[nodiscard]] static bool check(const MemoryView& memory, uint64_t address, uint64_t count, GuestSpan& out) {
    if (count > memory.size / sizeof(T)) return false;
    const uint64_t bytes = count * sizeof(T);
    if (address > memory.size - bytes) return false;
    out.memory_ = &memory;
    out.address_ = static_cast<Address>(address);
    out.count_ = static_cast<Address>(count);
    return true;
  }

  [[nodiscard]] size_t size() const { return static_cast<size_t>(count_); }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] Address address() const { return address_; }
  /// `idx` < size().
  [[nodiscard]] Value get(size_t idx) const { return load_le<Value>(data() + idx * sizeof(T)); }
  void set(size_t idx, Value value) const
    requires(!std::is_const_v<T>)
  {
    store_le(data() + idx * sizeof(T), value);
  }
  /// Raw bytes: only until guest code runs or the memory grows.
  [[nodiscard]] Byte* data() const { return memory_ == nullptr ? nullptr : memory_->base + address_; }
  [[nodiscard]] std::span<Byte> bytes() const { return {data(), size() * sizeof(T)}; }
  /// For spans of characters; as short-lived as data().
  [[nodiscard]] StringRef str() const
    requires(sizeof(T) == 1)
  {
    return {reinterpret_cast<const char*>(data()), size()};
  }
  /// The first `count` values; clamped.
  [[nodiscard]] GuestSpan first(size_t count) const {
    GuestSpan part = *this;
    if (count < size()) part.count_ = static_cast<Address>(count);
    return part;
  }

 private:
  const MemoryView* memory_ = nullptr;
  Address address_ = 0;
  Address count_ = 0;
};

/// One T in guest memory.
template <GuestValue T, class Address = uint32_t>
class GuestPtr {
 public:
  using Value = std::remove_const_t<T>;

  [[nodiscard]] static bool check(const MemoryView& memory, uint64_t address, GuestPtr& out) {
    return GuestSpan<T, Address>::check(memory, address, 1, out.span_);
  }
  [[nodiscard]] Value get() const { return span_.get(0); }
  void set(Value value) const
    requires(!std::is_const_v<T>)
  {
    span_.set(0, value);
  }
  [[nodiscard]] Address address() const { return span_.address(); }

 private:
  GuestSpan<T, Address> span_;
};

}  // namespace umber
