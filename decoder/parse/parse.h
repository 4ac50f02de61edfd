// The binary format to plain data: sections, types, imports, exports, segments and where the bodies lie. Function bodies,
// constant expressions and everything that needs types is the validator's.
#pragma once

#include "decoder/wasm/module.h"

namespace umber::wasm {

/// Decodes `bytes` into `module` (freshly constructed). The bytes must outlive the module. Errors are Malformed,
/// Unsupported (a feature that is off), LimitReached or OutOfMemory, with the absolute offset.
[[nodiscard]] Status parse(std::span<const uint8_t> bytes, Features features, Module& module);

}  // namespace umber::wasm
