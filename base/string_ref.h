// Borrowed text: a pointer and a length, never owned, not necessarily zero-terminated.
// The core uses this in place of std::string_view, which some device C++ libraries lack.
#pragma once

#include <cstddef>
#include <cstdint>

namespace umber {

class StringRef {
 public:
  constexpr StringRef() = default;
  constexpr StringRef(const char* data, size_t size) : data_(data), size_(size) {}
  constexpr StringRef(const char* zero_terminated) : data_(zero_terminated), size_(length(zero_terminated)) {}
  /// From any string type with `const char* data()` and `size()`, such as std::string or std::string_view.
  template <class S>
    requires requires(const S& s, const char*& p, size_t& n) {
      p = s.data();
      n = s.size();
    }
  constexpr StringRef(const S& s) : data_(s.data()), size_(s.size()) {}

  [[nodiscard]] constexpr const char* data() const { return data_; }
  [[nodiscard]] constexpr size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const char* begin() const { return data_; }
  [[nodiscard]] constexpr const char* end() const { return data_ + size_; }
  constexpr char operator[](size_t idx) const { return data_[idx]; }

  /// The part from `offset` on, at most `count` bytes; both are clamped to the text.
  [[nodiscard]] constexpr StringRef substr(size_t offset, size_t count = SIZE_MAX) const {
    if (offset > size_) offset = size_;
    if (count > size_ - offset) count = size_ - offset;
    return {data_ + offset, count};
  }
  [[nodiscard]] constexpr bool starts_with(StringRef prefix) const {
    return size_ >= prefix.size_ && substr(0, prefix.size_) == prefix;
  }

  friend constexpr bool operator==(StringRef a, StringRef b) {
    if (a.size_ != b.size_) return false;
    for (size_t i = 0; i < a.size_; ++i)
      if (a.data_[i] != b.data_[i]) return false;
    return true;
  }

 private:
  static constexpr size_t length(const char* text) {
    size_t n = 0;
    while (text[n] != 0) ++n;
    return n;
  }

  const char* data_ = "";
  size_t size_ = 0;
};

}  // namespace umber
