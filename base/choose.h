// One of two values by a condition that nobody can guess. A compiler that takes it for predictable makes a branch of it, and a
// wrong guess costs a processor as much as dozens of instructions: where data decide, as in code being translated, both values
// are at hand and one is picked.
#pragma once

namespace umber {

/// `condition ? yes : no`, without a branch if the processor can.
template <class T>
[[nodiscard, gnu::always_inline]] constexpr T choose(bool condition, T yes, T no) {
#if defined(__clang__)
  return __builtin_unpredictable(condition) ? yes : no;
#else
  return __builtin_expect_with_probability(condition, 1, 0.5) ? yes : no;
#endif
}

}  // namespace umber
