// A build for machines without an MMU (UMBER_GUARDED=OFF): in place of memory_guarded.cc. A store without VirtualMemory has no
// guarded memories, so nobody asks.
#include "interp/families.h"

namespace umber::interp {

constinit const MemoryFamilies kGuardedMemory{};

}  // namespace umber::interp
