#include "container/container.h"

#include <cstring>

namespace umber::container {

namespace {

constexpr size_t kMaxBacktrace = 4096;

void append_text(void* state, StringRef text) {
  auto& out = *static_cast<Vec<char>*>(state);
  if (out.size() + text.size() <= kMaxBacktrace) (void)out.append(std::span<const char>(text.data(), text.size()));
}

/// For a guest that can hear of it; under the lock. If the inbox is full, it finds out when it is killed.
void post_stop(Run& run) {
  if (Inbox* inbox = run.inbox()) (void)inbox->post_locked({.type = EventType::Stop, .value = 0});
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

/// Whether grant `at` is one of a volume that no grant before it is of: it may be granted under two names.
bool Container::is_first_of_volume(size_t at) const {
  const std::span<const Grant> grants = config_.grants().all();
  if (grants[at].kind != GrantKind::Volume) return false;
  for (size_t i = 0; i < at; ++i)
    if (grants[i].kind == GrantKind::Volume && grants[i].subject() == grants[at].subject()) return false;
  return true;
}

/// All or none.
bool Container::acquire_volumes() {
  const std::span<const Grant> grants = config_.grants().all();
  for (size_t i = 0; i < grants.size(); ++i) {
    if (!is_first_of_volume(i)) continue;
    const Grant& grant = grants[i];
    Volume* volume = environment_.volumes.acquire(grant.subject());
    if (volume == nullptr) {
      release_volumes(i);
      return false;
    }
    // What cannot be counted now is counted, or refuses the container, when it starts.
    (void)ensure_counted(*volume, environment_.host, grant, {});
  }
  has_volumes_ = true;
  return true;
}

/// Of the first so many grants.
void Container::release_volumes(size_t grants) {
  for (size_t i = 0; i < grants; ++i) {
    if (!is_first_of_volume(i)) continue;
    if (Volume* volume = environment_.volumes.find(config_.grants().all()[i].subject())) environment_.volumes.release(*volume);
  }
}

Container::Container(const Environment& environment, Image& image, Monitor& monitor, size_t host_bytes)
    : environment_(environment),
      image_(image),
      monitor_(monitor),
      charged_(environment.allocator, host_bytes),
      config_(charged_) {}

void Container::destroy() {
  if (task_ != nullptr) environment_.scheduler.join(task_);
  if (has_volumes_) release_volumes(config_.grants().all().size());
  if (exit_text_ != nullptr) charged_.release(exit_text_, exit_text_->bytes(), alignof(ExitText));
  const Environment& environment = environment_;
  Monitor* monitor = &monitor_;
  this->~Container();
  environment.allocator.release(this, sizeof(Container), alignof(Container));
  environment.scheduler.destroy_monitor(monitor);
}

Status Container::wrong_state(StringRef verb) const {
  return Error::of(ErrorCode::InvalidArgument, "cannot ", verb, " a container that is ", text_of(state_));
}

/// Under the lock.
void Container::keep_exit(const ExitRecord& record) {
  exit_kind_ = record.kind;
  exit_trap_ = record.trap;
  exit_code_ = record.code;
}

/// Under the lock. What there is no memory for is left out.
void Container::keep_text(StringRef message, StringRef backtrace) {
  if (exit_text_ != nullptr) charged_.release(exit_text_, exit_text_->bytes(), alignof(ExitText));
  exit_text_ = nullptr;
  for (const StringRef kept : {backtrace, StringRef()}) {
    const ExitText sizes = {static_cast<uint32_t>(message.size()), static_cast<uint32_t>(kept.size())};
    if (message.empty() && kept.empty()) return;
    auto* memory = static_cast<uint8_t*>(charged_.allocate(sizes.bytes(), alignof(ExitText)));
    if (memory == nullptr) continue;
    exit_text_ = new (memory) ExitText(sizes);
    memory += sizeof(ExitText);
    if (!message.empty()) std::memcpy(memory, message.data(), message.size());
    if (!kept.empty()) std::memcpy(memory + message.size(), kept.data(), kept.size());
    return;
  }
}

/// Under the lock.
ExitRecord Container::last_exit() const {
  ExitRecord record;
  record.kind = exit_kind_;
  record.trap = exit_trap_;
  record.code = exit_code_;
  if (exit_text_ != nullptr) record.message.add(exit_text_->message());
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
    last = task_;
    task_ = nullptr;
    starting_ = true;
    started_ns_ = now();
    set_state(State::Running);
  }
  // The task of the run before has nothing left to do but return.
  if (last != nullptr) environment_.scheduler.join(last);
  const KeptLimits& limits = config_.limits();
  TaskConfig task = {.name = config_.name().data(), .priority = limits.priority, .weight = limits.cpu_weight};
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
  keep_text(no_task.message.str(), {});
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
  const uint32_t start = starts_;
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
bool Container::wait_locked(uint32_t start, uint64_t deadline_ns) {
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
    const uint32_t seen = samples_;
    const uint64_t deadline = now() + sample_ns;
    wish_.store(true, std::memory_order_release);
    run_->execution().request_pause();
    while (samples_ == seen && state_ == State::Running && now() < deadline) monitor_.wait_until(deadline);
  }
  out.name.clear();
  out.name.add(config_.name());
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
  for (size_t i = 0; i < config_.grants().all().size(); ++i) {
    Volume* volume = is_first_of_volume(i) ? environment_.volumes.find(config_.grants().all()[i].subject()) : nullptr;
    if (volume == nullptr) continue;
    const VolumeUsage each = volume->usage();
    out.usage.volumes.bytes += each.bytes;
    out.usage.volumes.files += each.files;
  }
}

void Container::write_backtrace(const TextSink& sink) {
  Locked locked(monitor_);
  sink.write(sink.state, exit_text_ == nullptr ? StringRef() : exit_text_->backtrace());
}

// -- The container's own task ---------------------------------------------------------------------------------------------

void Container::run_task(void* container) {
  auto& self = *static_cast<Container*>(container);
  for (bool goes_on = true; goes_on;) {
    ExitRecord record;
    Vec<char> backtrace(self.charged_);
    self.run_once(record, backtrace);
    goes_on = self.settle(record, {backtrace.data(), backtrace.size()});
  }
}

void Container::run_once(ExitRecord& record, Vec<char>& backtrace) {
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
  const RestartPolicy& policy = config_.rare().restart;
  if (policy.max_restarts != 0 && restarts_ >= policy.max_restarts) return false;
  return policy.when == Restart::Always || (policy.when == Restart::OnFailure && !record.is_success());
}

/// Doubles with each restart in a row.
uint64_t Container::next_backoff() {
  const RestartPolicy& policy = config_.rare().restart;
  if (ended_ns_ - started_ns_ >= policy.healthy_after_ns) restarts_ = 0;
  const bool is_most = restarts_ >= 64 || policy.backoff_ns > policy.max_backoff_ns >> restarts_;
  return is_most ? policy.max_backoff_ns : policy.backoff_ns << restarts_;
}

/// Records the end. True: go on with the next run, the back-off is over.
bool Container::settle(const ExitRecord& record, StringRef backtrace) {
  Locked locked(monitor_);
  keep_exit(record);
  keep_text(record.message.str(), backtrace);
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
