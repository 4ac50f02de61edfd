// Number literals (https://webassembly.github.io/spec/core/text/values.html): what is one, and its exact value.
// The parse functions take text that the matching is_… function accepted and answer nothing if it is out of range.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace umber::text {

/// 0 to 15, or -1.
[[nodiscard]] constexpr int hex_digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[nodiscard]] bool is_nat(std::string_view text);
[[nodiscard]] bool is_int(std::string_view text);    ///< with or without sign
[[nodiscard]] bool is_float(std::string_view text);  ///< an integer is one, too

/// Hexadecimal digits without prefix, underscores allowed; nothing if malformed or above 64 bits.
[[nodiscard]] std::optional<uint64_t> parse_hex_digits(std::string_view digits);

/// An unsigned integer of `bits` <= 64.
[[nodiscard]] std::optional<uint64_t> parse_nat(std::string_view text, unsigned bits = 64);
/// An integer from -2^(bits-1) to 2^bits-1, in two's complement of `bits`.
[[nodiscard]] std::optional<uint64_t> parse_int(std::string_view text, unsigned bits);

/// The bits of the nearest float, ties to even, rounded once from the text. Nothing if it rounds to infinity, or for a
/// NaN payload that does not fit.
[[nodiscard]] std::optional<uint32_t> parse_f32(std::string_view text);
[[nodiscard]] std::optional<uint64_t> parse_f64(std::string_view text);

}  // namespace umber::text
