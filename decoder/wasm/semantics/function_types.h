// Taking a function's type apart.
#pragma once

namespace umber::sem {

template <class Function>
struct FunctionTypes;
template <class R, class Operand, class... Operands>
struct FunctionTypes<R (*)(Operand, Operands...)> {
  using Result = R;
  using First = Operand;
};
template <class Function>
struct FunctionTypes<Function* const> : FunctionTypes<Function*> {};

}  // namespace umber::sem
