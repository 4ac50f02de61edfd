// The half of the verifier that follows values along control flow.
#pragma once

#include "base/vec.h"
#include "decoder/ir/ir.h"

namespace umber::ir {

/// `function` must be structurally sound.
[[nodiscard]] Status verify_values(const Function& function, Allocator& allocator);

/// Indices of the handler ranges by rising start; among those with the same start the later listed (outer) ones first.
/// Starts must lie inside the function.
[[nodiscard]] Status order_handlers(const Function& function, Vec<uint32_t>& order);

}  // namespace umber::ir
