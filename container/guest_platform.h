// WASI's platform as one container sees it: the port's, with two things added in the one place that waits. A paused container stops
// here as well as in its code, and the container's inbox can be waited for like a file.
#pragma once

#include "container/inbox.h"
#include "runtime/platform.h"
#include "wasi/platform.h"

namespace umber::container {

/// Where a paused container stands still.
class Gate {
 public:
  /// Returns at once unless the container is to pause; then when it goes on, or is killed.
  virtual void pass() = 0;

 protected:
  ~Gate() = default;
};

class GuestPlatform final : public wasi::Platform {
 public:
  /// What the inbox's file says it waits on. No port uses this number.
  static constexpr int kInboxHandle = 0x7fff'ffff;

  /// All outlive this object.
  GuestPlatform(Allocator& allocator, wasi::Platform& inner, Clock& clock, Gate& gate)
      : allocator_(allocator), inner_(inner), clock_(clock), gate_(gate) {}
  /// Before anybody waits for kInboxHandle.
  void listen_to(Inbox& inbox) { inbox_ = &inbox; }

  wasi::Errno clock_time(wasi::ClockId id, wasi::Timestamp& out) override { return inner_.clock_time(id, out); }
  wasi::Errno clock_resolution(wasi::ClockId id, wasi::Timestamp& out) override { return inner_.clock_resolution(id, out); }
  wasi::Errno random(std::span<uint8_t> out) override { return inner_.random(out); }
  void yield() override {
    gate_.pass();
    inner_.yield();
  }
  wasi::Errno wait(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns) override;
  wasi::Errno open_socket(bool is_v6, bool is_stream, wasi::File*& out) override { return inner_.open_socket(is_v6, is_stream, out); }
  wasi::Errno look_up(StringRef host, StringRef service, wasi::File*& out) override { return inner_.look_up(host, service, out); }
  void interrupt() override { inner_.interrupt(); }

 private:
  [[nodiscard]] wasi::Errno wait_with_inbox(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns);
  bool mark_inbox(std::span<wasi::WaitEntry> entries);

  Allocator& allocator_;
  wasi::Platform& inner_;
  Inbox* inbox_ = nullptr;
  Clock& clock_;
  Gate& gate_;
};

}  // namespace umber::container
