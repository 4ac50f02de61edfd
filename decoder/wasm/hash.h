// A 64-bit hash for tables over what a hostile module chooses. The seed is the hash of all that goes into the table, so
// names that collide can't be prepared in advance: changing one of them changes the seed for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bits.h"
#include "base/string_ref.h"

namespace umber::wasm {

class Hash {
 public:
  explicit constexpr Hash(uint64_t seed) : state_(seed ^ 0x9e37'79b9'7f4a'7c15) {}

  constexpr void add(uint64_t value) {
    state_ = (state_ ^ value) * 0xd6e8'feb8'6659'fd93;
    state_ ^= state_ >> 32;
  }
  void add(std::span<const uint8_t> bytes) {
    add(bytes.size());
    while (bytes.size() >= sizeof(uint64_t)) {
      add(load_le<uint64_t>(bytes.data()));
      bytes = bytes.subspan(sizeof(uint64_t));
    }
    uint64_t rest = 0;
    for (uint8_t byte : bytes) rest = rest << 8 | byte;
    add(rest);
  }
  void add(StringRef text) { add(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size())); }

  [[nodiscard]] constexpr uint64_t value() const {
    const uint64_t mixed = state_ * 0xd6e8'feb8'6659'fd93;
    return mixed ^ mixed >> 32;
  }

 private:
  uint64_t state_;
};

/// Slots of an open-addressing table for `count` keys: a power of two, at most half full.
[[nodiscard]] constexpr size_t hash_table_size(size_t count) {
  size_t size = 4;
  while (size < count * 2) size *= 2;
  return size;
}

}  // namespace umber::wasm
