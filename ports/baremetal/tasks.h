// Tasks on a machine that has none: each has a stack of its own and runs until it waits or lets the others run (at the end of each slice of
// a guest, see Execution, or when the timer interrupts a guest's compiled code). So no code but guests' is ever interrupted between two
// instructions, and a lock is only needed across a wait. When all of them wait, the processor sleeps until the next interrupt.
#pragma once

#include "runtime/scheduler.h"

namespace umber::baremetal {

/// The lowest word of every task's stack.
inline constexpr uint32_t kStackEnd = 0x5ac0'eed5;

/// A task that needs more stack than it has ends the machine with a message, at its next switch.
class TurnScheduler final : public Scheduler {
 public:
  /// `stack_bytes`: of a task's native stack, unless it asks for more. Who makes it is the first task.
  explicit TurnScheduler(Allocator& allocator, uint32_t stack_bytes = 6 * 1024) : allocator_(allocator), stack_bytes_(stack_bytes) {}
  TurnScheduler(const TurnScheduler&) = delete;
  TurnScheduler& operator=(const TurnScheduler&) = delete;
  ~TurnScheduler() = default;

  /// Priority and weight do not count: everybody's slice is the same.
  Task* start(const TaskConfig& config, void (*body)(void* state), void* state) override;
  void join(Task* task) override;
  Monitor* create_monitor() override;
  void destroy_monitor(Monitor* monitor) override;
  void yield() override;
  bool takes_turns() const override { return true; }

  /// As yield, for one who looks again and again at what it waits for: if everybody does, the processor sleeps in between.
  void rest();

 private:
  struct Context;
  static void begin();
  void switch_to_next();
  void go_on_from(Context& from);
  void end_current();
  void free_ended_stack();

  Allocator& allocator_;
  const uint32_t stack_bytes_;
  Context* current_ = nullptr;  ///< in a ring; null until the first task is started
  Context* ended_ = nullptr;    ///< out of the ring, but its stack was the last one in use
};

/// Saves what a called function must preserve, and the stack, and goes on with another stack. In arm/ and riscv/.
extern "C" void umber_switch_stack(void** saved, void* to);
/// A stack that `umber_switch_stack` can go to: it begins at `entry`. `top` is a multiple of 16.
[[nodiscard]] void* new_stack(void* top, void (*entry)());

}  // namespace umber::baremetal
