// Turning a hardware fault of an access to a guarded memory into a trap. The fault handler must find the machine state in the
// processor's registers, so this exists for the processors named in fault_linux.cc; elsewhere (fault_none.cc) accesses to guarded
// memories are checked like all others.
#pragma once

#include "interp/activation.h"

namespace umber::interp {

/// Whether recover_fault works in this build; otherwise guarded memories need explicit checks too.
[[nodiscard]] bool can_recover_faults();
/// FaultTarget::recover: redirects control to a trap if a handler was accessing a guarded memory.
bool recover_fault(FaultTarget& target, const FaultFrame& frame);
/// Where a recovered fault goes on, with the faulting handler's parameters.
UMBER_INTERP_CONVENTION RunStatus leave_faulted(UMBER_INTERP_PARAMS);

}  // namespace umber::interp
