// Files for debuggers are linked as if the image's code began at address 0. Whoever has mapped the image elsewhere tells a debugger so by
// adding that address to every one in the file; where they are, only the compiler knows cheaply. This writes it down behind the file.
#pragma once

#include <cstdint>
#include <vector>

namespace umber::aot {

/// Appends to a 64-bit ELF file the places of its addresses, as aot/image/debug_file.h describes it; other files stay as they are. `line_addresses`:
/// those in line tables. A file that cannot be read stays as it is, too.
void append_addresses(std::vector<uint8_t>& elf, const std::vector<uint64_t>& line_addresses);

}  // namespace umber::aot
