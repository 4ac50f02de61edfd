// Operands of vector instructions: which combinations of places there are. At most one operand comes from the vector register, because
// only one value is there, and a product of it with itself finds it in its slot; at most one is a constant.
#pragma once

#include "decoder/wasm/semantics/vector_memory.h"
#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp {

using sem::V128;

inline constexpr int kInVector = 0;  ///< of the places of a vector in the speed profile, the register
inline constexpr int kVectorSlot = kSlot<V128>;
inline constexpr int kVectorConstant = kImm<V128>;

/// How many of the places are `which`; the compact profile has no register, and the number 0 means a slot.
template <class... Places>
[[nodiscard]] constexpr int count_places(int which, Places... places) {
  if (which == kInVector && kVectorRegs == 0) return 0;
  return ((places == which ? 1 : 0) + ... + 0);
}

/// What a load reads.
template <Op op>
using LoadedBytes = typename sem::FunctionTypes<decltype(sem::kLoaded<op>)>::First;

template <const auto& list>
StringRef vector_name_in(unsigned op) { return wasm::text_of(list[op]); }

/// A family of kVectorOps<shape>, or some other list, with handlers from Spec.
template <class Spec, const auto& list, int... dims>
[[nodiscard]] constexpr Family vector_family(StringRef name, StringRef fields) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {name, kTable<Spec, kOps, dims...>.data(), vector_name_in<list>, fields, kOps, {dims...}};
}

}  // namespace umber::interp
