// A build without threads (UMBER_THREADS=OFF): in place of atomic.cc.
#include "interp/families.h"

namespace umber::interp {

constinit const Family kFamAtomic{};

}  // namespace umber::interp
