#include "wasi/threads.h"

#include "runtime/host_function.h"

namespace umber::wasi {

namespace {

constexpr int32_t kNoThread = -1;
constexpr int32_t kMaxThreadId = 0x1fff'ffff;  // the specification's

}  // namespace

/// A thread besides the main one, from before its instance exists until it is reaped.
struct Thread {
  Thread(ThreadGroup& group, Platform& platform);
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  static void on_request(void* thread) { static_cast<Thread*>(thread)->context.platform.interrupt(); }

  ThreadGroup& group;
  Context context;
  Store store;
  Linker linker{store};
  Execution execution;
  Scheduler::Task* task = nullptr;
  const Func* start = nullptr;
  Slot values[2] = {};
  bool done = false;  ///< under the group's lock: only joining it is left
  Thread* next = nullptr;
};

/// What the threads of one guest share. The lock is held for moments only, never while guest code runs.
class ThreadGroup {
 public:
  explicit ThreadGroup(const ThreadsConfig& group_config) : config(group_config) {}
  ~ThreadGroup();
  [[nodiscard]] Status init(Linker& linker);
  [[nodiscard]] RunStatus finish(RunStatus status);
  [[nodiscard]] static int32_t spawn(ThreadGroup* group, Caller& caller, int32_t argument);
  [[nodiscard]] Status define(Linker& linker, const Instance* creator);

  const ThreadsConfig& config;
  const Trap* trap = nullptr;  ///< of the thread that ended the guest, which stays until the group goes

 private:
  [[nodiscard]] Thread* create();
  void destroy(Thread* thread);
  [[nodiscard]] bool enlist(Thread* thread, int32_t& id);
  void discard(Thread* thread);
  [[nodiscard]] bool prepare(Thread& thread, const Instance& creator);
  static void run(void* thread);
  void end(const Execution& by, RunStatus status);
  void reap(bool all);

  Monitor* lock_ = nullptr;
  Thread* threads_ = nullptr;
  uint32_t count_ = 0;
  int32_t last_id_ = 0;
  bool ended_ = false;
};

Thread::Thread(ThreadGroup& owner, Platform& platform)
    : group(owner),
      context(owner.config.allocator, platform, owner.config.wasi.context().process),
      store(owner.config.allocator, owner.config.main.store().config(), owner.config.main.store().virtual_memory(),
            owner.config.main.store().clock(), owner.config.main.store().scheduler()),
      execution(store, [&] {
        ExecutionConfig execution_config = owner.config.execution;
        execution_config.on_request = &Thread::on_request;
        execution_config.on_request_state = this;
        return execution_config;
      }()) {}

ThreadGroup::~ThreadGroup() {
  reap(true);
  Process& process = config.wasi.context().process;
  if (process.lock != nullptr) config.scheduler.destroy_monitor(process.lock);
  process.lock = nullptr;
  if (lock_ != nullptr) config.scheduler.destroy_monitor(lock_);
}

Status ThreadGroup::init(Linker& linker) {
  lock_ = config.scheduler.create_monitor();
  Process& process = config.wasi.context().process;
  process.lock = config.scheduler.create_monitor();
  if (lock_ == nullptr || process.lock == nullptr) return Error::out_of_memory("the threads' locks");
  return define(linker, nullptr);
}

/// Thread-spawn and the imported memories: new ones for the first instance, the creator's for all others.
Status ThreadGroup::define(Linker& linker, const Instance* creator) {
  for (const wasm::Import& import : config.module.imports) {
    if (import.kind != wasm::ExternalKind::Memory) continue;
    const wasm::MemoryType& type = config.module.memories[import.index].type;
    if (!type.limits.is_shared) continue;
    Store& store = linker.store();
    Result<Memory*> memory =
        creator == nullptr ? store.create_memory(type) : store.attach_memory(*creator->memory(import.index).shared());
    if (!memory.ok()) return memory.error();
    UMBER_TRY(linker.define(import.module, import.name, Extern(**memory)));
  }
  return linker.define("wasi", "thread-spawn", host_function<&ThreadGroup::spawn>(this));
}

int32_t ThreadGroup::spawn(ThreadGroup* group, Caller& caller, int32_t argument) {
  group->reap(false);
  const Instance* creator = caller.instance();
  // Fuel is counted per execution: with a limit there is nothing to give to another one.
  if (creator == nullptr || group->config.execution.fuel != kUnlimitedFuel) return kNoThread;
  Thread* thread = group->create();
  if (thread == nullptr) return kNoThread;
  thread->execution.set_deadline(caller.execution().deadline_ns());
  int32_t id = 0;
  if (!group->enlist(thread, id)) {
    group->destroy(thread);
    return kNoThread;
  }
  if (group->prepare(*thread, *creator)) {
    thread->values[0].u64 = static_cast<uint32_t>(id);
    thread->values[1].u64 = static_cast<uint32_t>(argument);
    const TaskConfig task = {"wasi thread", Priority::Normal, group->config.native_stack_bytes};
    // Held until the task is known: a thread that is done at once must not be reaped before.
    const Locked locked(group->lock_);
    thread->task = group->config.scheduler.start(task, &ThreadGroup::run, thread);
    if (thread->task != nullptr) return id;
  }
  group->discard(thread);
  return kNoThread;
}

Thread* ThreadGroup::create() {
  Platform* platform = config.create_platform(config.state);
  if (platform == nullptr) return nullptr;
  auto* thread = config.allocator.create<Thread>(*this, *platform);
  if (thread == nullptr) config.release_platform(config.state, platform);
  return thread;
}

void ThreadGroup::destroy(Thread* thread) {
  Platform* platform = &thread->context.platform;
  config.allocator.destroy(thread);
  config.release_platform(config.state, platform);
}

/// From here on the thread is among those that the guest's end ends. False: it has ended, or has as many threads as it may.
bool ThreadGroup::enlist(Thread* thread, int32_t& id) {
  const Locked locked(lock_);
  if (ended_ || count_ >= config.max_threads || last_id_ == kMaxThreadId) return false;
  thread->next = threads_;
  threads_ = thread;
  ++count_;
  id = ++last_id_;
  return true;
}

/// A thread that never ran.
void ThreadGroup::discard(Thread* thread) {
  {
    const Locked locked(lock_);
    Thread** link = &threads_;
    while (*link != thread) link = &(*link)->next;
    *link = thread->next;
    --count_;
  }
  destroy(thread);
}

bool ThreadGroup::prepare(Thread& thread, const Instance& creator) {
  if (!thread.execution.init().ok() || !Wasi::add_to(thread.linker, thread.context).ok()) return false;
  if (config.define_imports != nullptr && !config.define_imports(config.state, thread.linker).ok()) return false;
  if (!define(thread.linker, &creator).ok()) return false;
  const Result<Instance*> instance = thread.linker.instantiate(config.module, config.tier, thread.execution);
  if (!instance.ok()) return false;
  thread.start = instance.value()->find_func("wasi_thread_start");
  if (thread.start == nullptr) return false;
  const StoreType& type = thread.store.type_of(*thread.start);
  return type.param_slots == 2 && type.result_slots == 0 && type.func().params[0] == wasm::ValType::I32 &&
         type.func().params[1] == wasm::ValType::I32;
}

void ThreadGroup::run(void* state) {
  auto& thread = *static_cast<Thread*>(state);
  const RunStatus status = thread.execution.call(*thread.start, thread.values);
  ThreadGroup& group = thread.group;
  if (status != RunStatus::Done) group.end(thread.execution, status);
  const Locked locked(group.lock_);
  thread.done = true;
}

/// The guest ends, with what happened to the first thread that got here.
void ThreadGroup::end(const Execution& by, RunStatus status) {
  const Locked locked(lock_);
  if (ended_) return;
  ended_ = true;
  if (status != RunStatus::Done) trap = &by.last_trap();
  if (&by != &config.main) config.main.request_kill();
  for (Thread* thread = threads_; thread != nullptr; thread = thread->next)
    if (&thread->execution != &by) thread->execution.request_kill();
}

/// Frees threads that are done, as long as the guest goes on: its end may still be reported. `all`: every thread, none of which
/// runs any more.
void ThreadGroup::reap(bool all) {
  Thread* finished = nullptr;
  {
    const Locked locked(lock_);
    if (ended_ && !all) return;
    for (Thread** link = &threads_; *link != nullptr;) {
      Thread* thread = *link;
      if (!all && !thread->done) {
        link = &thread->next;
        continue;
      }
      *link = thread->next;
      thread->next = finished;
      finished = thread;
      --count_;
    }
  }
  while (finished != nullptr) {
    Thread* thread = finished;
    finished = thread->next;
    if (thread->task != nullptr) config.scheduler.join(thread->task);
    destroy(thread);
  }
}

RunStatus ThreadGroup::finish(RunStatus status) {
  if (status == RunStatus::Suspended) return status;
  end(config.main, status);
  // The backtrace names instances of the thread that ended the guest, so threads stay until the group goes; only their tasks end.
  for (;;) {
    Thread* running = nullptr;
    {
      const Locked locked(lock_);
      for (running = threads_; running != nullptr && running->task == nullptr;) running = running->next;
      if (running == nullptr) break;
    }
    config.scheduler.join(running->task);
    running->task = nullptr;
  }
  return trap == nullptr ? RunStatus::Done : RunStatus::Trapped;
}

Threads::Threads(const ThreadsConfig& config) : config_(config) {}

Threads::~Threads() {
  if (group_ == nullptr) return;
  (void)group_->finish(RunStatus::Done);
  config_.allocator.destroy(group_);
}

Status Threads::add_to(Linker& linker) {
  group_ = config_.allocator.create<ThreadGroup>(config_);
  if (group_ == nullptr) return Error::out_of_memory("threads");
  return group_->init(linker);
}

RunStatus Threads::finish(RunStatus status) { return group_ == nullptr ? status : group_->finish(status); }
const Trap& Threads::trap() const { return group_ == nullptr || group_->trap == nullptr ? config_.main.last_trap() : *group_->trap; }

}  // namespace umber::wasi
