#include "wasi/poll.h"

namespace umber::wasi {

namespace {

/// The realtime clock may be set while we wait for a time on it, so look at it this often.
constexpr uint64_t kRealtimeLookNs = 1'000'000'000;

/// Bytes up to the end of a file; 0 where that means nothing.
FileSize bytes_to_end(File& file) {
  Filestat stat{};
  FileSize position = 0;
  if (file.stat(stat) != Errno::Success || file.seek(0, Whence::Cur, position) != Errno::Success) return 0;
  return stat.size > position ? stat.size - position : 0;
}

}  // namespace

Errno Poll::add_clock(UserData userdata, uint32_t clock, Timestamp timeout, uint16_t flags) {
  SubclockFlags parsed;
  if (!SubclockFlags::parse(flags, parsed)) return Errno::Inval;
  Pending pending;
  pending.userdata = userdata;
  pending.clock = static_cast<ClockId>(clock);
  if (clock >= kClockCount) {
    pending.error = Errno::Inval;
  } else if (pending.clock != ClockId::Realtime && pending.clock != ClockId::Monotonic) {
    pending.error = Errno::NotSup;  // processor time stands still while we wait
  } else if (parsed.has(SubclockFlag::Abstime)) {
    pending.due = timeout;
  } else {
    // A relative time passes at the same rate, however the realtime clock is set.
    pending.clock = ClockId::Monotonic;
    Timestamp now = 0;
    pending.error = context_.platform.clock_time(pending.clock, now);
    pending.due = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
  }
  pending.happened = pending.error != Errno::Success;
  return subscriptions_.push(pending) ? Errno::Success : Errno::NoMem;
}

Errno Poll::add_file(UserData userdata, EventType type, Fd fd) {
  Pending pending;
  pending.userdata = userdata;
  pending.type = type;
  const Right direction = type == EventType::FdRead ? Right::FdRead : Right::FdWrite;
  Descriptor* descriptor = nullptr;
  pending.error = context_.process.fds.get(fd, Right::PollFdReadwrite | direction, descriptor);
  pending.happened = pending.error != Errno::Success;
  if (!pending.happened) {
    pending.file = descriptor->file;
    WaitEntry entry;
    entry.handle = descriptor->file->wait_handle();
    entry.for_write = type == EventType::FdWrite;
    if (entry.handle < 0) {
      pending.happened = true;
      if (!entry.for_write) pending.nbytes = bytes_to_end(*descriptor->file);
    } else {
      pending.entry = static_cast<uint32_t>(entries_.size());
      if (!entries_.push(entry)) return Errno::NoMem;
    }
  }
  return subscriptions_.push(pending) ? Errno::Success : Errno::NoMem;
}

/// Marks the clocks that are due; the time until the next one is, in nanoseconds.
uint64_t Poll::collect_clocks(bool& any) {
  uint64_t next = kWaitForever;
  for (Pending& pending : subscriptions_) {
    if (pending.type != EventType::Clock || pending.happened) continue;
    Timestamp now = 0;
    pending.error = context_.platform.clock_time(pending.clock, now);
    if (pending.error != Errno::Success || now >= pending.due) {
      pending.happened = any = true;
      continue;
    }
    uint64_t left = pending.due - now;
    if (pending.clock == ClockId::Realtime && left > kRealtimeLookNs) left = kRealtimeLookNs;
    if (left < next) next = left;
  }
  return next;
}

void Poll::collect_files(bool& any) {
  for (Pending& pending : subscriptions_) {
    if (pending.entry == kNoEntry) continue;
    const WaitEntry& entry = entries_[pending.entry];
    if (!entry.ready) continue;
    pending.happened = any = true;
    pending.error = entry.error;
    pending.nbytes = entry.available;
    pending.hangup = entry.hangup;
  }
}

Poll::~Poll() {
  for (size_t i = uses_.size(); i-- > 0;) context_.process.fds.drop(uses_[i]);  // as they lie in the table's list
}

bool Poll::hold_files() {
  if (!uses_.resize(entries_.size())) return false;
  for (const Pending& pending : subscriptions_)
    if (pending.entry != kNoEntry) uses_[pending.entry] = {pending.file};
  for (FileUse& use : uses_) context_.process.fds.hold(use);
  return true;
}

Errno Poll::wait(Caller& caller) {
  if (!hold_files()) return Errno::NoMem;
  bool any = false;
  for (const Pending& pending : subscriptions_) any |= pending.happened;
  for (;;) {
    uint64_t timeout = collect_clocks(any);
    if (any) timeout = 0;  // only look what else is ready
    const Errno error = wasi::wait(context_, caller, entries_, timeout);
    if (error != Errno::Success) return error;
    collect_files(any);
    if (!any) (void)collect_clocks(any);
    if (any) return Errno::Success;
  }
}

Size Poll::write_events(GuestSpan<Event> out) const {
  Size count = 0;
  for (const Pending& pending : subscriptions_) {
    if (!pending.happened) continue;
    Event event{};
    event.userdata = pending.userdata;
    event.error = pending.error;
    event.type = pending.type;
    event.nbytes = pending.nbytes;
    if (pending.hangup) event.flags = static_cast<uint16_t>(EventRwFlag::Hangup);
    out.set(count++, event);
  }
  return count;
}

namespace {

Errno add_subscription(Poll& poll, const Subscription& subscription) {
  switch (subscription.tag) {
    case static_cast<uint8_t>(EventType::Clock): {
      const SubscriptionClock& clock = subscription.u.clock;
      return poll.add_clock(subscription.userdata, static_cast<uint32_t>(clock.id), clock.timeout, clock.flags);
    }
    case static_cast<uint8_t>(EventType::FdRead):
    case static_cast<uint8_t>(EventType::FdWrite):
      return poll.add_file(subscription.userdata, static_cast<EventType>(subscription.tag),
                           subscription.u.fd_readwrite.file_descriptor);
    default: return Errno::Inval;
  }
}

/// Snapshot 0 differs only in where the fields lie.
Errno add_subscription(Poll& poll, const snapshot0::Subscription& subscription) {
  Subscription same{};
  same.userdata = subscription.userdata;
  same.tag = subscription.tag;
  if (subscription.tag == static_cast<uint8_t>(EventType::Clock)) {
    const snapshot0::SubscriptionClock& clock = subscription.u.clock;
    same.u.clock = {clock.id, 0, clock.timeout, clock.precision, clock.flags, {}};
  } else {
    same.u.fd_readwrite = subscription.u.fd_readwrite;
  }
  return add_subscription(poll, same);
}

template <class SubscriptionType>
Interruptible poll_with(Context& context, Caller& caller, uint32_t in, uint32_t out, Size count, GuestPtr<Size> events) {
  if (count == 0 || count > kMaxSubscriptions) return Errno::Inval;
  GuestSpan<const SubscriptionType> subscriptions;
  GuestSpan<Event> results;
  if (!guest_range(caller, in, count, subscriptions) || !guest_range(caller, out, count, results)) return Errno::Fault;
  Poll poll(context);
  for (size_t i = 0; i < subscriptions.size(); ++i) {
    const Errno error = add_subscription(poll, subscriptions.get(i));
    if (error != Errno::Success) return error;
  }
  const Errno error = poll.wait(caller);
  if (error == Errno::Success) events.set(poll.write_events(results));
  return finish(caller, error);
}

}  // namespace

namespace calls {

Interruptible poll_oneoff(Context* context, Caller& caller, uint32_t in, uint32_t out, Size count, GuestPtr<Size> events) {
  return poll_with<Subscription>(*context, caller, in, out, count, events);
}

Interruptible snapshot0::poll_oneoff(Context* context, Caller& caller, uint32_t in, uint32_t out, Size count,
                                     GuestPtr<Size> events) {
  return poll_with<wasi::snapshot0::Subscription>(*context, caller, in, out, count, events);
}

}  // namespace calls
}  // namespace umber::wasi
