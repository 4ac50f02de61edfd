// Listings of a decoded module: `umber dump --wasm` and `umber dump --sections`. The module need not be valid; what cannot be
// read is said so in place.
#pragma once

#include "decoder/disasm/text_writer.h"
#include "decoder/wasm/module.h"

namespace umber::wasm {

struct WasmPrintOptions {
  bool offsets = true;  ///< every instruction's absolute byte offset in a comment behind it
};

/// One function in the text format, indices in numbers; an import is one line.
void print_wasm(const Module& module, uint32_t func_idx, TextOutput& output, WasmPrintOptions options = {});

/// Every section's entries, one a line.
void print_sections(const Module& module, TextOutput& output);

}  // namespace umber::wasm
