#include "ports/baremetal/tasks.h"

#include "base/bits.h"
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/semihosting.h"

namespace umber::baremetal {

namespace {

constexpr size_t kStackAlignment = 16;
/// What lies below the stack is somebody else's and damaged already, so nothing can go on.
[[noreturn]] void report_overflow() {
  constexpr uint32_t kFaultExit = 70;
  print("\na task's native stack has overflowed\n");
  leave(kFaultExit);
}

/// With turns nobody sees a lock that is held, except across a wait, where it is given back.
class TurnMonitor final : public Monitor {
 public:
  explicit TurnMonitor(TurnScheduler& scheduler) : scheduler_(scheduler) {}
  ~TurnMonitor() = default;

  void lock() override {
    while (is_locked_) scheduler_.rest();
    is_locked_ = true;
  }
  void unlock() override { is_locked_ = false; }
  void wait_until(uint64_t deadline_ns) override {
    const uint32_t seen = notified_;
    unlock();
    while (notified_ == seen && (deadline_ns == kForever || now_ns() < deadline_ns)) scheduler_.rest();
    lock();
  }
  void notify_all() override { ++notified_; }

 private:
  TurnScheduler& scheduler_;
  bool is_locked_ = false;
  uint32_t notified_ = 0;
};

}  // namespace

struct TurnScheduler::Context {
  void* stack = nullptr;  ///< while it does not run
  Context* next = nullptr;
  bool rests = false;
  bool is_done = false;
  FaultTarget* target = nullptr;  ///< while it does not run
  void (*body)(void* state) = nullptr;
  void* state = nullptr;
  TurnScheduler* scheduler = nullptr;
  uint8_t* memory = nullptr;
  size_t bytes = 0;
};

namespace {
/// What begins to run, for its first function, which takes no arguments.
void* g_beginner = nullptr;
}  // namespace

void TurnScheduler::begin() {
  auto& self = *static_cast<Context*>(g_beginner);
  self.scheduler->free_ended_stack();
  self.body(self.state);
  self.scheduler->end_current();
}

/// The running task takes itself out of the ring and is never switched to again. Its stack is freed by whoever runs next.
void TurnScheduler::end_current() {
  Context* before = current_;
  while (before->next != current_) before = before->next;
  before->next = current_->next;
  current_->is_done = true;
  ended_ = current_;
  go_on_from(*current_);
}

void TurnScheduler::free_ended_stack() {
  if (ended_ == nullptr) return;
  allocator_.release(ended_->memory, ended_->bytes, kStackAlignment);
  ended_->memory = nullptr;
  ended_ = nullptr;
}

Scheduler::Task* TurnScheduler::start(const TaskConfig& config, void (*body)(void* state), void* state) {
  if (current_ == nullptr) {
    current_ = allocator_.create<Context>();
    if (current_ == nullptr) return nullptr;
    current_->next = current_;
  }
  const size_t wanted = size_t{config.native_stack_bytes != 0 ? config.native_stack_bytes : stack_bytes_} + config.guest_stack_bytes;
  const size_t bytes = (wanted + (kStackAlignment - 1)) & ~(kStackAlignment - 1);
  auto* task = allocator_.create<Context>();
  auto* memory = task == nullptr ? nullptr : static_cast<uint8_t*>(allocator_.allocate(bytes, kStackAlignment));
  if (memory == nullptr) {
    allocator_.destroy(task);
    return nullptr;
  }
  task->memory = memory;
  store_le(memory, kStackEnd);
  task->bytes = bytes;
  task->body = body;
  task->state = state;
  task->scheduler = this;
  task->stack = new_stack(memory + bytes, &TurnScheduler::begin);
  task->next = current_->next;
  current_->next = task;
  return task;
}

void TurnScheduler::join(Task* joined) {
  auto* task = static_cast<Context*>(joined);
  while (!task->is_done) rest();
  allocator_.destroy(task);
  // Alone again, perhaps since another that had ended was joined.
  if (current_ == nullptr || current_->next != current_) return;
  allocator_.destroy(current_);
  current_ = nullptr;
}

void TurnScheduler::go_on_from(Context& from) {
  if (from.memory != nullptr && load_le<uint32_t>(from.memory) != kStackEnd) report_overflow();
  current_ = from.next;
  g_beginner = current_;
  from.target = MachineInterrupts().exchange_fault_target(current_->target);
  umber_switch_stack(&from.stack, current_->stack);
  free_ended_stack();
}

void TurnScheduler::switch_to_next() {
  if (current_ != nullptr && current_->next != current_) go_on_from(*current_);
}

void TurnScheduler::yield() {
  if (current_ == nullptr) return;
  current_->rests = false;
  switch_to_next();
}

void TurnScheduler::rest() {
  if (current_ == nullptr) return idle();
  current_->rests = true;
  bool all_rest = true;
  for (const Context* each = current_->next; each != current_; each = each->next) all_rest &= each->rests;
  if (all_rest) idle();
  Context* self = current_;
  switch_to_next();
  self->rests = false;
}

Monitor* TurnScheduler::create_monitor() { return allocator_.create<TurnMonitor>(*this); }

void TurnScheduler::destroy_monitor(Monitor* monitor) { allocator_.destroy(static_cast<TurnMonitor*>(monitor)); }

}  // namespace umber::baremetal
