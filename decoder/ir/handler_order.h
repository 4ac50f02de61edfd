// Handler ranges as they are met from the first instruction to the last. Function::handlers lists them as their blocks end.
#pragma once

#include "base/vec.h"
#include "decoder/ir/ir.h"

namespace umber::ir {

/// Indices of the handler ranges by rising start; among those with the same start the later listed (outer) ones first.
/// Starts must lie inside the function. Linear time. Errors: OutOfMemory.
[[nodiscard]] Status order_handlers(const Function& function, Vec<uint32_t>& order);

}  // namespace umber::ir
