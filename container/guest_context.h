// What the host functions of one run share: who the container is, what it may do, and where its events come from.
#pragma once

#include "container/bus.h"
#include "container/devices.h"
#include "runtime/platform.h"
#include "wasi/wasi.h"

namespace umber::container {

struct GuestContext {
  Allocator& allocator;
  uint64_t handle;
  StringRef hostname;
  StringRef machine;  ///< of the host, such as "x86_64"
  const GrantSet& grants;
  Wasi& wasi;
  Inbox& inbox;
  Bus& bus;
  Devices& devices;
  Clock& clock;
};

inline constexpr uint64_t kNsPerMs = 1'000'000;

/// Puts the guest to sleep until `deadline_ns` on the runtime's clock, a kill, or the run's own deadline; Intr for the latter two.
wasi::Errno sleep_until(GuestContext& guest, Caller& caller, uint64_t deadline_ns);

}  // namespace umber::container
