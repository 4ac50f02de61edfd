// From one function body to IR: the validator's pass with the IR builder as its sink.
#pragma once

#include "decoder/ir/ir.h"

namespace umber::ir {

/// Validates body `func_idx` of a module whose declarations are valid, and builds its IR in `arena`. `allocator` serves the
/// working stacks. The result lives as long as the arena and the module.
[[nodiscard]] Result<Function> build(const wasm::Module& module, uint32_t func_idx, Arena& arena, Allocator& allocator);

}  // namespace umber::ir
