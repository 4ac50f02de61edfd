// What containers ask of the machine: memory, time, files, sockets and an execution tier. A port implements it once per process;
// it is used by all containers' tasks.
#pragma once

#include "aot/image/image.h"
#include "base/error.h"
#include "container/grant.h"
#include "container/volume.h"
#include "decoder/wasm/module.h"
#include "runtime/platform.h"
#include "runtime/tier.h"
#include "wasi/platform.h"

namespace umber::container {

/// Thread-safe.
class Host {
 public:
  /// One per run of a container; null when there is no memory. Given back with release_platform.
  [[nodiscard]] virtual wasi::Platform* create_platform(Allocator& allocator) = 0;
  virtual void release_platform(Allocator& allocator, wasi::Platform* platform) = 0;

  /// Directories, volumes and sockets of a grant, opened for this platform. The file goes to whom it is given.
  [[nodiscard]] virtual Result<wasi::File*> open(wasi::Platform& platform, const Grant& grant) = 0;
  /// What a container reads from its standard input; null: nothing. The file goes to whom it is given.
  [[nodiscard]] virtual wasi::File* open_input(wasi::Platform&) { return nullptr; }
  /// What is in the volume of a grant, before anybody opens it. LimitReached when `stop` was raised; a host without volumes need not.
  [[nodiscard]] virtual Status count_volume(const Grant&, const StopSign& /*stop*/, VolumeUsage&) { return {}; }
  /// A variable of the host's environment; false when it is not set. Valid until the next call.
  [[nodiscard]] virtual bool variable(StringRef name, StringRef& value) = 0;

  [[nodiscard]] virtual Clock& clock() = 0;
  /// Null without an MMU.
  [[nodiscard]] virtual VirtualMemory* virtual_memory() = 0;
  /// What guests are told: a zero-terminated name such as "x86_64".
  [[nodiscard]] virtual StringRef machine() = 0;

 protected:
  ~Host() = default;
};

/// Makes the tiers that run code: one per image that is interpreted, one per run of a compiled image. Thread-safe.
class TierFactory {
 public:
  /// Null when there is no memory. `module` outlives the tier.
  [[nodiscard]] virtual Tier* create(Allocator& allocator, const wasm::Module& module) = 0;
  virtual void release(Allocator& allocator, Tier* tier) = 0;

  /// Whether it has a loader of compiled images; without one they are interpreted, if they hold the whole module.
  [[nodiscard]] virtual bool loads_images() const { return false; }
  /// Null when there is no memory. `stack_bytes`: of the native stack that the guest's frames may use.
  [[nodiscard]] virtual Tier* load(Allocator&, const aot::Image&, uint32_t /*stack_bytes*/) { return nullptr; }
  virtual void unload(Allocator&, Tier*) {}

 protected:
  ~TierFactory() = default;
};

}  // namespace umber::container
