#include "ports/baremetal/platform.h"

#include "ports/baremetal/semihosting.h"

namespace umber::baremetal {

using wasi::Errno;

namespace {

class ConsoleInput final : public wasi::File {
 public:
  Errno close() override { return Errno::Success; }
  wasi::FileType type() const override { return wasi::FileType::CharacterDevice; }
  Errno read(wasi::ReadParts parts, size_t& count) override {
    count = 0;
    for (const wasi::ReadPart& part : parts) {
      if (part.size == 0) continue;
      count = read_console({part.data, part.size});  // one part: the next would wait again
      break;
    }
    return Errno::Success;
  }
};

class ConsoleOutput final : public wasi::File {
 public:
  Errno close() override { return Errno::Success; }
  wasi::FileType type() const override { return wasi::FileType::CharacterDevice; }
  Errno sync(bool) override { return Errno::Success; }
  Errno write(wasi::WriteParts parts, size_t& count) override {
    count = 0;
    for (const wasi::WritePart& part : parts) {
      write_console({part.data, part.size});
      count += part.size;
    }
    return Errno::Success;
  }
};

constinit ConsoleInput g_console_input;
constinit ConsoleOutput g_console_output;

}  // namespace

wasi::File& console_input() { return g_console_input; }

wasi::File& console_output() { return g_console_output; }

Errno GuestPlatform::clock_time(wasi::ClockId, wasi::Timestamp& out) {
  out = now_ns();
  return Errno::Success;
}

Errno GuestPlatform::clock_resolution(wasi::ClockId, wasi::Timestamp& out) {
  constexpr wasi::Timestamp kMicrosecond = 1'000;
  out = kMicrosecond;
  return Errno::Success;
}

Errno GuestPlatform::random(std::span<uint8_t> out) {
  if (random_ == nullptr) return Errno::NoSys;
  return random_(out) ? Errno::Success : Errno::Io;
}

/// Files here are always ready; what remains is time and interruption.
Errno GuestPlatform::wait(std::span<wasi::WaitEntry> entries, uint64_t timeout_ns) {
  const uint64_t start = now_ns();
  for (;;) {
    if (__atomic_exchange_n(&interrupted_, false, __ATOMIC_ACQ_REL)) return Errno::Intr;
    for (wasi::WaitEntry& entry : entries) entry.ready = true;
    if (!entries.empty() || (timeout_ns != wasi::kWaitForever && now_ns() - start >= timeout_ns)) return Errno::Success;
    scheduler_ != nullptr ? scheduler_->rest() : idle();
  }
}

}  // namespace umber::baremetal
