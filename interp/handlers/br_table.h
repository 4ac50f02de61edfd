// Branches through a table: on a value, a sum, a byte in memory, a byte where a pointer was before it grew.
#pragma once

#include "interp/handlers/memory.h"

namespace umber::interp {

/// Goes where the table behind the instruction's `size` bytes says, its last entry for what is beyond.
[[gnu::always_inline]] inline Next go_to(State& s, int size, uint32_t index, uint32_t last) {
  const uint32_t chosen = index < last ? index : last;
  s.pc += load_field<int32_t>(s.pc + size + uint64_t{chosen} * 4);
  return Next::Go;
}

// A; count, distances
template <int a>
struct BranchTable {
  using F = Fields<Operand<uint32_t, a>, Word>;
  static Next run(State& s) { return go_to(s, F::kSize, F::template get<0>(s), F::template word<1>(s)); }
};
// A; c, count, distances
template <int a>
struct BranchTableSum {
  using F = Fields<Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) { return go_to(s, F::kSize, F::template get<0>(s) + F::template word<1>(s), F::template word<2>(s)); }
};
// A; offset, count, distances
template <int a>
struct BranchTableLoad {
  using F = Fields<Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) {
    uint8_t index;
    (void)read_memory<uint8_t, false>(s, uint64_t{F::template get<0>(s)} + F::template word<1>(s), index);
    return go_to(s, F::kSize, index, F::template word<2>(s));
  }
};
// D A; c, offset, count, distances
template <int d, int a>
struct StepTable {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t before = F::template get<1>(s);
    uint8_t index;
    (void)read_memory<uint8_t, false>(s, uint64_t{before} + F::template word<3>(s), index);
    F::template put<1>(s, before + F::template word<2>(s));
    F::template put<0>(s, before);
    return go_to(s, F::kSize, index, F::template word<4>(s));
  }
};

}  // namespace umber::interp
