// Source lines for debuggers. In what the linker writes line numbers are offsets in the module, from which the image's places come. If the
// module has line tables of its own (clang -g), a debugger is better served by those: each unit's table is written anew, from code to the
// source's file and line, behind the rest of the file.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "decoder/wasm/module.h"

namespace umber::aot {

/// `elf`: as Blob::elf, changed in place. Code whose instruction no table knows keeps its offset in "module.wasm", all code that of a module
/// without line tables, or with damaged ones. Returns where in the file the new tables have addresses.
[[nodiscard]] std::vector<uint64_t> use_source_lines(const wasm::Module& module, std::vector<uint8_t>& elf);

}  // namespace umber::aot
