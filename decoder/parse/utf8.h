// Names in a module are UTF-8 (https://webassembly.github.io/spec/core/binary/values.html#names).
#pragma once

#include <cstdint>
#include <span>

namespace umber::wasm {

/// True for well-formed UTF-8: shortest forms only, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::span<const uint8_t> bytes);

}  // namespace umber::wasm
