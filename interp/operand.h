// Operands of instructions. A handler is a template over where each operand lies: in one of the registers that travel through
// the tail calls, in a frame slot, or in the instruction itself. A register costs no field; a slot is a 16-bit field, an
// immediate one or two 32-bit fields, or, an integer in the compact profile, a 16-bit field. In an instruction all 16-bit fields come first, in operand order, then padding to 4
// bytes, then the 32-bit fields in operand order: whoever knows the operands' places knows the layout.
#pragma once

#include <type_traits>

#include "interp/dispatch.h"
#include "decoder/wasm/semantics/semantics.h"

namespace umber::interp {

/// Number of an operand's place: registers 0…n-1, then kSlot, then kImm.
template <class T>
inline constexpr int kRegsOf = std::is_floating_point_v<T> ? kFloatRegs : std::is_integral_v<T> ? kIntRegs : kVectorRegs;
template <class T>
inline constexpr int kSlot = kRegsOf<T>;
template <class T>
inline constexpr int kImm = kRegsOf<T> + 1;

/// An operand of type T (uint32_t, uint64_t, float, double, V128) at place `place`. A vector that is written to its slot goes to the vector
/// register too.
template <class T, int place>
struct Operand {
  using Type = T;
  static constexpr int kPlace = place;
  static constexpr bool kIsReg = place < kRegsOf<T>;
  static constexpr bool kIsSlot = place == kSlot<T>;
  static constexpr bool kIsImm = place == kImm<T>;
  static constexpr bool kIsShort = kIsImm && kIsCompact && std::is_integral_v<T>;  ///< sign-extended
  static constexpr int kHalves = kIsSlot || kIsShort ? 1 : 0;
  static constexpr int kWords = kIsImm && !kIsShort ? (std::is_same_v<T, double> ? 2 : std::is_same_v<T, sem::V128> ? 4 : 1) : 0;
};
/// A value of any type as it is copied from place to place: registers and slots whole, immediates zero-extended.
template <int place>
using Copied = Operand<std::conditional_t<place == kImm<uint64_t>, uint32_t, uint64_t>, place>;
/// A bare 16-bit or 32-bit field.
struct Half {
  static constexpr int kHalves = 1;
  static constexpr int kWords = 0;
};
struct Word {
  static constexpr int kHalves = 0;
  static constexpr int kWords = 1;
};

/// A number that the compact profile keeps in 16 bits.
using ShortWord = std::conditional_t<kIsCompact, Half, Word>;

/// The fields of an instruction with these operands.
template <class... Operands>
struct Layout {
  static constexpr int kCount = sizeof...(Operands);
  static constexpr int kHalves[kCount + 1] = {Operands::kHalves..., 0};
  static constexpr int kWords[kCount + 1] = {Operands::kWords..., 0};
  static constexpr int sum(const int* values, int count) {
    int total = 0;
    for (int i = 0; i < count; ++i) total += values[i];
    return total;
  }
  static constexpr int kFirstWord = first_word_after(sum(kHalves, kCount));
  static constexpr int kSize = kFirstWord + 4 * sum(kWords, kCount);
  /// Byte offset of operand i's field from the instruction's start.
  static constexpr int at(int i) {
    return kHalves[i] != 0 ? kRefBytes + 2 * sum(kHalves, i) : kFirstWord + 4 * sum(kWords, i);
  }
};
template <>
struct Layout<> {
  static constexpr int kSize = kRefBytes;
};

template <class T>
[[nodiscard, gnu::always_inline]] inline T read_slot(const Slot& slot) {
  if constexpr (std::is_same_v<T, float>) return slot.f32;
  if constexpr (std::is_same_v<T, double>) return slot.f64;
  if constexpr (std::is_same_v<T, uint32_t>) return slot.u32;
  if constexpr (std::is_same_v<T, uint64_t>) return slot.u64;
}
/// An i32 is zero-extended, but in the compact profile, where that would be two of an operation's nine or so instructions: there the
/// upper half of its slot is anything, and whoever wants 64 bits extends it (Encoder::use_wide_slot, extend_i32).
template <class T>
[[gnu::always_inline]] inline void write_slot(Slot& slot, T value) {
  if constexpr (std::is_same_v<T, float>)
    slot.f32 = value;
  else if constexpr (std::is_same_v<T, uint32_t> && kIsCompact)
    slot.u32 = value;
  else if constexpr (std::is_same_v<T, double>)
    slot.f64 = value;
  else
    slot.u64 = value;
}

#if defined(UMBER_FLOAT_CONSTRAINT) && defined(__clang__)
/// An f32 in the low half of a floating-point register, without an instruction.
[[nodiscard, gnu::always_inline]] inline float low_float(double bits) {
  using Doubles __attribute__((vector_size(16))) = double;
  using Floats __attribute__((vector_size(16))) = float;
  asm("" : "+" UMBER_FLOAT_CONSTRAINT(bits));  // or it would be read with its neighbour in State, which then is kept in memory
  Doubles pair = {bits, bits};
  pair = __builtin_shufflevector(pair, pair, 0, -1);
  return reinterpret_cast<Floats>(pair)[0];
}
[[nodiscard, gnu::always_inline]] inline double with_low_float(float value) {
  using Doubles __attribute__((vector_size(16))) = double;
  using Floats __attribute__((vector_size(16))) = float;
  asm("" : "+" UMBER_FLOAT_CONSTRAINT(value));  // keeps the operation before scalar: no work on the other lanes
  Floats lanes = __builtin_nondeterministic_value(lanes);
  lanes[0] = value;
  return reinterpret_cast<Doubles>(lanes)[0];
}
#else
[[nodiscard]] inline float low_float(double bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(std::bit_cast<uint64_t>(bits)));
}
[[nodiscard]] inline double with_low_float(float value) {
  return std::bit_cast<double>(uint64_t{std::bit_cast<uint32_t>(value)});
}
#endif

template <class T, int reg>
[[nodiscard, gnu::always_inline]] inline T read_reg(const State& s) {
  if constexpr (std::is_same_v<T, float>)
    return low_float(s.f[reg]);
  else if constexpr (std::is_same_v<T, double>)
    return s.f[reg];
  else if constexpr (std::is_same_v<T, sem::V128>)
    return __builtin_bit_cast(sem::V128, s.v[reg]);
  else
    return static_cast<T>(s.r[reg]);
}

/// Reads the operand whose field is at byte offset `at`.
template <class O, int at>
[[nodiscard, gnu::always_inline]] inline typename O::Type read(const State& s) {
  using T = typename O::Type;
  if constexpr (O::kIsReg)
    return read_reg<T, O::kPlace>(s);
  else if constexpr (O::kIsSlot && std::is_same_v<T, sem::V128>)
    return load_le<T>(s.fp + load_field<uint16_t>(s.pc + at));
  else if constexpr (O::kIsSlot)
    return read_slot<T>(s.fp[load_field<uint16_t>(s.pc + at)]);
  else if constexpr (O::kIsShort)
    return static_cast<T>(int64_t{load_field<int16_t>(s.pc + at)});
  else if constexpr (std::is_same_v<T, uint64_t>)
    return static_cast<uint64_t>(int64_t{load_field<int32_t>(s.pc + at)});
  else
    return load_field<T>(s.pc + at);
}
/// UMBER_INTERP_KEEP_ORDER
template <class T>
[[gnu::always_inline]] inline void keep_order(const Code*& pc, [[maybe_unused]] const T& value) {
  if constexpr (std::is_same_v<T, uint32_t>) asm("" : "+r"(pc) : "r"(value));
  if constexpr (std::is_same_v<T, uint64_t>)
    asm("" : "+r"(pc) : "r"(static_cast<uint32_t>(value)), "r"(static_cast<uint32_t>(value >> 32)));
}
template <class O, int at>
[[gnu::always_inline]] inline void write(State& s, typename O::Type value) {
  using T = typename O::Type;
  UMBER_INTERP_KEEP_ORDER(s.pc, value);
  if constexpr (std::is_same_v<T, sem::V128>) {
    if constexpr (O::kIsSlot) store_le(s.fp + load_field<uint16_t>(s.pc + at), value);
    if constexpr (kVectorRegs != 0) s.v[0] = __builtin_bit_cast(Vector, value);
  } else if constexpr (O::kIsSlot)
    write_slot<T>(s.fp[load_field<uint16_t>(s.pc + at)], value);
  else if constexpr (std::is_same_v<T, float>)
    s.f[O::kPlace] = with_low_float(value);
  else if constexpr (std::is_same_v<T, double>)
    s.f[O::kPlace] = value;
  else
    s.r[O::kPlace] = value;
}

/// An instruction's operands by number.
template <class... Operands>
struct Fields : Layout<Operands...> {
  using L = Layout<Operands...>;
  template <int i, class First, class... Rest>
  struct Pick : Pick<i - 1, Rest...> {};
  template <class First, class... Rest>
  struct Pick<0, First, Rest...> {
    using Type = First;
  };
  template <int i>
  using O = typename Pick<i, Operands...>::Type;

  template <int i>
  [[nodiscard, gnu::always_inline]] static auto get(const State& s) { return read<O<i>, L::at(i)>(s); }
  template <int i, class T>
  [[gnu::always_inline]] static void put(State& s, T value) { write<O<i>, L::at(i)>(s, value); }
  template <int i>
  [[nodiscard, gnu::always_inline]] static uint32_t half(const State& s) { return load_field<uint16_t>(s.pc + L::at(i)); }
  template <int i>
  [[nodiscard, gnu::always_inline]] static uint32_t word(const State& s) { return load_field<uint32_t>(s.pc + L::at(i)); }
  /// Field i, a ShortWord.
  template <int i>
  [[nodiscard, gnu::always_inline]] static uint32_t number(const State& s) { return kIsCompact ? half<i>(s) : word<i>(s); }
  template <int i>
  [[nodiscard, gnu::always_inline]] static int32_t signed_word(const State& s) { return load_field<int32_t>(s.pc + L::at(i)); }
  [[gnu::always_inline]] static Next next(State& s) {
    s.pc += L::kSize;
    return Next::Go;
  }
};

/// Goes to a loop's header, `distance` bytes from here, and pays the loop's fuel.
[[nodiscard, gnu::always_inline]] inline Next jump_back(State& s, int32_t distance, uint32_t weight) {
  const int64_t left = s.ctx->budget - weight;
  s.pc += distance;
  s.ctx->budget = left;
  if (left < 0) [[unlikely]] return Next::Spent;
  return Next::Branch;
}

}  // namespace umber::interp
