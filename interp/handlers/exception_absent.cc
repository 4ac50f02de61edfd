// A build without exceptions (UMBER_EXCEPTIONS=OFF): in place of exception.cc.
#include "interp/frame_walk.h"
#include "interp/handlers/single.h"

namespace umber::interp {

Next single::Throw::run(State&) { return trap(TrapKind::Unsupported); }
Next single::ThrowRef::run(State&) { return trap(TrapKind::Unsupported); }
bool catch_exception(State&) { return false; }

}  // namespace umber::interp
