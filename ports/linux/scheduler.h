// Tasks on Linux: threads, mutexes and condition variables on the monotonic clock.
#pragma once

#include "runtime/scheduler.h"

namespace umber::linux_port {

class ThreadScheduler final : public Scheduler {
 public:
  explicit ThreadScheduler(Allocator& allocator) : allocator_(allocator) {}

  /// Priority and weight become a nice value where the process may set them.
  Task* start(const TaskConfig& config, void (*body)(void* state), void* state) override;
  void join(Task* task) override;
  Monitor* create_monitor() override;
  void destroy_monitor(Monitor* monitor) override;

 private:
  Allocator& allocator_;
};

}  // namespace umber::linux_port
