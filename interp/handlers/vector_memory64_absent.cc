// A build without vectors or without 64-bit addresses (UMBER_SIMD=OFF, UMBER_MEMORY64=OFF): in place of vector_memory64.cc.
#include "interp/families.h"

namespace umber::interp {

constinit const Family kFamVectorMemory64{};

}  // namespace umber::interp
