// UTF-8 as names and source text must have it (https://webassembly.github.io/spec/core/binary/values.html#names):
// shortest form, no surrogates, at most U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace umber::text {

/// Length in bytes of the well-formed code point at the start of `bytes`; 0 if there is none.
[[nodiscard]] constexpr size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](size_t idx) { return idx < bytes.size() ? static_cast<uint8_t>(bytes[idx]) : 0u; };
  const auto continues = [&](size_t idx, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(idx) >= low && byte(idx) <= high;
  };
  const unsigned lead = byte(0);
  if (bytes.empty()) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;   // not longer than needed
    const unsigned high = lead == 0xed ? 0x9f : 0xbf;  // no surrogates
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

[[nodiscard]] constexpr bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

/// `code_point` must be a Unicode scalar value.
inline void append_utf8(std::string& out, uint32_t code_point) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto put_tail = [&](unsigned shift) { put(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put_tail(0);
  } else if (code_point < 0x1'0000) {
    put(0xe0 | code_point >> 12);
    put_tail(6);
    put_tail(0);
  } else {
    put(0xf0 | code_point >> 18);
    put_tail(12);
    put_tail(6);
    put_tail(0);
  }
}

}  // namespace umber::text
