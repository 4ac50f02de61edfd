#include "ports/linux/scheduler.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

namespace umber::linux_port {

namespace {

constexpr size_t kNativeStackBytes = 256 * 1024;
constexpr int kNiceOfLow = 10;
constexpr int kNiceOfHigh = -5;

class ThreadMonitor final : public Monitor {
 public:
  ThreadMonitor() {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&changed_, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  ~ThreadMonitor() {
    pthread_cond_destroy(&changed_);
    pthread_mutex_destroy(&mutex_);
  }
  void lock() override { pthread_mutex_lock(&mutex_); }
  void unlock() override { pthread_mutex_unlock(&mutex_); }
  void wait_until(uint64_t deadline_ns) override {
    if (deadline_ns == kForever) {
      pthread_cond_wait(&changed_, &mutex_);
      return;
    }
    constexpr uint64_t kSecond = 1'000'000'000;
    const timespec deadline = {static_cast<time_t>(deadline_ns / kSecond), static_cast<long>(deadline_ns % kSecond)};
    pthread_cond_timedwait(&changed_, &mutex_, &deadline);
  }
  void notify_all() override { pthread_cond_broadcast(&changed_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_;
};

struct Thread {
  pthread_t id;
  char name[16];
  int nice;
  void (*body)(void* state);
  void* state;
};

/// The kernel's weights go by the factor 1.25 from one nice value to the next.
int nice_of(const TaskConfig& config) {
  int nice = config.priority == Priority::Low ? kNiceOfLow : config.priority == Priority::High ? kNiceOfHigh : 0;
  double weight = config.weight;
  for (; weight > 100 * 1.118; weight /= 1.25) --nice;
  for (; weight < 100 / 1.118; weight *= 1.25) ++nice;
  return nice;
}

void* run_thread(void* argument) {
  const auto& thread = *static_cast<const Thread*>(argument);
  pthread_setname_np(pthread_self(), thread.name);
  // On Linux a nice value belongs to a thread. Raising it may be forbidden; then the thread is like the others.
  if (thread.nice != 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), thread.nice);
  thread.body(thread.state);
  return nullptr;
}

}  // namespace

Scheduler::Task* ThreadScheduler::start(const TaskConfig& config, void (*body)(void* state), void* state) {
  auto* thread = allocator_.create<Thread>();
  if (thread == nullptr) return nullptr;
  std::strncpy(thread->name, config.name, sizeof thread->name - 1);
  thread->name[sizeof thread->name - 1] = 0;
  thread->nice = nice_of(config);
  thread->body = body;
  thread->state = state;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, (config.native_stack_bytes == 0 ? kNativeStackBytes : config.native_stack_bytes) + size_t{config.guest_stack_bytes});
  const int error = pthread_create(&thread->id, &attributes, &run_thread, thread);
  pthread_attr_destroy(&attributes);
  if (error == 0) return thread;
  allocator_.destroy(thread);
  return nullptr;
}

void ThreadScheduler::join(Task* task) {
  auto* thread = static_cast<Thread*>(task);
  pthread_join(thread->id, nullptr);
  allocator_.destroy(thread);
}

Monitor* ThreadScheduler::create_monitor() { return allocator_.create<ThreadMonitor>(); }

void ThreadScheduler::destroy_monitor(Monitor* monitor) { allocator_.destroy(static_cast<ThreadMonitor*>(monitor)); }

}  // namespace umber::linux_port
