// Checks what every consumer of the IR relies on. It runs in debug builds after each build, in tests and under fuzzing; a
// failure is a bug of the builder, never of the module.
#pragma once

#include "decoder/ir/ir.h"

namespace umber::ir {

/// The first violation found, as an Error of code Invalid whose offset is the instruction's, or OutOfMemory.
/// Structure: fields in range, lists and labels consistent, branches backwards only to loop headers around them, loops and
/// handlers nest, every line ends, nothing unreachable. Values: every read temporary is defined on all paths with the type
/// that is read, and read once unless kKeepsOperands.
[[nodiscard]] Status verify(const Function& function, Allocator& allocator);

}  // namespace umber::ir
