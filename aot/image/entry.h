// Which functions the runtime enters itself: those whose parameters are few whole words, and whose result is one at most. Small images
// have thunks of their own only for the other types (aot/loader/native_entries.cc).
#pragma once

#include "decoder/wasm/types.h"

namespace umber::aot {

/// Every calling convention has registers for so many words.
inline constexpr uint32_t kEntryWords = 4;

/// Whether a function takes its parameters as one word each, and returns no more than 8 bytes in integer registers.
[[nodiscard]] inline bool is_entered_with_words(const wasm::FuncType& type, unsigned pointer_bytes) {
  const auto is_integer = [](wasm::ValType value) { return value == wasm::ValType::I32 || value == wasm::ValType::I64 || value.is_ref(); };
  if (type.params.size() > kEntryWords || type.results.size() > 1) return false;
  for (const wasm::ValType param : type.params)
    if (!is_integer(param) || (pointer_bytes == 4 && param != wasm::ValType::I32)) return false;
  return type.results.empty() || is_integer(type.results[0]);
}

}  // namespace umber::aot
