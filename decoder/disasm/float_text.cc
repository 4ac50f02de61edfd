#include "decoder/disasm/float_text.h"

namespace umber::wasm {
namespace {

struct Parts {
  bool negative;
  uint32_t exponent;  ///< biased
  uint64_t fraction;
  unsigned fraction_bits;
  uint32_t max_exponent;
  int bias;
};

Parts split(uint64_t bits, bool is_f64) {
  if (is_f64) return {bits >> 63 != 0, static_cast<uint32_t>(bits >> 52 & 0x7ff), bits & 0xf'ffff'ffff'ffff, 52, 0x7ff, 1023};
  return {(bits >> 31 & 1) != 0, static_cast<uint32_t>(bits >> 23 & 0xff), bits & 0x7f'ffff, 23, 0xff, 127};
}

/// A whole number of moderate size, which reads better in decimal.
bool add_whole(FloatText& text, const Parts& parts, int exponent) {
  if (exponent < 0 || exponent > 20) return false;
  const uint64_t significand = parts.fraction | uint64_t{1} << parts.fraction_bits;
  const unsigned shift = parts.fraction_bits - static_cast<unsigned>(exponent);
  if ((significand & ((uint64_t{1} << shift) - 1)) != 0) return false;
  text.add(significand >> shift);
  return true;
}

void add_hexadecimal(FloatText& text, const Parts& parts, int exponent, bool is_normal) {
  text.add(is_normal ? "0x1" : "0x0");
  uint64_t fraction = parts.fraction << (64 - parts.fraction_bits);
  if (fraction != 0) text.add('.');
  for (; fraction != 0; fraction <<= 4) text.add("0123456789abcdef"[fraction >> 60]);
  text.add('p', exponent < 0 ? "" : "+", exponent);
}

}  // namespace

FloatText text_of_float(uint64_t bits, bool is_f64) {
  const Parts parts = split(bits, is_f64);
  FloatText text;
  if (parts.negative) text.add('-');
  if (parts.exponent == parts.max_exponent) {
    const bool is_canonical = parts.fraction == uint64_t{1} << (parts.fraction_bits - 1);
    if (parts.fraction == 0) text.add("inf");
    else if (is_canonical) text.add("nan");
    else text.add("nan:", Hex{parts.fraction});
    return text;
  }
  const bool is_normal = parts.exponent != 0;
  const int exponent = (is_normal ? static_cast<int>(parts.exponent) : 1) - parts.bias;
  if (!is_normal && parts.fraction == 0) text.add('0');
  else if (!is_normal || !add_whole(text, parts, exponent)) add_hexadecimal(text, parts, exponent, is_normal);
  return text;
}

}  // namespace umber::wasm
