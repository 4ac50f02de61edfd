// Loads and stores of a memory with guard regions: the processor checks the bounds.
#include "interp/handlers/load_store.h"

namespace umber::interp {
constinit const MemoryFamilies kGuardedMemory = kFamilies<false>;
}
