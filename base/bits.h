// Little-endian access to unaligned bytes, the one way the core reads and writes Wasm memory.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace umber {

static_assert(std::endian::native == std::endian::little, "Umber runs on little-endian machines");

template <class T>
[[nodiscard]] inline T load_le(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
inline void store_le(void* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace umber
