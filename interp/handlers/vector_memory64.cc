// Vector accesses to memories with 64-bit addresses.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {

constinit const Family kFamVectorMemory64 = {"any64", kTable<VectorSpec<AnyMemory64>, kGenericMemoryOps>.data(), name_of_access, "Mwoo",
                                             kGenericMemoryOps, {}};

}  // namespace umber::interp
