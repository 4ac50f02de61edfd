// Families of handlers. A family is a template over an operation and the places of its operands; its table holds one handler
// for every combination that its rule allows, null for the others. The encoder looks a combination up and, where there
// is none, moves operands to slots: the form with all operands in slots always exists.
#pragma once

#include <array>
#include <utility>

#include "base/string_ref.h"
#include "interp/dispatch.h"

namespace umber::interp {

/// The places that an operand with a dimension can have: registers of a class, a slot, perhaps an immediate of a certain width.
enum class PlaceSet : uint8_t { Int, IntImm, Float, F32Imm, F64Imm, Vector, VectorImm };
inline constexpr unsigned kPlaceSets = 7;
[[nodiscard]] constexpr PlaceSet place_set_of(char letter, uint8_t dim) {
  if (letter == 'v') return dim > kVectorRegs + 1 ? PlaceSet::VectorImm : PlaceSet::Vector;
  const bool is_float = letter == 'f' || letter == 'd';
  const bool takes_imm = dim > (is_float ? kFloatRegs : kIntRegs) + 1;
  if (!is_float) return takes_imm ? PlaceSet::IntImm : PlaceSet::Int;
  return !takes_imm ? PlaceSet::Float : letter == 'f' ? PlaceSet::F32Imm : PlaceSet::F64Imm;
}

/// A family as the encoder and the disassembler see it. The index of a combination is op-major, the last operand fastest.
struct Family {
  StringRef name;
  const Handler* table;
  StringRef (*op_name)(unsigned op);  ///< null: `name` says it all
  /// One letter per field, in order. Operands with a dimension in the table: i u32 place, l u64 place, f f32, d f64, v v128. Plain fields: h number, o offset, q offset as ShortWord, w number, b branch distance, c fuel weight.
  StringRef shape;
  uint16_t ops;
  uint8_t dims[4];           ///< how many places each operand can have; 0 ends
  uint16_t wide_from = UINT16_MAX;  ///< operations from here on sign-extend their integer immediates to 64 bits
  // Derived from the above.
  PlaceSet sets[4] = {set_of(0), set_of(1), set_of(2), set_of(3)};  ///< of the operands with a dimension
  [[nodiscard]] constexpr PlaceSet set_of(unsigned i) const {
    return i < shape.size() && dims[i] != 0 ? place_set_of(shape[i], dims[i]) : PlaceSet::Int;
  }
  [[nodiscard]] constexpr unsigned variants() const {
    unsigned count = 1;
    for (uint8_t dim : dims)
      if (dim != 0) count *= dim;
    return count;
  }
};

/// Numbers of places: a destination or source without immediates, and a source with.
inline constexpr int kInt = kIntRegs + 1;
inline constexpr int kIntImm = kIntRegs + 2;
inline constexpr int kFloat = kFloatRegs + 1;
inline constexpr int kFloatImm = kFloatRegs + 2;
inline constexpr int kVector = kVectorRegs + 1;
inline constexpr int kVectorImm = kVectorRegs + 2;

[[nodiscard]] constexpr bool is_int_slot(int place) { return place == kIntRegs; }
[[nodiscard]] constexpr bool is_float_slot(int place) { return place == kFloatRegs; }

namespace detail {
template <int... dims>
constexpr int digit(int index, int which) {
  constexpr int kDims[] = {dims..., 1};
  int below = 1;
  for (int i = static_cast<int>(sizeof...(dims)) - 1; i > which; --i) below *= kDims[i];
  return index / below % kDims[which];
}
template <class Spec, int index, int... dims, int... position>
constexpr Handler entry_of(std::integer_sequence<int, position...>) {
  constexpr int kVariants = (dims * ... * 1);
  return Spec::template entry<index / kVariants, digit<dims...>(index % kVariants, position)...>();
}
template <class Spec, int... dims, int... index>
constexpr auto table_of(std::integer_sequence<int, index...>) {
  return std::array<Handler, sizeof...(index)>{
      entry_of<Spec, index, dims...>(std::make_integer_sequence<int, static_cast<int>(sizeof...(dims))>())...};
}
}  // namespace detail

/// The table of a family. `Spec::entry<op, places…>()` gives the handler of a combination, or null.
template <class Spec, int ops, int... dims>
inline constexpr auto kTable = detail::table_of<Spec, dims...>(std::make_integer_sequence<int, ops*(dims * ... * 1)>());

/// For entry(): the handler if the rule allows it.
template <bool exists, class Body>
constexpr Handler handler_if() {
  if constexpr (exists)
    return &handler<Body>;
  else
    return nullptr;
}

}  // namespace umber::interp
