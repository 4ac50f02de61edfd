// The end of a file for debuggers (`umberc --debug`, 64-bit targets): behind the ELF file lies the place of every address in it, 8 bytes each,
// as offsets in the file, then this. An address is 8 bytes and counts from the start of the image's code. Little-endian.
#pragma once

#include <cstdint>

namespace umber::aot {

struct DebugFileEnd {
  uint64_t count = 0;  ///< of places
  char magic[8] = {'u', 'm', 'b', 'e', 'r', 'a', 'd', 'r'};
};
static_assert(sizeof(DebugFileEnd) == 16);

}  // namespace umber::aot
