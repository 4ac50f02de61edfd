// The text form of the IR: `umber dump --ir`, golden tests. docs/ir.md describes it.
#pragma once

#include "decoder/disasm/text_writer.h"
#include "decoder/ir/ir.h"

namespace umber::ir {

struct PrintOptions {
  bool offsets = true;  ///< the Wasm instruction's byte offset behind each operation
};

/// Writes a whole function, one operation a line. The function must be structurally valid (see verify.h).
void print(const Function& function, TextOutput& output, PrintOptions options = {});

/// "i32", "ref", …
[[nodiscard]] StringRef text_of(Type type);

}  // namespace umber::ir
