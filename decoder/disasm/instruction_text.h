// One instruction in the text format (https://webassembly.github.io/spec/core/text/instructions.html), indices in numbers.
#pragma once

#include "decoder/disasm/text_writer.h"
#include "decoder/wasm/immediates.h"

namespace umber::wasm {

/// Mnemonic and immediates. `features` are those that the instruction was read with.
void add_instruction(TextWriter& out, Op op, const Immediates& immediates, Features features);

/// The instructions of a constant expression on one line, without `end`; "<malformed>" where it cannot be read.
void add_const_expr(TextWriter& out, std::span<const uint8_t> bytes, uint64_t offset, Features features);

/// " (param i32) (result i64)"; nothing for what is empty.
void add_func_type(TextWriter& out, const FuncType& type);

}  // namespace umber::wasm
