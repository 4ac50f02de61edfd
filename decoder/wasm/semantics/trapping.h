// The few numeric instructions that can fail return their value together with the reason. The decoder knows nothing of
// the runtime, so the reasons are named here and the runtime maps them to its traps.
#pragma once

#include <cstdint>

namespace umber::sem {

enum class Trap : uint8_t {
  None,
  DivideByZero,       ///< "integer divide by zero"
  Overflow,           ///< "integer overflow"
  InvalidConversion,  ///< "invalid conversion to integer": the operand is NaN
};

/// A value, or the reason why there is none (then `value` is zero).
template <class T>
struct Trapping {
  T value = 0;
  Trap trap = Trap::None;

  constexpr Trapping(T result) : value(result) {}
  constexpr Trapping(Trap reason) : trap(reason) {}
  friend constexpr bool operator==(const Trapping&, const Trapping&) = default;
};

/// The reason of any result of `apply`: Trap::None for one that cannot trap.
template <class T>
[[nodiscard]] constexpr Trap trap_of(const T&) {
  return Trap::None;
}
template <class T>
[[nodiscard]] constexpr Trap trap_of(const Trapping<T>& result) {
  return result.trap;
}

/// The plain value of any result of `apply`; of a trapped one, zero.
template <class T>
[[nodiscard]] constexpr T value_of(const T& result) {
  return result;
}
template <class T>
[[nodiscard]] constexpr T value_of(const Trapping<T>& result) {
  return result.value;
}

/// Whether an operation's result type can carry a trap.
template <class T>
inline constexpr bool kCanTrap = false;
template <class T>
inline constexpr bool kCanTrap<Trapping<T>> = true;

}  // namespace umber::sem
