// What containers ask of a board without an operating system: a clock, waiting by turns, and an image's blobs, read where they lie. There
// are no directories, volumes or sockets.
#pragma once

#include "container/host.h"
#include "ports/baremetal/platform.h"

namespace umber::baremetal {

class BoardHost final : public container::Host {
 public:
  explicit BoardHost(TurnScheduler& scheduler) : scheduler_(scheduler) {}
  ~BoardHost() = default;

  wasi::Platform* create_platform(Allocator& allocator) override;
  void release_platform(Allocator& allocator, wasi::Platform* platform) override;
  Result<wasi::File*> open(wasi::Platform& platform, const container::Grant& grant) override;
  bool variable(StringRef, StringRef&) override { return false; }
  Clock& clock() override { return clock_; }
  VirtualMemory* virtual_memory() override { return nullptr; }
  StringRef machine() override;

 private:
  TurnScheduler& scheduler_;
  MachineClock clock_;
};

}  // namespace umber::baremetal
