#include "base/format.h"

namespace umber {

void TextHead::put(char c) {
  if (size_ + 1 >= capacity_) return;
  characters()[size_++] = c;
  characters()[size_] = 0;
}

void TextHead::put(StringRef s) {
  for (char c : s) put(c);
}

void TextHead::put(const char* s) { put(StringRef(s)); }

void TextHead::put(Hex hex) {
  put("0x");
  put_digits(hex.value, 16);
}

void TextHead::put(Quoted quoted) {
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

void TextHead::put_signed(int64_t value) {
  if (value < 0) put('-');
  put_unsigned(value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value));
}

void TextHead::put_unsigned(uint32_t value) { put_digits(value, 10); }

void TextHead::put_unsigned(uint64_t value) { put_digits(value, 10); }

void TextHead::put_digits(uint64_t value, unsigned base) {
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (count > 0) put(digits[--count]);
}

}  // namespace umber
