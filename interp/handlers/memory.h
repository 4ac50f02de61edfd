// Access to memory 0 with 32-bit addresses. In a guarded memory the access itself is the check: base + address + offset is a
// 33-bit sum, and what lies outside faults. Otherwise the sum is compared with the size. The program counter does
// not move before the access, so that a fault finds it at the instruction.
#pragma once

#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp {

/// The carrier of an access and the type in memory.
template <Op op> struct Access;
#define UMBER_ACCESS(op, value, memory) \
  template <> struct Access<Op::op> { using Value = value; using Memory = memory; };
UMBER_ACCESS(I32Load, uint32_t, uint32_t)
UMBER_ACCESS(I32Load8S, uint32_t, int8_t)
UMBER_ACCESS(I32Load8U, uint32_t, uint8_t)
UMBER_ACCESS(I32Load16S, uint32_t, int16_t)
UMBER_ACCESS(I32Load16U, uint32_t, uint16_t)
UMBER_ACCESS(I64Load, uint64_t, uint64_t)
UMBER_ACCESS(I64Load8S, uint64_t, int8_t)
UMBER_ACCESS(I64Load8U, uint64_t, uint8_t)
UMBER_ACCESS(I64Load16S, uint64_t, int16_t)
UMBER_ACCESS(I64Load16U, uint64_t, uint16_t)
UMBER_ACCESS(I64Load32S, uint64_t, int32_t)
UMBER_ACCESS(I64Load32U, uint64_t, uint32_t)
UMBER_ACCESS(F32Load, float, float)
UMBER_ACCESS(F64Load, double, double)
UMBER_ACCESS(I32Store8, uint32_t, uint8_t)
UMBER_ACCESS(I32Store16, uint32_t, uint16_t)
UMBER_ACCESS(I32Store, uint32_t, uint32_t)
UMBER_ACCESS(I64Store8, uint64_t, uint8_t)
UMBER_ACCESS(I64Store16, uint64_t, uint16_t)
UMBER_ACCESS(I64Store32, uint64_t, uint32_t)
UMBER_ACCESS(I64Store, uint64_t, uint64_t)
UMBER_ACCESS(F32Store, float, float)
UMBER_ACCESS(F64Store, double, double)
#undef UMBER_ACCESS

template <class Value, class Memory>
[[nodiscard, gnu::always_inline]] inline Value widen(Memory value) {
  if constexpr (std::is_signed_v<Memory> && std::is_integral_v<Memory>)
    return static_cast<Value>(static_cast<std::make_signed_t<Value>>(value));
  else
    return static_cast<Value>(value);
}

/// Where `bytes` at address + offset lie in memory 0; false: not all of them do. Every comparison is one of what is left, so that
/// two registers suffice where a size has 32 bits, and no memory 4 GiB.
template <bool checked, int bytes>
[[nodiscard, gnu::always_inline]] inline bool find_place(const State& s, uint32_t address, uint32_t offset, size_t& at) {
  if constexpr (checked && sizeof(size_t) == 4) {
    uint32_t sum = 0, left = 0;
    if (__builtin_add_overflow(address, offset, &sum)) return false;
    if (__builtin_sub_overflow(static_cast<uint32_t>(s.ctx->memory0_size), sum, &left)) return false;
    asm("" : "+r"(left));  // in the size's register: without, Thumb-2 code saves a third one for the sum
    if (left < bytes) return false;
    at = sum;
    return true;
  }
  const uint64_t sum = uint64_t{address} + offset;
  at = static_cast<size_t>(sum);
  return !checked || sum + bytes <= s.ctx->memory0_size;
}

/// Keeps what follows behind the access.
[[gnu::always_inline]] inline void end_access(State& s) { asm volatile("" : "+r"(s.pc)); }

/// Reads at address + offset; false: out of bounds.
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool read_memory(State& s, uint32_t address, uint32_t offset, Memory& out) {
  size_t at = 0;
  if (!find_place<checked, sizeof(Memory)>(s, address, offset, at)) [[unlikely]] return false;
  out = load_le<Memory>(s.mem + at);
  if constexpr (!checked) end_access(s);
  return true;
}
/// The same at a sum that the caller has made, in a guarded memory.
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool read_memory(State& s, uint64_t address, Memory& out) {
  static_assert(!checked);
  out = load_le<Memory>(s.mem + address);
  end_access(s);
  return true;
}
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool write_memory(State& s, uint64_t address, Memory value) {
  static_assert(!checked);
  store_le(s.mem + address, value);
  end_access(s);
  return true;
}
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool write_memory(State& s, uint32_t address, uint32_t offset, Memory value) {
  size_t at = 0;
  if (!find_place<checked, sizeof(Memory)>(s, address, offset, at)) [[unlikely]] return false;
  store_le(s.mem + at, value);
  if constexpr (!checked) end_access(s);
  return true;
}

}  // namespace umber::interp
