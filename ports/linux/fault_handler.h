// Hardware faults of guest code. See FaultTarget in runtime/platform.h.
#pragma once

#include "runtime/platform.h"

namespace umber::linux_port {

/// Installs the handlers for SIGSEGV and SIGBUS; only the first call does anything. Thread-safe.
void install_fault_handlers();

/// The calling thread's target; returns the one before.
FaultTarget* exchange_fault_target(FaultTarget* target);

}  // namespace umber::linux_port
