// What vector loads make of the bytes that they read, and which bytes a lane store writes; the access itself is the
// caller's. `kLoaded<op>` is a function from the raw little-endian value (its parameter type says how many bytes) to the
// v128; `kLaneLoaded<op>` from (v128, raw value, lane) to the v128; `kLaneStored<op>` from (v128, lane) to the raw value.
#pragma once

#include "decoder/wasm/opcode.h"
#include "decoder/wasm/semantics/simd.h"

namespace umber::sem {

/// The value in the low lane, the others zero.
template <std::unsigned_integral T>
[[nodiscard, gnu::always_inline]] constexpr V128 load_zero(T raw) {
  return with_lane<T>(V128{}, 0, raw);
}
/// Half a vector of `From`, widened to `To`.
template <class To, class From>
[[nodiscard, gnu::always_inline]] constexpr V128 load_extend(uint64_t raw) {
  return extend<To, From, Half::Low>(load_zero(raw));
}
[[nodiscard, gnu::always_inline]] constexpr V128 load_whole(V128 raw) { return raw; }

template <wasm::Op op>
inline constexpr auto kLoaded = nullptr;
template <wasm::Op op>
inline constexpr auto kLaneLoaded = nullptr;
template <wasm::Op op>
inline constexpr auto kLaneStored = nullptr;

#define LOADS(id, ...) \
  template <>          \
  inline constexpr auto kLoaded<wasm::Op::id> = &__VA_ARGS__;
#define LANES(bits)                                                                                                  \
  template <>                                                                                                        \
  inline constexpr auto kLaneLoaded<wasm::Op::V128Load##bits##Lane> = &replace_lane<uint##bits##_t, uint##bits##_t>; \
  template <>                                                                                                        \
  inline constexpr auto kLaneStored<wasm::Op::V128Store##bits##Lane> = &extract_lane<uint##bits##_t>;

LOADS(V128Load, load_whole)
LOADS(V128Load8x8S, load_extend<uint16_t, int8_t>)
LOADS(V128Load8x8U, load_extend<uint16_t, uint8_t>)
LOADS(V128Load16x4S, load_extend<uint32_t, int16_t>)
LOADS(V128Load16x4U, load_extend<uint32_t, uint16_t>)
LOADS(V128Load32x2S, load_extend<uint64_t, int32_t>)
LOADS(V128Load32x2U, load_extend<uint64_t, uint32_t>)
LOADS(V128Load8Splat, splat<uint8_t, uint8_t>)
LOADS(V128Load16Splat, splat<uint16_t, uint16_t>)
LOADS(V128Load32Splat, splat<uint32_t, uint32_t>)
LOADS(V128Load64Splat, splat<uint64_t, uint64_t>)
LOADS(V128Load32Zero, load_zero<uint32_t>)
LOADS(V128Load64Zero, load_zero<uint64_t>)
LANES(8)
LANES(16)
LANES(32)
LANES(64)

#undef LOADS
#undef LANES

}  // namespace umber::sem
