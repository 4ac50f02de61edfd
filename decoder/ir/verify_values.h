// The half of the verifier that follows values along control flow.
#pragma once

#include "base/vec.h"
#include "decoder/ir/ir.h"

namespace umber::ir {

/// `function` must be structurally sound.
[[nodiscard]] Status verify_values(const Function& function, Allocator& allocator);

}  // namespace umber::ir
