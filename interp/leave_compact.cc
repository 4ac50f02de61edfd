// The compact profile's way out of a handler.
#include "interp/dispatch.h"

#if UMBER_INTERP_COMPACT

namespace umber::interp {

RunStatus leave_by(UMBER_INTERP_PARAMS, Next next) {
  const State s = UMBER_INTERP_STATE;
  switch (next) {
    case Next::Spent: return leave_spent(UMBER_INTERP_ARGS(s));
    case Next::Done: return RunStatus::Done;
    case Next::Failed: return umber_interp_failed(UMBER_INTERP_ARGS(s));
    case Next::Suspended: return leave_suspended(UMBER_INTERP_ARGS(s));
    default: break;
  }
  if (next == trap(TrapKind::MemoryOutOfBounds)) return leave_out_of_bounds(UMBER_INTERP_ARGS(s));
  const auto kind = static_cast<TrapKind>(static_cast<unsigned>(next) - static_cast<unsigned>(Next::Trap));
  return leave_trapped(UMBER_INTERP_ARGS(s), kind);
}

}  // namespace umber::interp

#endif
