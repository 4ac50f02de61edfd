// Vector accesses: one handler each, for memory 0 guarded, memory 0 checked, and any memory with 32-bit addresses.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {
constinit const Family kFamAnyVector = {"any", kTable<VectorSpec<AnyMemory>, kGenericMemoryOps>.data(), name_of_access, "Mwo",
                                        kGenericMemoryOps, {}};
constinit const Family kFamGuardedVector = {"guarded", kTable<VectorSpec<Memory0Guarded>, kGenericMemoryOps>.data(), name_of_access,
                                            "Mo", kGenericMemoryOps, {}};
constinit const Family kFamCheckedVector = {"checked", kTable<VectorSpec<Memory0Checked>, kGenericMemoryOps>.data(), name_of_access,
                                            "Mo", kGenericMemoryOps, {}};

}  // namespace umber::interp
