// Waiting on behalf of a guest: every call that may take long comes through here, so that kill and deadline end it at once.
#pragma once

#include "wasi/calls.h"

namespace umber::wasi {

/// The run was killed or is past its deadline: a host function has to return.
[[nodiscard]] bool run_is_over(Caller& caller);

/// Waits until an entry may be ready or the time is over; may return early with nothing ready, so call it in a loop.
/// Intr when the run is over.
Errno wait(Context& context, Caller& caller, std::span<WaitEntry> entries, uint64_t timeout_ns);
/// The same for one file. What the wait took goes off `patience_ns`, unless that is kWaitForever.
Errno wait_for_file(Context& context, Caller& caller, const File& file, bool for_write, uint64_t& patience_ns);

/// What a call that has waited returns: the end of the run, if that is why it gave up.
[[nodiscard]] Interruptible finish(Caller& caller, Errno error);

/// Repeats `attempt` (which returns an Errno) while it says Again, waiting for `file` in between, for `patience_ns` nanoseconds.
template <class Attempt>
Errno retry(Context& context, Caller& caller, const File& file, bool for_write, uint64_t patience_ns, Attempt&& attempt) {
  for (;;) {
    if (run_is_over(caller)) return Errno::Intr;
    const Errno error = attempt();
    if (error != Errno::Again || patience_ns == 0) return error;
    const Errno waited = wait_for_file(context, caller, file, for_write, patience_ns);
    if (waited != Errno::Success) return waited;
  }
}

}  // namespace umber::wasi
