// Handlers that access a guarded memory 0 twice. The program counter says which access has faulted: before the first one it is the
// instruction's start, before the second one kSecondAccess bytes more. So a trap names the Wasm instruction that it comes from.
#pragma once

#include "interp/handlers/memory.h"
#include "interp/pair_families.h"

namespace umber::interp {

template <class T>
[[nodiscard, gnu::always_inline]] inline T memory_at(State& s, uint64_t address) {
  T value;
  (void)read_memory<T, false>(s, address, value);
  return value;
}
/// The second access. Between these two no field of the instruction may be read.
[[gnu::always_inline]] inline void begin_second_access(State& s) {
  s.pc += kSecondAccess;
  end_access(s);
}
[[gnu::always_inline]] inline void end_second_access(State& s) { s.pc -= kSecondAccess; }
template <class T>
[[nodiscard, gnu::always_inline]] inline T second_memory_at(State& s, uint64_t address) {
  begin_second_access(s);
  const T value = memory_at<T>(s, address);
  end_second_access(s);
  return value;
}

/// u32(operand `base` + field `addend`) + the field behind it.
template <class F, int base, int addend>
[[nodiscard, gnu::always_inline]] inline uint64_t place_in_memory(const State& s) {
  const uint32_t sum = F::template get<base>(s) + F::template word<addend>(s);
  return uint64_t{sum} + F::template word<addend + 1>(s);
}

}  // namespace umber::interp
