// A build without vectors (UMBER_SIMD=OFF): in place of vector.cc and vector_memory.cc.
#include "interp/families.h"

namespace umber::interp {

constinit const Family kFamVector{}, kFamAnyVector{}, kFamGuardedVector{}, kFamCheckedVector{};

}  // namespace umber::interp
