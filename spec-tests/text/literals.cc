// Floats are the difficult part. A decimal goes to std::from_chars of its own type, which rounds correctly and once; a
// hexadecimal one is rounded here, in integers, because the library's treatment of long hexadecimal mantissas and of the
// subnormal range is not something to rely on.
#include "spec-tests/text/literals.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>
#include <string>
#include <type_traits>

namespace umber::text {
namespace {

/// The parts of a literal's text.
struct Literal {
  bool has_sign = false;
  bool is_negative = false;
  bool is_hex = false;
  std::string_view digits;  ///< without sign and 0x
};

Literal split(std::string_view text) {
  Literal literal;
  if (text.starts_with('+') || text.starts_with('-')) {
    literal.has_sign = true;
    literal.is_negative = text[0] == '-';
    text.remove_prefix(1);
  }
  literal.is_hex = text.starts_with("0x");
  literal.digits = literal.is_hex ? text.substr(2) : text;
  return literal;
}

bool is_digit(char c, bool is_hex) { return is_hex ? hex_digit_value(c) >= 0 : c >= '0' && c <= '9'; }

/// How many characters of `text` are digits with single underscores between them.
size_t count_digits(std::string_view text, bool is_hex) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count], is_hex)) {
    ++count;
    if (count + 1 < text.size() && text[count] == '_' && is_digit(text[count + 1], is_hex)) ++count;
  }
  return count;
}

bool is_nan(std::string_view digits) {
  if (digits == "nan") return true;
  if (!digits.starts_with("nan:0x")) return false;
  const std::string_view payload = digits.substr(6);
  return !payload.empty() && count_digits(payload, true) == payload.size();
}

std::optional<uint64_t> parse_digits(std::string_view digits, uint64_t base) {
  uint64_t value = 0;
  for (char c : digits) {
    if (c == '_') continue;
    const auto digit = static_cast<uint64_t>(hex_digit_value(c));
    if (value > (UINT64_MAX - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

/// The layout of an IEEE 754 format.
template <class Bits>
struct Format {
  static constexpr bool kIsSingle = sizeof(Bits) == 4;
  using Value = std::conditional_t<kIsSingle, float, double>;
  static constexpr int kMantissaBits = std::numeric_limits<Value>::digits - 1;       ///< stored ones
  static constexpr int kMinExponent = std::numeric_limits<Value>::min_exponent - 1;  ///< of the smallest normal number
  static constexpr int kMaxExponent = std::numeric_limits<Value>::max_exponent - 1;
  static constexpr Bits kInfinity = std::bit_cast<Bits>(std::numeric_limits<Value>::infinity());
  static constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
};

template <class Bits>
std::optional<Bits> nan_of(std::string_view digits) {
  using F = Format<Bits>;
  if (digits == "nan") return F::kInfinity | Bits{1} << (F::kMantissaBits - 1);
  const std::optional<uint64_t> payload = parse_hex_digits(digits.substr(6));
  if (!payload || *payload == 0 || *payload >> F::kMantissaBits != 0) return std::nullopt;
  return F::kInfinity | static_cast<Bits>(*payload);
}

/// mantissa * 2^exponent; `sticky` says that the true mantissa is a little larger. Bit 63 of the mantissa is set.
template <class Bits>
std::optional<Bits> round_binary(uint64_t mantissa, int64_t exponent, bool sticky) {
  using F = Format<Bits>;
  const int64_t leading = exponent + 63;  // the exponent of the leading bit
  if (leading > F::kMaxExponent) return std::nullopt;
  if (leading < F::kMinExponent - F::kMantissaBits - 1) return Bits{0};
  // A subnormal number keeps fewer bits of the mantissa, possibly none of them.
  const int64_t missing = leading < F::kMinExponent ? F::kMinExponent - leading : 0;
  const auto dropped = static_cast<unsigned>(63 - F::kMantissaBits + missing);
  const uint64_t kept = dropped < 64 ? mantissa >> dropped : 0;
  const uint64_t half = uint64_t{1} << (dropped - 1);
  const uint64_t rest = dropped < 64 ? mantissa & ((half << 1) - 1) : mantissa;
  const bool rounds_up = rest > half || (rest == half && (sticky || (kept & 1) != 0));
  // The implicit bit of a normal number, like a carry out of the mantissa, adds one to the exponent field.
  const uint64_t biased = missing > 0 ? 0 : static_cast<uint64_t>(leading - F::kMinExponent);
  const uint64_t bits = (biased << F::kMantissaBits) + kept + (rounds_up ? 1 : 0);
  if (bits >= F::kInfinity) return std::nullopt;
  return static_cast<Bits>(bits);
}

/// The exponent part: decimal, possibly signed. Saturates.
int64_t parse_exponent(std::string_view text) {
  const Literal literal = split(text);
  int64_t value = 0;
  for (char c : literal.digits)
    if (c != '_' && value < (int64_t{1} << 40)) value = value * 10 + hex_digit_value(c);
  return literal.is_negative ? -value : value;
}

template <class Bits>
std::optional<Bits> parse_hex_float(std::string_view digits) {
  const size_t exponent_at = digits.find_first_of("pP");
  int64_t exponent = exponent_at == std::string_view::npos ? 0 : parse_exponent(digits.substr(exponent_at + 1));
  uint64_t mantissa = 0;
  bool sticky = false;
  bool in_fraction = false;
  for (char c : digits.substr(0, exponent_at)) {
    if (c == '_') continue;
    if (c == '.') {
      in_fraction = true;
      continue;
    }
    const auto digit = static_cast<uint64_t>(hex_digit_value(c));
    const bool fits = mantissa >> 60 == 0;
    if (fits)
      mantissa = mantissa << 4 | digit;
    else
      sticky |= digit != 0;
    if (fits && in_fraction) exponent -= 4;
    if (!fits && !in_fraction) exponent += 4;
  }
  if (mantissa == 0) return Bits{0};
  const int shift = std::countl_zero(mantissa);
  return round_binary<Bits>(mantissa << shift, exponent - shift, sticky);
}

/// The power of ten of the leading digit that is not zero; only its sign matters to the caller.
int64_t decimal_magnitude(std::string_view clean) {
  const size_t exponent_at = clean.find_first_of("eE");
  const std::string_view mantissa = clean.substr(0, exponent_at);
  const int64_t exponent = exponent_at == std::string_view::npos ? 0 : parse_exponent(clean.substr(exponent_at + 1));
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t leading = mantissa.find_first_not_of("0.");
  return exponent + static_cast<int64_t>(point) - static_cast<int64_t>(leading);
}

template <class Bits>
std::optional<Bits> parse_decimal_float(std::string_view digits) {
  using F = Format<Bits>;
  std::string clean;
  for (char c : digits)
    if (c != '_') clean.push_back(c);
  if (clean.substr(0, clean.find_first_of("eE")).find_first_not_of("0.") == std::string::npos) return Bits{0};
  typename F::Value value = 0;
  const std::from_chars_result result = std::from_chars(clean.data(), clean.data() + clean.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    if (decimal_magnitude(clean) > 0) return std::nullopt;
    return Bits{0};
  }
  const Bits bits = std::bit_cast<Bits>(value);
  if (bits == F::kInfinity) return std::nullopt;
  return bits;
}

template <class Bits>
std::optional<Bits> parse_float(std::string_view text) {
  const Literal literal = split(text);
  std::optional<Bits> bits;
  if (literal.digits == "inf")
    bits = Format<Bits>::kInfinity;
  else if (literal.digits.starts_with("nan"))
    bits = nan_of<Bits>(literal.digits);
  else if (literal.is_hex)
    bits = parse_hex_float<Bits>(literal.digits);
  else
    bits = parse_decimal_float<Bits>(literal.digits);
  if (bits && literal.is_negative) *bits |= Format<Bits>::kSign;
  return bits;
}

}  // namespace

bool is_nat(std::string_view text) { return is_int(text) && !split(text).has_sign; }

bool is_int(std::string_view text) {
  const Literal literal = split(text);
  return !literal.digits.empty() && count_digits(literal.digits, literal.is_hex) == literal.digits.size();
}

bool is_float(std::string_view text) {
  const Literal literal = split(text);
  if (!literal.is_hex && (literal.digits == "inf" || is_nan(literal.digits))) return true;
  std::string_view rest = literal.digits;
  const auto take_digits = [&](bool is_hex) {
    const size_t count = count_digits(rest, is_hex);
    rest.remove_prefix(count);
    return count > 0;
  };
  if (!take_digits(literal.is_hex)) return false;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    take_digits(literal.is_hex);
  }
  if (rest.empty()) return true;
  if (std::string_view(literal.is_hex ? "pP" : "eE").find(rest[0]) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
  return take_digits(false) && rest.empty();
}

std::optional<uint64_t> parse_hex_digits(std::string_view digits) {
  if (digits.empty() || count_digits(digits, true) != digits.size()) return std::nullopt;
  return parse_digits(digits, 16);
}

std::optional<uint64_t> parse_nat(std::string_view text, unsigned bits) {
  const Literal literal = split(text);
  const std::optional<uint64_t> value = parse_digits(literal.digits, literal.is_hex ? 16 : 10);
  if (!value || (bits < 64 && *value >> bits != 0)) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_int(std::string_view text, unsigned bits) {
  const std::optional<uint64_t> magnitude = parse_nat(text, bits);
  if (!magnitude || !split(text).is_negative) return magnitude;
  if (*magnitude > uint64_t{1} << (bits - 1)) return std::nullopt;
  const uint64_t mask = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  return (~*magnitude + 1) & mask;
}

std::optional<uint32_t> parse_f32(std::string_view text) { return parse_float<uint32_t>(text); }
std::optional<uint64_t> parse_f64(std::string_view text) { return parse_float<uint64_t>(text); }

}  // namespace umber::text
