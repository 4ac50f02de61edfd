// Scalar accesses with 32-bit addresses to memories other than memory 0, or with offsets that have no field: one handler each.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {

constinit const Family kFamGenericMemory = {"any", kTable<ScalarSpec<AnyMemory>, kGenericMemoryOps>.data(), name_of_access, "Mwo",
                                            kGenericMemoryOps, {}};

}  // namespace umber::interp
