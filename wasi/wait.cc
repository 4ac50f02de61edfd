#include "wasi/wait.h"

#include "runtime/store.h"

namespace umber::wasi {

namespace {

/// Nanoseconds until the run's deadline; kWaitForever without one.
uint64_t time_left(Caller& caller) {
  const uint64_t deadline = caller.execution().deadline_ns();
  Clock* clock = caller.store().clock();
  if (deadline == kNoDeadline || clock == nullptr) return kWaitForever;
  const uint64_t now = clock->now_ns();
  return now >= deadline ? 0 : deadline - now;
}

}  // namespace

bool run_is_over(Caller& caller) {
  return caller.execution().kill_requested() || time_left(caller) == 0;
}

Errno wait(Context& context, Caller& caller, std::span<WaitEntry> entries, uint64_t timeout_ns) {
  if (run_is_over(caller)) return Errno::Intr;
  const uint64_t left = time_left(caller);
  Monitor* const lock = context.process.lock;
  if (lock != nullptr) lock->unlock();
  const Errno error = context.platform.wait(entries, timeout_ns < left ? timeout_ns : left);
  if (lock != nullptr) lock->lock();
  if (run_is_over(caller)) return Errno::Intr;
  // Woken for another reason: the caller looks again and comes back.
  return error == Errno::Intr ? Errno::Success : error;
}

Errno wait_for_file(Context& context, Caller& caller, const File& file, bool for_write, uint64_t& patience_ns) {
  WaitEntry entry;
  entry.handle = file.wait_handle();
  entry.for_write = for_write;
  if (patience_ns == kWaitForever) return wait(context, caller, {&entry, 1}, kWaitForever);
  Timestamp begin = 0, end = 0;
  Errno error = context.platform.clock_time(ClockId::Monotonic, begin);
  if (error == Errno::Success) error = wait(context, caller, {&entry, 1}, patience_ns);
  if (error == Errno::Success) error = context.platform.clock_time(ClockId::Monotonic, end);
  const uint64_t took = end > begin ? end - begin : 0;
  patience_ns = took < patience_ns ? patience_ns - took : 0;
  return error;
}

Interruptible finish(Caller& caller, Errno error) {
  if (error != Errno::Intr) return error;
  if (caller.execution().kill_requested()) return caller.trap(TrapKind::Killed);
  if (run_is_over(caller)) return caller.trap(TrapKind::DeadlineExceeded);
  return error;
}

}  // namespace umber::wasi
