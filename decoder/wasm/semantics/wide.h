// 128-bit arithmetic on pairs of i64 (https://github.com/WebAssembly/wide-arithmetic). From 64-bit halves, so that it
// is the same on 32-bit machines without a 128-bit type; compilers recognise the carry.
#pragma once

#include <cstdint>

namespace umber::sem {

/// Two results, in the order of the operand stack.
struct I64Pair {
  uint64_t low = 0;
  uint64_t high = 0;
  friend constexpr bool operator==(const I64Pair&, const I64Pair&) = default;
};

[[nodiscard, gnu::always_inline]] constexpr I64Pair add128(uint64_t a_low, uint64_t a_high, uint64_t b_low,
                                                           uint64_t b_high) {
  const uint64_t low = a_low + b_low;
  return {low, a_high + b_high + (low < a_low)};
}
[[nodiscard, gnu::always_inline]] constexpr I64Pair sub128(uint64_t a_low, uint64_t a_high, uint64_t b_low,
                                                           uint64_t b_high) {
  return {a_low - b_low, a_high - b_high - (a_low < b_low)};
}
[[nodiscard, gnu::always_inline]] constexpr I64Pair mul_wide_u(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__)
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<uint64_t>(product), static_cast<uint64_t>(product >> 64)};
#else
  constexpr uint64_t kLow = 0xffff'ffff;
  const uint64_t low_low = (a & kLow) * (b & kLow);
  const uint64_t high_low = (a >> 32) * (b & kLow);
  const uint64_t low_high = (a & kLow) * (b >> 32);
  const uint64_t high_high = (a >> 32) * (b >> 32);
  const uint64_t middle = (low_low >> 32) + (high_low & kLow) + (low_high & kLow);
  return {middle << 32 | (low_low & kLow), high_high + (high_low >> 32) + (low_high >> 32) + (middle >> 32)};
#endif
}
[[nodiscard, gnu::always_inline]] constexpr I64Pair mul_wide_s(uint64_t a, uint64_t b) {
  // A negative factor counts 2^64 too much of the other one.
  I64Pair product = mul_wide_u(a, b);
  product.high -= (a >> 63 != 0 ? b : 0) + (b >> 63 != 0 ? a : 0);
  return product;
}

}  // namespace umber::sem
