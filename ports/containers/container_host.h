// What containers ask of a POSIX machine: files, volumes and sockets through PosixPlatform, the rest from what the caller has.
#pragma once

#include "container/host.h"
#include "ports/posix/platform.h"

namespace umber::posix {

class ContainerHost final : public container::Host {
 public:
  /// All outlive the host. `volume_root`: an existing directory under which volumes live; null: there are none.
  ContainerHost(Allocator& allocator, Clock& clock, VirtualMemory* virtual_memory, const char* volume_root = nullptr);

  /// Containers read this process's descriptor as their standard input, which stays the caller's. Before any is started.
  void use_input(int fd) { input_ = fd; }

  wasi::Platform* create_platform(Allocator& allocator) override;
  void release_platform(Allocator& allocator, wasi::Platform* platform) override;
  Result<wasi::File*> open(wasi::Platform& platform, const container::Grant& grant) override;
  wasi::File* open_input(wasi::Platform& platform) override;
  Status count_volume(const container::Grant& grant, const container::StopSign& stop, container::VolumeUsage& out) override;
  bool variable(StringRef name, StringRef& value) override;
  Clock& clock() override { return clock_; }
  VirtualMemory* virtual_memory() override { return virtual_memory_; }
  StringRef machine() override { return machine_.str(); }

 private:
  Allocator& allocator_;
  Clock& clock_;
  VirtualMemory* virtual_memory_;
  const char* volume_root_;
  int input_ = -1;  ///< negative: none
  FixedText<65> machine_;
};

}  // namespace umber::posix
