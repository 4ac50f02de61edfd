// A timer on the thread's own CPU time: a thread that waits is left alone, one that computes is asked every few
// milliseconds whether it should stop. That way compiled code needs no checks of its own.
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <sys/syscall.h>

#include "ports/linux/fault_handler.h"

namespace umber::linux_port {

namespace {

constexpr long kIntervalNs = 4'000'000;

// A kernel timer id + 1 per thread, so that 0 is none; the key's destructor deletes the timer when its thread ends.
pthread_key_t timer_key;
bool has_key = false;

void delete_timer(void* value) { syscall(SYS_timer_delete, static_cast<int>(reinterpret_cast<intptr_t>(value) - 1)); }
void create_key() { has_key = pthread_key_create(&timer_key, &delete_timer) == 0; }

}  // namespace

bool start_heartbeat() {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, create_key);
  if (!has_key) return false;
  if (pthread_getspecific(timer_key) != nullptr) return true;
  // The system calls themselves: their C wrappers take a thread id only under another name in every C library.
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kHeartbeatSignal;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  int timer = 0;
  if (syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return false;
  const itimerspec interval = {{0, kIntervalNs}, {0, kIntervalNs}};
  const bool started = syscall(SYS_timer_settime, timer, 0, &interval, nullptr) == 0 &&
                       pthread_setspecific(timer_key, reinterpret_cast<void*>(static_cast<intptr_t>(timer) + 1)) == 0;
  if (!started) syscall(SYS_timer_delete, timer);
  return started;
}

}  // namespace umber::linux_port
