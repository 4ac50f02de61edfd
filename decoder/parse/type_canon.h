// Equivalence of types made cheap. Two recursion groups are the same if they have the same shape, references inside the
// group compared by position (https://webassembly.github.io/spec/core/valid/matching.html#defined-types). Each group is
// looked up in a hash table when it is complete; an equal earlier one lends it its numbers. From then on types are equal
// exactly if their canonical indices are, and nobody compares structures again.
#pragma once

#include <cstdint>
#include <span>

#include "base/vec.h"
#include "decoder/wasm/types.h"

namespace umber::wasm {

class TypeCanonicaliser {
 public:
  /// `seed`: see Hash.
  TypeCanonicaliser(Allocator& allocator, uint64_t seed) : seed_(seed), starts_(allocator), slots_(allocator) {}

  /// Takes in the group types[start, …end of types). Type indices in it are canonical where they lead outside the group and as
  /// written inside it; afterwards all are canonical. False when there is no memory.
  [[nodiscard]] bool add_group(std::span<TypeDef> types, uint32_t start);

 private:
  [[nodiscard]] bool grow(std::span<const TypeDef> types);

  uint64_t seed_;
  Vec<uint32_t> starts_;  ///< first type of each distinct group
  Vec<uint32_t> slots_;   ///< open addressing; start of a group, or kEmpty
};

}  // namespace umber::wasm
