// The end of the process, signals, giving way.
#include "wasi/calls.h"

namespace umber::wasi::calls {

namespace {

/// What a signal does to a process that has no handlers (preview 1 has none). Numbered as the specification's `signal`.
enum class SignalAction : uint8_t { None, Terminate, Ignore, Continue, Stop };

constexpr SignalAction kSignalActions[] = {
    SignalAction::None,       // none
    SignalAction::Terminate,  // hup
    SignalAction::Terminate,  // int
    SignalAction::Terminate,  // quit
    SignalAction::Terminate,  // ill
    SignalAction::Terminate,  // trap
    SignalAction::Terminate,  // abrt
    SignalAction::Terminate,  // bus
    SignalAction::Terminate,  // fpe
    SignalAction::Terminate,  // kill
    SignalAction::Terminate,  // usr1
    SignalAction::Terminate,  // segv
    SignalAction::Terminate,  // usr2
    SignalAction::Ignore,     // pipe
    SignalAction::Terminate,  // alrm
    SignalAction::Terminate,  // term
    SignalAction::Ignore,     // chld
    SignalAction::Continue,   // cont
    SignalAction::Stop,       // stop
    SignalAction::Stop,       // tstp
    SignalAction::Stop,       // ttin
    SignalAction::Stop,       // ttou
    SignalAction::Ignore,     // urg
    SignalAction::Terminate,  // xcpu
    SignalAction::Terminate,  // xfsz
    SignalAction::Terminate,  // vtalrm
    SignalAction::Terminate,  // prof
    SignalAction::Ignore,     // winch
    SignalAction::Terminate,  // poll
    SignalAction::Terminate,  // pwr
    SignalAction::Terminate,  // sys
};

}  // namespace

HostResult proc_exit(Context*, Caller& caller, uint32_t code) { return caller.exit(static_cast<int32_t>(code)); }

/// A process that a signal ends exits with 128 + signal, as shells report it. Stopping is the host's business, not the guest's.
Interruptible proc_raise(Context*, Caller& caller, uint32_t signal) {
  if (signal >= std::size(kSignalActions)) return Errno::Inval;
  switch (kSignalActions[signal]) {
    case SignalAction::None:
    case SignalAction::Ignore:
    case SignalAction::Continue: return Errno::Success;
    case SignalAction::Stop: return Errno::NotSup;
    case SignalAction::Terminate: return caller.exit(static_cast<int32_t>(128 + signal));
  }
  return Errno::Inval;
}

Errno sched_yield(Context* context) {
  context->platform.yield();
  return Errno::Success;
}

}  // namespace umber::wasi::calls
