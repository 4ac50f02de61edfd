#include "container/guest_platform.h"

namespace umber::container {

using wasi::Errno;
using wasi::WaitEntry;

Errno GuestPlatform::wait(std::span<WaitEntry> entries, uint64_t timeout_ns) {
  gate_.pass();
  for (const WaitEntry& entry : entries)
    if (entry.handle == kInboxHandle) return wait_with_inbox(entries, timeout_ns);
  return inner_.wait(entries, timeout_ns);
}

/// Whether something is in the inbox; marks the entries that ask for it.
bool GuestPlatform::mark_inbox(std::span<WaitEntry> entries) {
  if (inbox_->next_due(clock_.now_ns()) != 0) return false;
  for (WaitEntry& entry : entries)
    if (entry.handle == kInboxHandle) entry.ready = true;
  return true;
}

/// The port waits for the other entries, and at most until the next timer; a post interrupts it.
Errno GuestPlatform::wait_with_inbox(std::span<WaitEntry> entries, uint64_t timeout_ns) {
  Vec<WaitEntry> others(allocator_);
  if (!others.reserve(entries.size())) return Errno::NoMem;
  for (const WaitEntry& entry : entries)
    if (entry.handle != kInboxHandle) (void)others.push(entry);

  if (mark_inbox(entries)) {
    timeout_ns = 0;
  } else {
    const uint64_t now = clock_.now_ns();
    const uint64_t due = inbox_->next_due(now);
    if (due != kForever && due - now < timeout_ns) timeout_ns = due > now ? due - now : 0;
  }
  const Errno error = inner_.wait(others, timeout_ns);
  size_t next = 0;
  for (WaitEntry& entry : entries)
    if (entry.handle != kInboxHandle) entry = others[next++];
  (void)mark_inbox(entries);
  return error;
}

}  // namespace umber::container
