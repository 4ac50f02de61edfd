// Validation (https://webassembly.github.io/spec/core/valid/index.html) of a decoded module.
#pragma once

#include "base/allocator.h"
#include "base/error.h"
#include "decoder/wasm/module.h"

namespace umber::wasm {

/// Validates everything outside function bodies, then every body. The first error in module order wins.
[[nodiscard]] Status validate(const Module& module, Allocator& allocator);

/// Only what lies outside function bodies.
[[nodiscard]] Status validate_declarations(const Module& module, Allocator& allocator);
/// Only one body. Thread-safe for distinct allocators.
[[nodiscard]] Status validate_function(const Module& module, uint32_t func_idx, Allocator& allocator);

}  // namespace umber::wasm
