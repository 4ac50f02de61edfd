#include "ports/containers/umber_linux.h"

#include <cstring>
#include <new>

#include "container/interpreter_factory.h"
#include "container/runtime.h"
#include "ports/containers/container_host.h"
#include "ports/linux/platform.h"
#include "ports/linux/scheduler.h"

namespace {

using namespace umber;

constexpr size_t kMaxPath = 4096;

/// What the runtime stands on; made before it and gone after it.
struct Machine {
  explicit Machine(const char* volume_root) : host(platform.allocator, platform.clock, &platform.virtual_memory, volume_root == nullptr ? nullptr : path) {
    if (volume_root != nullptr) std::strcpy(path, volume_root);
  }
  char path[kMaxPath + 1] = {};
  linux_port::Platform platform;
  linux_port::ThreadScheduler scheduler{platform.allocator};
  posix::ContainerHost host;
  container::InterpreterFactory tiers{scheduler};
};

class LinuxRuntime final : private Machine, public container::Runtime {
 public:
  explicit LinuxRuntime(const char* volume_root)
      : Machine(volume_root), Runtime(Machine::platform.allocator, Machine::scheduler, Machine::host, Machine::tiers) {}
};

}  // namespace

umber_containers_t* umber_linux_open(const char* volume_root) {
  if (volume_root != nullptr && std::strlen(volume_root) > kMaxPath) return nullptr;
  linux_port::HeapAllocator allocator;
  void* memory = allocator.allocate(sizeof(LinuxRuntime), alignof(LinuxRuntime));
  if (memory == nullptr) return nullptr;
  auto* runtime = new (memory) LinuxRuntime(volume_root);
  if (runtime->init().ok()) return container::to_c(*runtime);
  umber_linux_close(container::to_c(*runtime));
  return nullptr;
}

void umber_linux_close(umber_containers_t* containers) {
  if (containers == nullptr) return;
  auto* runtime = static_cast<LinuxRuntime*>(reinterpret_cast<container::Runtime*>(containers));
  runtime->~LinuxRuntime();
  linux_port::HeapAllocator allocator;
  allocator.release(runtime, sizeof(LinuxRuntime), alignof(LinuxRuntime));
}
