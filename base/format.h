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

template <size_t Capacity>
class FixedText {
 public:
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
  void put(char c) {
    if (size_ + 1 >= Capacity) return;
    buffer_[size_++] = c;
    buffer_[size_] = 0;
  }
  void put(StringRef s) {
    for (char c : s) put(c);
  }
  void put(const char* s) { put(StringRef(s)); }
  void put(Hex hex) {
    put("0x");
    put_digits(hex.value, 16);
  }
  void put(Quoted quoted) {
    put('"');
    for (char c : quoted.text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
        put(c);
      } else {
        put('\\');
        put("0123456789abcdef"[byte >> 4]);
        put("0123456789abcdef"[byte & 15]);
      }
    }
    put('"');
  }
  template <class T>
    requires std::is_integral_v<T>
  void put(T value) {
    if constexpr (std::is_signed_v<T>) {
      if (value < 0) {
        put('-');
        put_digits(~static_cast<uint64_t>(value) + 1, 10);
        return;
      }
    }
    put_digits(static_cast<uint64_t>(value), 10);
  }
  void put_digits(uint64_t value, unsigned base) {
    char digits[20];
    size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count > 0) put(digits[--count]);
  }

  size_t size_ = 0;
  char buffer_[Capacity] = {};
};

}  // namespace umber
