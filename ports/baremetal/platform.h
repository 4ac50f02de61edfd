// The bare-metal port as the runtime and WASI see it: a clock and a platform for one guest. Guests take turns, or there is one.
#pragma once

#include "ports/baremetal/machine.h"
#include "ports/baremetal/tasks.h"
#include "runtime/platform.h"
#include "wasi/platform.h"

namespace umber::baremetal {

class MachineClock final : public Clock {
 public:
  uint64_t now_ns() override { return baremetal::now_ns(); }
};

/// Time counts from reset: without a battery-backed clock the realtime clock is as good as the monotonic one.
class GuestPlatform final : public wasi::Platform {
 public:
  /// Fills `out` with random bytes; false on failure. Most small boards have no source, and then there is no such function:
  /// the guest is told so instead of being given numbers that anybody can guess.
  using RandomSource = bool (*)(std::span<uint8_t> out);
  /// `scheduler`: who runs while the guest waits; null: it is the only one.
  explicit GuestPlatform(RandomSource random = nullptr, TurnScheduler* scheduler = nullptr) : random_(random), scheduler_(scheduler) {}
  ~GuestPlatform() = default;

  wasi::Errno clock_time(wasi::ClockId id, wasi::Timestamp& out) override;
  wasi::Errno clock_resolution(wasi::ClockId id, wasi::Timestamp& out) override;
  wasi::Errno random(std::span<uint8_t> out) override;
  void yield() override {
    if (scheduler_ != nullptr) scheduler_->yield();
  }
  wasi::Errno wait(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns) override;
  /// Also from an interrupt handler.
  void interrupt() override { __atomic_store_n(&interrupted_, true, __ATOMIC_RELEASE); }

 private:
  RandomSource random_;
  TurnScheduler* scheduler_;
  bool interrupted_ = false;
};

/// Standard input from the console: waits for the first byte, because a guest that reads has nothing else to do. Shared by all;
/// closing it does nothing.
[[nodiscard]] wasi::File& console_input();
/// Standard output and error to the console. As console_input.
[[nodiscard]] wasi::File& console_output();

}  // namespace umber::baremetal
