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

/// A lane of the vector in field i: of one in its slot, just that.
template <class F, int i, class Lane>
[[nodiscard, gnu::always_inline]] inline Lane lane_of_field(const State& s, uint32_t lane) {
  if constexpr (F::template O<i>::kIsSlot)
    return load_le<Lane>(reinterpret_cast<const uint8_t*>(s.fp + F::template half<i>(s)) + lane * sizeof(Lane));
  else
    return sem::lane_of<Lane>(F::template get<i>(s), lane);
}

template <const auto& list>
StringRef vector_name_in(unsigned op) { return wasm::text_of(list[op]); }

/// A family of kVectorOps<shape>, or some other list, with handlers from Spec.
template <class Spec, const auto& list, int... dims>
[[nodiscard]] constexpr Family vector_family(StringRef name, StringRef fields) {
  constexpr int kOps = static_cast<int>(std::size(list));
  return {name, kTable<Spec, kOps, dims...>.data(), vector_name_in<list>, fields, kOps, {dims...}};
}

}  // namespace umber::interp
