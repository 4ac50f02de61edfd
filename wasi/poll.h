// poll_oneoff, whatever the layout of its subscriptions: the snapshots read theirs and hand them in one form to one Poll.
#pragma once

#include "wasi/wait.h"

namespace umber::wasi {

/// Subscriptions of one call; each costs host memory while it lasts.
inline constexpr uint32_t kMaxSubscriptions = sizeof(void*) == 8 ? 4096 : 64;

class Poll {
 public:
  explicit Poll(Context& context)
      : context_(context), subscriptions_(context.allocator), entries_(context.allocator), uses_(context.allocator) {}
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll();

  /// Inval for an unknown tag or flag, NoMem.
  Errno add_clock(UserData userdata, uint32_t clock, Timestamp timeout, uint16_t flags);
  Errno add_file(UserData userdata, EventType type, Fd fd);
  /// Waits until something has happened; once. NoMem. Intr when the run is over.
  Errno wait(Caller& caller);
  /// What has happened, in the order of the subscriptions; `out` has room for one event per subscription.
  Size write_events(GuestSpan<Event> out) const;

 private:
  static constexpr uint32_t kNoEntry = UINT32_MAX;
  struct Pending {
    UserData userdata = 0;
    EventType type = EventType::Clock;
    bool happened = false;
    Errno error = Errno::Success;
    ClockId clock = ClockId::Monotonic;
    uint32_t entry = kNoEntry;  ///< its place in entries_
    Timestamp due = 0;          ///< on `clock`
    File* file = nullptr;
    FileSize nbytes = 0;
    bool hangup = false;
  };
  [[nodiscard]] uint64_t collect_clocks(bool& any);
  void collect_files(bool& any);
  [[nodiscard]] bool hold_files();

  Context& context_;
  Vec<Pending> subscriptions_;
  Vec<WaitEntry> entries_;
  Vec<FileUse> uses_;  ///< the files of entries_
};

}  // namespace umber::wasi
