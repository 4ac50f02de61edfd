// What the host functions of one run share: who the container is, what it may do, and where its events come from.
#pragma once

#include "container/run_parts.h"
#include "wasi/wasi.h"

namespace umber::container {

struct GuestContext {
  const RunParts& parts;
  Wasi& wasi;
  Inbox& inbox;

  [[nodiscard]] Allocator& allocator() const { return parts.allocator; }
  [[nodiscard]] const GrantSet& grants() const { return parts.config.grants(); }
  [[nodiscard]] Bus& bus() const { return parts.bus; }
  [[nodiscard]] Devices& devices() const { return parts.devices; }
  [[nodiscard]] Clock& clock() const { return parts.host.clock(); }
};

inline constexpr uint64_t kNsPerMs = 1'000'000;

/// Puts the guest to sleep until `deadline_ns` on the runtime's clock, a kill, or the run's own deadline; Intr for the latter two.
wasi::Errno sleep_until(GuestContext& guest, Caller& caller, uint64_t deadline_ns);

}  // namespace umber::container
