// Scalar accesses to memories with 64-bit addresses: one handler each.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {

constinit const Family kFamMemory64 = {"any64", kTable<ScalarSpec<AnyMemory64>, kGenericMemoryOps>.data(), name_of_access, "Mwoo",
                                       kGenericMemoryOps, {}};

}  // namespace umber::interp
