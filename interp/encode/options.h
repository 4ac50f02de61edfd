// What kind of code the encoder makes.
#pragma once

#include <cstdint>

#include "interp/config.h"

namespace umber::interp {

/// What makes code faster and can be left out one at a time, to measure what it brings: -DUMBER_INTERP_WITHOUT=N leaves number N
/// out. docs/performance.md has the result.
enum class Technique : uint8_t {
  None,
  Registers,   ///< 1: values in machine registers
  Conditions,  ///< 2: comparisons joined to the branch
  Sums,        ///< 3: i32 sums wait: addresses with an addend
  Indices,     ///< 4: loads and stores that add an index, scaled; sums of three
  Shifts,      ///< 5: operations with a shifted operand, bit fields
  Loads,       ///< 6: operations, products and branches with an operand in memory
  Products,    ///< 7: multiply and add, a constant minus or divided by something
  Pairs,       ///< 8: increments, copies and sums with what follows: another one, a branch, a jump, a call; prologues; reload and jump
};
#ifndef UMBER_INTERP_WITHOUT
#define UMBER_INTERP_WITHOUT 0
#endif
/// In the compact profile, whose handlers are to be few, there are only those that need no further families.
[[nodiscard]] constexpr bool applies(Technique technique) {
  const bool is_small = technique == Technique::Conditions || technique == Technique::Sums;
  return static_cast<int>(technique) != UMBER_INTERP_WITHOUT && (!UMBER_INTERP_COMPACT || is_small);
}

/// A function is translated once, or, where all of a module's functions are translated before it starts, in two steps: quickly to
/// a draft, and with everything that makes code fast once the draft has proved hot. See docs/interpreter.md.
enum class Version : uint8_t {
  Only,
  Draft,      ///< locals in slots, nothing fused but comparisons with branches; counts entries and turns of loops
  Successor,  ///< like Only, but a draft's frame can go on in it at every loop's header
};
/// Whether there are drafts: they take memory for time.
inline constexpr bool kHasDrafts = !UMBER_INTERP_COMPACT && sizeof(void*) == 8;

struct EncodeOptions {
  bool guarded = false;   ///< memory 0 has guard regions: no checks
  bool registers = true;  ///< false: everything stays in slots and nothing is fused; for testing
  Version version = Version::Only;
  uint16_t patience = 0;  ///< of drafts: entries until the successor; 0: functions have no drafts
  [[nodiscard]] EncodeOptions with(Version which) const { return {guarded, registers, which, patience}; }
  friend bool operator==(const EncodeOptions&, const EncodeOptions&) = default;
};

}  // namespace umber::interp
