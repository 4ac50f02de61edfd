// A build for machines without an MMU (UMBER_GUARDED=OFF): in place of memory_guarded.cc. A guarded memory, should
// there be one, is checked explicitly.
#include "interp/families.h"

namespace umber::interp {

constinit const MemoryFamilies kGuardedMemory{};

}  // namespace umber::interp
