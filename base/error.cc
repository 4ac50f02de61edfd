#include "base/error.h"

namespace umber {

Error Error::out_of_memory(StringRef what) { return of(ErrorCode::OutOfMemory, "out of memory for ", what); }

}  // namespace umber
