// Building a sentence in a fixed buffer, without printf: `text.add("expected ", 4u, " bytes at ", Hex{offset})`.
// What does not fit is cut, never overrun; the text is always zero-terminated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/string_ref.h"

namespace umber {

/// Prints as 0x1a.
struct Hex {
  uint64_t value;
};

/// Prints a name in double quotes with control and non-ASCII bytes escaped as \xx, so that a message stays one line.
struct Quoted {
  StringRef text;
};

/// What a FixedText has in front of its characters, and all that writes: not templates and not inline, since there are hundreds of
/// sentences, each is written once if ever, and a device has them in flash.
class TextHead {
 protected:
  explicit TextHead(uint16_t capacity) : capacity_(capacity) {}
  void put(char c);
  void put(StringRef s);
  void put(const char* s);
  void put(Hex hex);
  void put(Quoted quoted);
  template <class T>
    requires std::is_integral_v<T>
  void put(T value) {
    if constexpr (std::is_signed_v<T>)
      put_signed(value);
    else if constexpr (sizeof(T) <= sizeof(uint32_t))
      put_unsigned(static_cast<uint32_t>(value));
    else
      put_unsigned(uint64_t{value});
  }

  uint16_t size_ = 0;
  uint16_t capacity_;  ///< the zero included

 private:
  [[nodiscard]] char* characters() { return reinterpret_cast<char*>(this + 1); }
  void put_signed(int64_t value);
  void put_unsigned(uint32_t value);
  void put_unsigned(uint64_t value);
  void put_digits(uint64_t value, unsigned base);
};

template <size_t Capacity>
class FixedText : private TextHead {
 public:
  static_assert(Capacity > 0 && Capacity <= UINT16_MAX);
  FixedText() : TextHead(Capacity) {
    static_assert(sizeof(FixedText) - sizeof(TextHead) < Capacity + alignof(TextHead));
    buffer_[0] = 0;
  }

  template <class... Parts>
  FixedText& add(const Parts&... parts) {
    (put(parts), ...);
    return *this;
  }
  [[nodiscard]] StringRef str() const { return {buffer_, size_}; }
  [[nodiscard]] const char* c_str() const { return buffer_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void clear() {
    size_ = 0;
    buffer_[0] = 0;
  }

 private:
  char buffer_[Capacity];  ///< written up to the zero behind the text
};

}  // namespace umber
