// A build without 64-bit addresses (UMBER_MEMORY64=OFF): in place of memory64.cc.
#include "interp/families.h"

namespace umber::interp {

constinit const Family kFamMemory64{};

}  // namespace umber::interp
