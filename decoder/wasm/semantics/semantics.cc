// No code: proves at compile time that the table of meanings covers opcodes.def and agrees with its signatures.
#include "decoder/wasm/semantics/semantics.h"

#include "base/string_ref.h"

namespace umber::sem {
namespace {

using wasm::Immediate;
using wasm::Op;

/// The signature letter of a carrier type; 0 for none.
template <class T>
constexpr char letter_of() {
  if constexpr (std::is_same_v<T, uint32_t>)
    return 'i';
  else if constexpr (std::is_same_v<T, uint64_t>)
    return 'l';
  else if constexpr (std::is_same_v<T, float>)
    return 'f';
  else if constexpr (std::is_same_v<T, double>)
    return 'd';
  else
    return std::is_same_v<T, V128> ? 'v' : 0;
}

template <class T>
struct ResultLetters {
  static constexpr bool equal(StringRef letters) { return letters.size() == 1 && letters[0] == letter_of<T>(); }
};
template <class T>
struct ResultLetters<Trapping<T>> : ResultLetters<T> {};
template <>
struct ResultLetters<I64Pair> {
  static constexpr bool equal(StringRef letters) { return letters == "ll"; }
};

/// The carriers of immediates that follow the operands.
constexpr StringRef letters_of(Immediate immediate) {
  switch (immediate) {
    case Immediate::Lane2:
    case Immediate::Lane4:
    case Immediate::Lane8:
    case Immediate::Lane16: return "i";
    case Immediate::Shuffle: return "v";
    default: return "";
  }
}

/// Where `c` is in `text`; its size if nowhere.
constexpr size_t find(StringRef text, char c) {
  size_t position = 0;
  while (position < text.size() && text[position] != c) ++position;
  return position;
}

template <class R, class... Operands>
constexpr bool has_types(R (*)(Operands...), StringRef signature, Immediate immediate) {
  const size_t operands = find(signature, ':');
  const char letters[] = {letter_of<Operands>()..., 0};
  return ResultLetters<R>::equal(signature.substr(operands + 1)) &&
         StringRef(letters).substr(0, operands) == signature.substr(0, operands) &&
         StringRef(letters).substr(operands) == letters_of(immediate);
}
constexpr bool has_types(std::nullptr_t, StringRef, Immediate) { return true; }

/// Regular, and no memory access.
constexpr bool is_pure(StringRef signature) { return signature != "*" && find(signature, 'm') == signature.size(); }

#define OP(prefix, code, id, text, immediate, signature, feature, lowering)                                            \
  static_assert(kHasMeaning<Op::id> == is_pure(signature), text " needs a row in semantics.h, or is not to have one"); \
  static_assert(has_types(kMeaning<Op::id>, signature, Immediate::immediate),                                          \
                text ": the types of its function differ from its signature in opcodes.def");
#include "decoder/wasm/opcodes.def"
#undef OP

}  // namespace
}  // namespace umber::sem
