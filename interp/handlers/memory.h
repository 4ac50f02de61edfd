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

/// Whether `bytes` at `address` lie in memory 0; `address` is at most 2^33.
template <bool checked, int bytes>
[[nodiscard, gnu::always_inline]] inline bool in_bounds(const State& s, uint64_t address) {
  if constexpr (!checked) return true;
  if constexpr (sizeof(size_t) == 4) {  // where no memory has 4 GiB
    const auto size = static_cast<uint32_t>(s.ctx->memory0_size);
    return address >> 32 == 0 && size >= bytes && static_cast<uint32_t>(address) <= size - bytes;
  }
  return address + bytes <= s.ctx->memory0_size;
}

/// Keeps what follows behind the access.
[[gnu::always_inline]] inline void end_access(State& s) { asm volatile("" : "+r"(s.pc)); }

/// Reads at `address`; false: out of bounds.
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool read_memory(State& s, uint64_t address, Memory& out) {
  if (!in_bounds<checked, sizeof(Memory)>(s, address)) [[unlikely]] return false;
  out = load_le<Memory>(s.mem + address);
  if constexpr (!checked) end_access(s);
  return true;
}
template <class Memory, bool checked>
[[nodiscard, gnu::always_inline]] inline bool write_memory(State& s, uint64_t address, Memory value) {
  if (!in_bounds<checked, sizeof(Memory)>(s, address)) [[unlikely]] return false;
  store_le(s.mem + address, value);
  if constexpr (!checked) end_access(s);
  return true;
}

}  // namespace umber::interp
