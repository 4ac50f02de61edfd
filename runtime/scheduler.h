// What the core asks of the machine's tasks. A port implements these two interfaces: threads and condition variables on
// Linux, tasks and semaphores on an RTOS. Everything of the core that locks, blocks or starts a task does it through them;
// a machine without tasks has no scheduler, and nothing is locked there.
#pragma once

#include "base/allocator.h"

namespace umber {

/// A lock with one condition: every wait is in a loop around what it waits for, so spurious wake-ups do no harm.
class Monitor {
 public:
  virtual void lock() = 0;
  virtual void unlock() = 0;
  /// Releases the lock, waits for notify_all or until `deadline_ns` (on the port's clock, kForever for none), takes the lock again.
  virtual void wait_until(uint64_t deadline_ns) = 0;
  virtual void notify_all() = 0;

 protected:
  ~Monitor() = default;
};

inline constexpr uint64_t kForever = UINT64_MAX;

/// Holds a monitor's lock; of a null monitor, nothing.
class Locked {
 public:
  explicit Locked(Monitor& monitor) : Locked(&monitor) {}
  explicit Locked(Monitor* monitor) : monitor_(monitor) {
    if (monitor_ != nullptr) monitor_->lock();
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() {
    if (monitor_ != nullptr) monitor_->unlock();
  }

 private:
  Monitor* monitor_;
};

/// Relative urgency of a task.
enum class Priority : uint8_t { Low, Normal, High };

struct TaskConfig {
  const char* name = "";           ///< zero-terminated; for the debugger
  Priority priority = Priority::Normal;
  uint32_t native_stack_bytes = 0; ///< 0: the port's default
  uint32_t guest_stack_bytes = 0;  ///< of native stack beyond that: frames of compiled code
  uint32_t weight = 100;           ///< share of a busy processor among tasks of the same priority
};

/// Thread-safe.
class Scheduler {
 public:
  /// An opaque task of the port.
  using Task = void;

  /// Runs `body(state)` in a new task. Null when the machine has none left.
  [[nodiscard]] virtual Task* start(const TaskConfig& config, void (*body)(void* state), void* state) = 0;
  /// Waits until the task's body has returned and frees the task. Exactly once per task, not from the task itself.
  virtual void join(Task* task) = 0;
  /// Where tasks take turns instead of being interrupted: lets the others run. Elsewhere nothing.
  virtual void yield() {}
  [[nodiscard]] virtual bool takes_turns() const { return false; }
  /// Null when there is no memory. Given back to the same scheduler.
  [[nodiscard]] virtual Monitor* create_monitor() = 0;
  virtual void destroy_monitor(Monitor* monitor) = 0;

 protected:
  ~Scheduler() = default;
};

}  // namespace umber
