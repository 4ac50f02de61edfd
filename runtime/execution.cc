// Runs, their budget and their end.
#include "runtime/execution.h"

#include "runtime/store.h"

namespace umber {

namespace {

uint64_t round_up(uint64_t value, uint64_t unit) { return (value + unit - 1) & ~(unit - 1); }

}  // namespace

Execution::Execution(Store& store, const ExecutionConfig& config)
    : store_(store), config_(config), fuel_(config.fuel), trap_(store.allocator()) {}

Execution::~Execution() {
  if (Monitor* monitor = parker_.load(std::memory_order_relaxed)) store_.scheduler()->destroy_monitor(monitor);
  if (stack_begin_ == nullptr) return;
  Execution** link = &store_.executions_;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  if (VirtualMemory* pages = store_.virtual_memory())
    pages->release(stack_begin_, stack_bytes());
  else
    store_.allocator().release(stack_begin_, stack_bytes(), alignof(GlobalCell));
}

/// Of the allocation: whole pages where the stack comes from virtual memory.
size_t Execution::stack_bytes() const {
  const size_t bytes = config_.stack_slots * sizeof(Slot);
  VirtualMemory* pages = store_.virtual_memory();
  return pages == nullptr ? bytes : static_cast<size_t>(round_up(bytes, pages->page_size()));
}

Status Execution::init() {
  if (config_.stack_slots == 0 || config_.stack_slots > SIZE_MAX / 4 / sizeof(Slot))
    return Error::of(ErrorCode::InvalidArgument, "a value stack of ", config_.stack_slots, " slots");
  void* memory = nullptr;
  if (VirtualMemory* pages = store_.virtual_memory()) {
    if (!trap_.reserve()) return Error::out_of_memory("a backtrace");
    memory = pages->reserve(stack_bytes());
    if (memory != nullptr && !pages->commit(memory, stack_bytes())) {
      pages->release(memory, stack_bytes());
      memory = nullptr;
    }
  } else {
    memory = store_.allocator().allocate(stack_bytes(), alignof(GlobalCell));
  }
  if (memory == nullptr) return Error::out_of_memory("the value stack");
  stack_begin_ = stack_top = static_cast<Slot*>(memory);
  stack_end_ = stack_begin_ + config_.stack_slots;
  next_ = store_.executions_;
  store_.executions_ = this;
  return {};
}

RunStatus Execution::call(const Func& func, Slot* values) {
  if (suspended_) return trap(TrapKind::HostError, "a suspended run must be resumed or abandoned first");
  if (depth_ == 0) trap_.clear();
  if (depth_ >= config_.max_native_depth)
    return trap(TrapKind::StackOverflow, "too many nested calls between host and guest");
  Slot* const top = stack_top;
  Saved saved;
  begin_call(func, saved);
  const RunStatus status = func.entry(*this, func, values);
  if (status == RunStatus::Suspended) return suspend(func, saved, top);
  end_call(func, saved);
  stack_top = top;
  return status;
}

void Execution::begin_call(const Func& func, Saved& saved) {
  ++depth_;
  saved = {current_, nullptr, nullptr, 0};
  if (func.ctx == nullptr) return;  // a host function sees its caller as current
  VmContext& context = *func.ctx;
  saved.execution = context.execution;
  saved.stack_end = context.stack_end;
  saved.budget = context.budget;
  switch_to(context);
}

/// Puts the caller's context back and takes the budget home to it.
void Execution::end_call(const Func& func, const Saved& saved) {
  --depth_;
  if (depth_ == 0 && trap_.exception != kNullRef) describe_exception();
  if (func.ctx == nullptr) return;
  const int64_t budget = current_->budget;
  VmContext& context = *func.ctx;
  context.execution = saved.execution;
  context.stack_end = saved.stack_end;
  context.budget = saved.budget;
  current_ = saved.caller;
  if (current_ != nullptr)
    current_->budget = budget;
  else
    settle(budget);
}

RunStatus Execution::suspend(const Func& func, const Saved& saved, Slot* top) {
  suspended_ = true;
  outermost_ = &func;
  outermost_saved_ = saved;
  outermost_top_ = top;
  return RunStatus::Suspended;
}

RunStatus Execution::resume() {
  if (!suspended_) return trap(TrapKind::HostError, "the run is not suspended");
  suspended_ = false;
  const RunStatus status = resume_(*this, resume_state_);
  if (status == RunStatus::Suspended) {
    suspended_ = true;
    return status;
  }
  end_call(*outermost_, outermost_saved_);
  stack_top = outermost_top_;
  return status;
}

void Execution::abandon() {
  if (!suspended_) return;
  suspended_ = false;
  end_call(*outermost_, outermost_saved_);
  stack_top = outermost_top_;
}

/// The flag first and then the parker, each in one order that all threads see; park goes the other way round, so one of both
/// sees the other.
void Execution::request_kill() {
  kill_requested_.store(true, std::memory_order_seq_cst);
  if (Monitor* monitor = parker_.load(std::memory_order_seq_cst)) {
    const Locked locked(monitor);
    monitor->notify_all();
  }
  if (config_.on_request != nullptr) config_.on_request(config_.on_request_state);
}

void Execution::request_pause() {
  pause_requested_.store(true, std::memory_order_release);
  if (config_.on_request != nullptr) config_.on_request(config_.on_request_state);
}

void Execution::clear_requests() {
  kill_requested_.store(false, std::memory_order_release);
  pause_requested_.store(false, std::memory_order_release);
}

bool Execution::is_late() const {
  return deadline_ns_ != kNoDeadline && store_.clock() != nullptr && store_.clock()->now_ns() >= deadline_ns_;
}

Monitor* Execution::parker() {
  Monitor* monitor = parker_.load(std::memory_order_relaxed);
  if (monitor != nullptr || store_.scheduler() == nullptr) return monitor;
  monitor = store_.scheduler()->create_monitor();
  parker_.store(monitor, std::memory_order_seq_cst);
  return monitor;
}

bool Execution::park(uint64_t deadline_ns, const bool& woken) {
  Monitor& monitor = *parker_.load(std::memory_order_relaxed);
  Clock* clock = store_.clock();
  const uint64_t until = clock != nullptr && deadline_ns_ < deadline_ns ? deadline_ns_ : deadline_ns;
  const Locked locked(monitor);
  while (!woken) {
    if (kill_requested() || is_late()) return true;
    if (until != kForever && clock->now_ns() >= until) return false;
    monitor.wait_until(until);
  }
  return false;
}

void Execution::set_fuel(uint64_t fuel) {
  if (current_ != nullptr) {  // the slice that is out belongs to the old account
    settle(current_->budget);
    current_->budget = 0;
  }
  fuel_ = fuel;
  consumed_ = 0;
}

uint64_t Execution::fuel_consumed() const {
  return current_ == nullptr ? consumed_ : consumed_ + static_cast<uint64_t>(granted_ - current_->budget);
}

uint64_t Execution::fuel_remaining() const {
  const uint64_t consumed = fuel_consumed();
  return consumed < fuel_ ? fuel_ - consumed : 0;
}

void Execution::charge(uint64_t units) {
  if (current_ == nullptr) {
    consumed_ += units;
    return;
  }
  constexpr uint64_t kMost = INT64_MAX / 4;
  const int64_t amount = static_cast<int64_t>(units < kMost ? units : kMost);
  if (consumed_ < kMost) current_->budget -= amount;
  // Compiled code takes what it finds for unsigned: what goes beyond zero is booked at once, and the next charge sees zero.
  if (current_->budget >= 0) return;
  consumed_ += static_cast<uint64_t>(-current_->budget);
  current_->budget = 0;
}

/// Books what was used of the last slice.
void Execution::settle(int64_t budget) {
  consumed_ += static_cast<uint64_t>(granted_ - budget);
  granted_ = 0;
}

/// The next slice; never more than the fuel that is left, so that the first unit too many is seen at once.
void Execution::grant(VmContext& context) {
  const uint64_t left = fuel_remaining();
  const uint32_t slice = config_.slice <= INT32_MAX / 2 ? config_.slice : INT32_MAX / 2;
  granted_ = static_cast<int64_t>(left < slice ? left : slice);
  context.budget = granted_;
}

RunStatus Execution::on_budget_spent(VmContext& context) {
  settle(context.budget);
  context.budget = 0;
  take_turn();
  if (kill_requested()) return trap(TrapKind::Killed);
  if (consumed_ > fuel_) return trap(TrapKind::OutOfFuel);
  if (is_late()) return trap(TrapKind::DeadlineExceeded);
  grant(context);
  if (pause_requested() && depth_ == 1) {
    pause_requested_.store(false, std::memory_order_release);
    return RunStatus::Suspended;
  }
  return RunStatus::Done;
}

RunStatus Execution::on_budget_spent_in_place(VmContext& context) {
  const RunStatus status = on_budget_spent(context);
  if (status == RunStatus::Trapped) return status;
  if (status == RunStatus::Suspended) pause_requested_.store(true, std::memory_order_release);
  pause_in_place();
  return kill_requested() ? trap(TrapKind::Killed) : RunStatus::Done;
}

bool Execution::is_guard_fault(const void* address) const {
  if (current_ == nullptr) return false;
  const Instance& instance = *current_->instance;
  for (uint32_t i = 0; i < instance.memory_count(); ++i)
    if (instance.memory(i).is_reserved_address(address)) return true;
  return false;
}

}  // namespace umber
