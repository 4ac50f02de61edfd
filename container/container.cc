#include "container/container.h"

namespace umber::container {

namespace {

constexpr size_t kMaxBacktrace = 4096;

void append_text(void* state, StringRef text) {
  auto& out = *static_cast<Vec<char>*>(state);
  if (out.size() + text.size() <= kMaxBacktrace) (void)out.append(std::span<const char>(text.data(), text.size()));
}

/// For a guest that can hear of it; under the lock. If the inbox is full, it finds out when it is killed.
void post_stop(Run& run) {
  if (Inbox* inbox = run.inbox()) (void)inbox->post_locked({.type = EventType::Stop});
}

/// Under the lock.
Inbox::Usage inbox_usage(Run& run) {
  const Inbox* inbox = run.inbox();
  return inbox == nullptr ? Inbox::Usage() : inbox->usage_locked();
}

size_t host_limit(const Config& config) { return config.limits.host_bytes; }

}  // namespace

Result<Container*> Container::create(const Environment& environment, Image& image, const Config& config) {
  Monitor* monitor = environment.scheduler.create_monitor();
  if (monitor == nullptr) return Error::out_of_memory("a container");
  void* memory = environment.allocator.allocate(sizeof(Container), alignof(Container));
  if (memory == nullptr) {
    environment.scheduler.destroy_monitor(monitor);
    return Error::out_of_memory("a container");
  }
  auto* container = new (memory) Container(environment, image, *monitor, host_limit(config));
  Status status = container->config_.copy(config);
  if (status.ok() && !container->acquire_volumes()) status = Error::out_of_memory("a container's volumes");
  if (status.ok()) return container;
  container->destroy();
  return status.error();
}

/// Each once, also if it is granted under two names.
bool Container::acquire_volumes() {
  for (const Grant& grant : config_.grants().all()) {
    if (grant.kind != GrantKind::Volume) continue;
    bool is_known = false;
    for (const Volume* each : volumes_) is_known |= each == environment_.volumes.find(grant.subject);
    if (is_known) continue;
    Volume* volume = volumes_.reserve(volumes_.size() + 1) ? environment_.volumes.acquire(grant.subject) : nullptr;
    if (volume == nullptr) return false;
    (void)volumes_.push(volume);
    // What cannot be counted now is counted, or refuses the container, when it starts.
    (void)ensure_counted(*volume, environment_.host, grant, {});
  }
  return true;
}

Container::Container(const Environment& environment, Image& image, Monitor& monitor, size_t host_bytes)
    : environment_(environment),
      image_(image),
      monitor_(monitor),
      charged_(environment.allocator, host_bytes),
      config_(charged_),
      volumes_(charged_),
      exit_message_(charged_),
      backtrace_(charged_) {}

void Container::destroy() {
  if (task_ != nullptr) environment_.scheduler.join(task_);
  for (Volume* volume : volumes_) environment_.volumes.release(*volume);
  const Environment& environment = environment_;
  Monitor* monitor = &monitor_;
  this->~Container();
  environment.allocator.release(this, sizeof(Container), alignof(Container));
  environment.scheduler.destroy_monitor(monitor);
}

Status Container::wrong_state(StringRef verb) const {
  return Error::of(ErrorCode::InvalidArgument, "cannot ", verb, " a container that is ", text_of(state_));
}

/// Under the lock. A message that there is no memory for is left out.
void Container::keep_exit(const ExitRecord& record) {
  exit_kind_ = record.kind;
  exit_trap_ = record.trap;
  exit_code_ = record.code;
  const StringRef message = record.message.str();
  exit_message_ = Vec<char>(charged_);
  if (exit_message_.reserve(message.size())) (void)exit_message_.append({message.data(), message.size()});
}

/// Under the lock.
ExitRecord Container::last_exit() const {
  ExitRecord record;
  record.kind = exit_kind_;
  record.trap = exit_trap_;
  record.code = exit_code_;
  record.message.add(StringRef(exit_message_.data(), exit_message_.size()));
  return record;
}

/// Under the lock.
void Container::set_state(State to) {
  const State from = state_;
  if (!may_follow(from, to)) return;
  state_ = to;
  if (environment_.observer != nullptr) environment_.observer->state_changed(handle, from, to, last_exit());
  monitor_.notify_all();
}

// -- Wishes, from any thread ----------------------------------------------------------------------------------------------

Status Container::start() {
  Scheduler::Task* last = nullptr;
  {
    Locked locked(monitor_);
    if (state_ == State::Removed || !is_over()) return wrong_state("start");
    ++starts_;
    pause_wanted_ = stop_wanted_ = kill_wanted_ = false;
    wish_.store(false, std::memory_order_release);
    restarts_ = 0;
    backoff_ns_ = 0;
    last = task_;
    task_ = nullptr;
    starting_ = true;
    started_ns_ = now();
    set_state(State::Running);
  }
  // The task of the run before has nothing left to do but return.
  if (last != nullptr) environment_.scheduler.join(last);
  const Limits& limits = config_.get().limits;
  TaskConfig task = {.name = config_.get().name.data(), .priority = limits.priority, .weight = limits.cpu_weight};
  // Compiled code has its frames on the native stack, above what the host needs.
  if (image_.is_compiled()) task.guest_stack_bytes = limits.stack_bytes;
  Scheduler::Task* started = environment_.scheduler.start(task, &Container::run_task, this);
  Locked locked(monitor_);
  task_ = started;
  starting_ = false;
  monitor_.notify_all();
  if (started != nullptr) return {};
  ExitRecord no_task;
  no_task.kind = ExitKind::Refused;
  no_task.message.add("the machine has no task left");
  keep_exit(no_task);
  set_state(State::Exited);
  return Error::out_of_memory("a task");
}

Status Container::pause(uint64_t deadline_ns) {
  Locked locked(monitor_);
  if (state_ == State::Paused) return {};
  if (state_ != State::Running) return wrong_state("pause");
  pause_wanted_ = true;
  wish_.store(true, std::memory_order_release);
  if (run_ != nullptr) run_->execution().request_pause();
  while (state_ == State::Running && pause_wanted_ && now() < deadline_ns) monitor_.wait_until(deadline_ns);
  if (state_ == State::Paused) return {};
  if (state_ == State::Running && pause_wanted_) return {};  // it will, at its next loop, call or wait
  return wrong_state("pause");
}

Status Container::unpause() {
  Locked locked(monitor_);
  if (state_ != State::Paused && !(state_ == State::Running && pause_wanted_)) return wrong_state("unpause");
  pause_wanted_ = false;
  monitor_.notify_all();
  return {};
}

void Container::kill() {
  Locked locked(monitor_);
  kill_locked();
}

void Container::kill_locked() {
  if (is_over()) return;
  kill_wanted_ = true;
  wish_.store(true, std::memory_order_release);
  if (run_ != nullptr) run_->execution().request_kill();
  monitor_.notify_all();
}

Status Container::stop(uint64_t deadline_ns) {
  Locked locked(monitor_);
  if (state_ == State::Created || state_ == State::Removed) return wrong_state("stop");
  if (is_over()) return {};
  stop_wanted_ = true;
  pause_wanted_ = false;
  set_state(State::Stopping);
  monitor_.notify_all();
  if (run_ != nullptr) post_stop(*run_);
  const uint64_t start = starts_;
  if (wait_locked(start, deadline_ns)) return {};
  kill_locked();
  (void)wait_locked(start, kForever);
  return {};
}

bool Container::wait(uint64_t deadline_ns) {
  Locked locked(monitor_);
  return wait_locked(starts_, deadline_ns);
}

/// For the end of what that start began: by the time the caller wakes somebody else may have started it again.
bool Container::wait_locked(uint64_t start, uint64_t deadline_ns) {
  while (!is_over() && starts_ == start) {
    if (now() >= deadline_ns) return false;
    monitor_.wait_until(deadline_ns);
  }
  return true;
}

Status Container::retire() {
  Locked locked(monitor_);
  if (state_ == State::Removed || !is_over()) return wrong_state("remove");
  set_state(State::Removed);
  return {};
}

void Container::look(Snapshot& out, uint64_t sample_ns) {
  Locked locked(monitor_);
  if (sample_ns > 0 && state_ == State::Running && run_ != nullptr) {
    const uint64_t seen = samples_;
    const uint64_t deadline = now() + sample_ns;
    wish_.store(true, std::memory_order_release);
    run_->execution().request_pause();
    while (samples_ == seen && state_ == State::Running && now() < deadline) monitor_.wait_until(deadline);
  }
  out.name.clear();
  out.name.add(config_.get().name);
  out.state = state_;
  out.restart_pending = restart_pending_;
  out.restarts = restarts_;
  out.started_ns = started_ns_;
  out.ended_ns = ended_ns_;
  out.exit = last_exit();
  out.usage = {};
  out.usage.memory_bytes = sample_.memory_bytes;
  out.usage.fuel = sample_.fuel;
  out.usage.host_calls = sample_.host_calls;
  out.usage.inbox = sample_.inbox;
  out.usage.host_bytes = charged_.used();
  out.usage.host_bytes_peak = charged_.peak();
  if (run_ != nullptr) out.usage.inbox = inbox_usage(*run_);
  for (Volume* volume : volumes_) {
    const VolumeUsage each = volume->usage();
    out.usage.volumes.bytes += each.bytes;
    out.usage.volumes.files += each.files;
  }
}

void Container::write_backtrace(const TextSink& sink) {
  Locked locked(monitor_);
  sink.write(sink.state, {backtrace_.data(), backtrace_.size()});
}

// -- The container's own task ---------------------------------------------------------------------------------------------

void Container::run_task(void* container) {
  auto& self = *static_cast<Container*>(container);
  ExitRecord record;
  do {
    self.run_once(record);
  } while (self.settle(record));
}

void Container::run_once(ExitRecord& record) {
  record = {};
  charged_.clear_refused();
  const RunParts parts = {charged_, environment_.host, image_, config_, handle, environment_.bus, environment_.devices, environment_.volumes,
                          environment_.scheduler, monitor_, *this, record};
  Run* run = Run::create(parts);
  if (run == nullptr) {
    record.kind = ExitKind::OutOfMemory;
    record.message.add("out of memory for a run");
    return;
  }
  attach(*run);
  Vec<char> backtrace(charged_);
  if (const Status prepared = run->prepare(); !prepared.ok()) {
    const bool no_memory = prepared.error().code() == ErrorCode::OutOfMemory;
    record.kind = run->execution().kill_requested() ? ExitKind::Killed : no_memory ? ExitKind::OutOfMemory : ExitKind::Refused;
    record.message.add(prepared.error().message().str());
  } else {
    const RunStatus status = run_guest(*run);
    run->describe_end(status, charged_.has_refused(), {&append_text, &backtrace});
  }
  detach();
  run->destroy();
  Locked locked(monitor_);
  backtrace_ = std::move(backtrace);
}

/// To the end, through every pause.
RunStatus Container::run_guest(Run& run) {
  RunStatus status = run.start();
  while (status == RunStatus::Suspended) {
    wish_.store(true, std::memory_order_release);  // so that the gate looks, whatever suspended us
    pass();
    status = run.resume();
  }
  return status;
}

/// From now on wishes reach the run; those that came before reach it now.
void Container::attach(Run& run) {
  Locked locked(monitor_);
  run_ = &run;
  started_ns_ = now();
  sample_ = {};
  if (kill_wanted_) run.execution().request_kill();
  if (pause_wanted_) run.execution().request_pause();
  if (stop_wanted_) post_stop(run);
}

void Container::detach() {
  Locked locked(monitor_);
  sample_usage();
  run_ = nullptr;
}

/// Under the lock, on the container's thread.
void Container::sample_usage() {
  sample_.memory_bytes = run_->memory_bytes();
  sample_.fuel = run_->execution().fuel_consumed();
  sample_.host_calls = run_->execution().host_calls();
  sample_.inbox = inbox_usage(*run_);
  ++samples_;
  monitor_.notify_all();
}

void Container::pass() {
  if (!wish_.load(std::memory_order_acquire)) return;
  Locked locked(monitor_);
  wish_.store(false, std::memory_order_release);
  sample_usage();
  // Clears a pause that was asked for; a kill must not get lost with it.
  Execution& execution = run_->execution();
  execution.clear_requests();
  if (kill_wanted_) execution.request_kill();
  if (!pause_wanted_ || kill_wanted_ || state_ != State::Running) return;
  set_state(State::Paused);
  while (pause_wanted_ && !kill_wanted_) monitor_.wait_until(kForever);
  if (state_ == State::Paused) set_state(State::Running);
}

bool Container::wants_restart(const ExitRecord& record) const {
  if (stop_wanted_ || kill_wanted_) return false;
  const RestartPolicy& policy = config_.get().restart;
  if (policy.max_restarts != 0 && restarts_ >= policy.max_restarts) return false;
  return policy.when == Restart::Always || (policy.when == Restart::OnFailure && !record.is_success());
}

/// Doubles with each restart in a row.
uint64_t Container::next_backoff() {
  const RestartPolicy& policy = config_.get().restart;
  if (ended_ns_ - started_ns_ >= policy.healthy_after_ns) {
    backoff_ns_ = 0;
    restarts_ = 0;
  }
  backoff_ns_ = backoff_ns_ == 0 ? policy.backoff_ns : backoff_ns_ * 2;
  if (backoff_ns_ > policy.max_backoff_ns) backoff_ns_ = policy.max_backoff_ns;
  return backoff_ns_;
}

/// Records the end. True: go on with the next run, the back-off is over.
bool Container::settle(const ExitRecord& record) {
  Locked locked(monitor_);
  keep_exit(record);
  ended_ns_ = now();
  pause_wanted_ = false;
  restart_pending_ = wants_restart(record);
  set_state(State::Exited);
  if (!restart_pending_) return false;
  const uint64_t due = ended_ns_ + next_backoff();
  while (now() < due && !stop_wanted_ && !kill_wanted_) monitor_.wait_until(due);
  restart_pending_ = false;
  const bool go_on = !stop_wanted_ && !kill_wanted_;
  if (go_on) {
    ++restarts_;
    set_state(State::Running);
  }
  monitor_.notify_all();
  return go_on;
}

}  // namespace umber::container
