// What a run of a container works with and does not own, gathered once when it starts.
#pragma once

#include "container/bus.h"
#include "container/config.h"
#include "container/devices.h"
#include "container/exit_record.h"
#include "container/guest_platform.h"
#include "container/image.h"

namespace umber::container {

/// What a run needs from outside; all outlive it.
struct RunParts {
  Allocator& allocator;  ///< charged to the container
  Host& host;
  const Image& image;
  const OwnedConfig& config;
  uint64_t handle;
  Bus& bus;
  Devices& devices;
  VolumeTable& volumes;
  Scheduler& scheduler;
  Monitor& inbox_lock;
  Gate& gate;
  ExitRecord& end;  ///< where the run says how it ended
};

}  // namespace umber::container
