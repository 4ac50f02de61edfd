// Loads and stores of a memory without guard regions: each compares its address with the size.
#include "interp/handlers/load_store.h"

namespace umber::interp {
constinit const MemoryFamilies kCheckedMemory = kFamilies<true>;
}
