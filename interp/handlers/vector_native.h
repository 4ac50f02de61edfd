// Vector instructions for which processors have one instruction that compilers do not find in what sem:: says, because it is several steps
// there. The results are the same.
#pragma once

#include <atomic>

#include "interp/handlers/vector_operand.h"

namespace umber::interp {

/// `apply` of an operation, if it has a form of its own on this machine.
template <Op op>
struct Native {};

/// sem::apply, or what is faster.
template <Op op, class... Operands>
[[nodiscard, gnu::always_inline]] inline auto compute(const Operands&... operands) {
  if constexpr (requires { Native<op>::apply(operands...); })
    return Native<op>::apply(operands...);
  else
    return sem::apply<op>(operands...);
}

#if defined(__x86_64__)

namespace native {

template <class T>
using Lanes = sem::LaneVector<T>;
template <class T>
[[nodiscard, gnu::always_inline]] inline Lanes<T> lanes(V128 a) { return __builtin_bit_cast(Lanes<T>, a); }
template <class T>
[[nodiscard, gnu::always_inline]] inline V128 vector(T lanes) { return __builtin_bit_cast(V128, lanes); }
[[nodiscard, gnu::always_inline]] inline uint32_t top_bits(Lanes<char> a) { return static_cast<uint32_t>(__builtin_ia32_pmovmskb128(a)); }
template <class T>
[[nodiscard, gnu::always_inline]] inline uint32_t has_no_zero_lane(V128 a) {
  return top_bits(reinterpret_cast<Lanes<char>>(lanes<T>(a) == Lanes<T>{})) == 0;
}
/// Negative lanes become 0, and the others' range is moved so that a signed narrowing clamps it.
[[nodiscard, gnu::always_inline]] inline Lanes<int> before_narrowing(V128 a) {
  const auto value = lanes<int>(a);
  return (value & ~(value >> 31)) - 0x8000;
}

}  // namespace native

template <>
struct Native<Op::I8x16Bitmask> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return native::top_bits(native::lanes<char>(a)); }
};
template <>
struct Native<Op::I16x8Bitmask> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) {
    return native::top_bits(reinterpret_cast<native::Lanes<char>>(__builtin_ia32_packsswb128(native::lanes<short>(a), native::Lanes<short>{})));
  }
};
template <>
struct Native<Op::I32x4Bitmask> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return static_cast<uint32_t>(__builtin_ia32_movmskps(native::lanes<float>(a))); }
};
template <>
struct Native<Op::I64x2Bitmask> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return static_cast<uint32_t>(__builtin_ia32_movmskpd(native::lanes<double>(a))); }
};
template <>
struct Native<Op::I8x16AllTrue> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return native::has_no_zero_lane<char>(a); }
};
template <>
struct Native<Op::I16x8AllTrue> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return native::has_no_zero_lane<short>(a); }
};
template <>
struct Native<Op::I32x4AllTrue> {
  [[gnu::always_inline]] static uint32_t apply(V128 a) { return native::has_no_zero_lane<int>(a); }
};
template <>
struct Native<Op::I32x4DotI16x8S> {
  [[gnu::always_inline]] static V128 apply(V128 a, V128 b) { return native::vector(__builtin_ia32_pmaddwd128(native::lanes<short>(a), native::lanes<short>(b))); }
};
template <>
struct Native<Op::I16x8NarrowI32x4U> {
  [[gnu::always_inline]] static V128 apply(V128 a, V128 b) {
    const auto narrow = __builtin_ia32_packssdw128(native::before_narrowing(a), native::before_narrowing(b));
    return native::vector(reinterpret_cast<native::Lanes<uint16_t>>(narrow) ^ static_cast<uint16_t>(0x8000));
  }
};
template <>
struct Native<Op::I16x8ExtaddPairwiseI8x16U> {
  [[gnu::always_inline]] static V128 apply(V128 a) { return native::vector((native::lanes<uint16_t>(a) & 0xff) + (native::lanes<uint16_t>(a) >> 8)); }
};
template <>
struct Native<Op::I16x8ExtaddPairwiseI8x16S> {
  [[gnu::always_inline]] static V128 apply(V128 a) { return native::vector(((native::lanes<short>(a) << 8) >> 8) + (native::lanes<short>(a) >> 8)); }
};
template <>
struct Native<Op::I32x4ExtaddPairwiseI16x8U> {
  [[gnu::always_inline]] static V128 apply(V128 a) { return native::vector((native::lanes<uint32_t>(a) & 0xffff) + (native::lanes<uint32_t>(a) >> 16)); }
};
template <>
struct Native<Op::I32x4ExtaddPairwiseI16x8S> {
  [[gnu::always_inline]] static V128 apply(V128 a) {
    return native::vector(__builtin_ia32_pmaddwd128(native::lanes<short>(a), native::Lanes<short>{} + static_cast<short>(1)));
  }
};

/// Bytes picked by index from a table of 16, in one instruction. Whether there is one (SSSE3) is found out by the first who wants it.
inline constexpr bool kMayShuffleBytes = true;
namespace native {
inline constinit std::atomic<uint8_t> byte_shuffle{0};  ///< 0 unknown, 1 no, 2 yes
inline void find_byte_shuffle() {
  uint32_t leaf = 1, features = 0, unused = 0;
  asm("cpuid" : "+a"(leaf), "=b"(unused), "=c"(features), "=d"(unused));
  byte_shuffle.store((features >> 9 & 1) != 0 ? 2 : 1, std::memory_order_relaxed);
}
}  // namespace native
[[nodiscard, gnu::always_inline]] inline bool shuffles_bytes() { return native::byte_shuffle.load(std::memory_order_relaxed) == 2; }
inline void find_byte_shuffle() {
  if (native::byte_shuffle.load(std::memory_order_relaxed) == 0) native::find_byte_shuffle();
}
/// Byte indices[i] of the table, 0 from 16 on. The instruction looks at the low four bits of what is below 128.
[[nodiscard, gnu::always_inline]] inline V128 look_up(V128 table, V128 indices) {
  const V128 clamped = sem::apply<Op::I8x16AddSatU>(indices, native::vector(native::Lanes<uint8_t>{} + 0x70));
  auto bytes = native::lanes<uint8_t>(table);
  asm("pshufb %1, %0" : "+x"(bytes) : "x"(native::lanes<uint8_t>(clamped)));
  return native::vector(bytes);
}

#elif defined(__aarch64__)

inline constexpr bool kMayShuffleBytes = true;
[[nodiscard]] constexpr bool shuffles_bytes() { return true; }
inline void find_byte_shuffle() {}
[[nodiscard, gnu::always_inline]] inline V128 look_up(V128 table, V128 indices) {
  using Bytes = sem::LaneVector<uint8_t>;
  Bytes bytes;
  asm("tbl %0.16b, {%1.16b}, %2.16b" : "=w"(bytes) : "w"(__builtin_bit_cast(Bytes, table)), "w"(__builtin_bit_cast(Bytes, indices)));
  return __builtin_bit_cast(V128, bytes);
}

#else

inline constexpr bool kMayShuffleBytes = false;
[[nodiscard]] constexpr bool shuffles_bytes() { return false; }
inline void find_byte_shuffle() {}
[[nodiscard]] inline V128 look_up(V128 table, V128 indices) { return sem::apply<Op::I8x16Swizzle>(table, indices); }

#endif

}  // namespace umber::interp
