// Hardware faults of guest code. See FaultTarget in runtime/platform.h.
#pragma once

#include <signal.h>

#include "runtime/platform.h"

namespace umber::linux_port {

/// Installs the handlers for SIGSEGV and SIGBUS; only the first call does anything. Thread-safe.
void install_fault_handlers();

/// The calling thread's target; returns the one before.
FaultTarget* exchange_fault_target(FaultTarget* target);

/// What heartbeats arrive as. Its handler is installed with the others.
inline constexpr int kHeartbeatSignal = SIGURG;  // ignored by default, so a late one does no harm

/// Starts the calling thread's heartbeat unless it has one; it ends with the thread. False when there is no timer left.
[[nodiscard]] bool start_heartbeat();

}  // namespace umber::linux_port
