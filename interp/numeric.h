// The semantics of numeric instructions as handlers use them: their carrier types, and their reasons as the runtime's traps.
#pragma once

#include <utility>

#include "decoder/wasm/semantics/semantics.h"
#include "runtime/trap.h"

namespace umber::interp {

[[nodiscard]] constexpr TrapKind kind_of(sem::Trap reason) {
  switch (reason) {
    case sem::Trap::None: return TrapKind::None;
    case sem::Trap::DivideByZero: return TrapKind::IntegerDivideByZero;
    case sem::Trap::Overflow: return TrapKind::IntegerOverflow;
    case sem::Trap::InvalidConversion: return TrapKind::InvalidConversionToInteger;
  }
  return TrapKind::None;
}

/// Carrier types of an instruction: of its first operand, and of its result once it has not trapped.
template <wasm::Op op>
using OperandOf = typename sem::FunctionTypes<decltype(sem::kMeaning<op>)>::First;
template <wasm::Op op>
using ValueOf = std::remove_cvref_t<decltype(sem::value_of(std::declval<sem::ResultOf<op>>()))>;

}  // namespace umber::interp
