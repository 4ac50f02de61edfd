// The compact profile's ways out of a handler: to the end of a run, and to operations that are functions.
#include "interp/activation.h"

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

RunStatus step_out(UMBER_INTERP_PARAMS, Next (*run)(State& s)) {
  // Not on the native stack: compilers make no sibling call while a callee may know the address of a local.
  State& body = activation_of(ctx).state;
  body = UMBER_INTERP_STATE;
  const Next next = run(body);
  const State s = body;
  if (next != Next::Go) return leave_by(UMBER_INTERP_ARGS(s), next);
  UMBER_INTERP_RECORD(s);
  return next_handler(s.pc UMBER_INTERP_ANCHOR_ARG)(UMBER_INTERP_ARGS(s));
}

}  // namespace umber::interp

#endif
