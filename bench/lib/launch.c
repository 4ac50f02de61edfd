/* Runs one command and reports what it cost: launch REPORT_FD TIMEOUT_MS COMMAND [ARGS…]
 *
 * A process of its own because Linux counts the memory of the process that called exec into the peak of the child: a
 * module that needs 2 MB would show the 17 MB of the Python that started it. This program is small and static.
 * The report is one line: wait status, 1 if it was killed for time, wall ns, user us, system us, peak RSS in KB. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;
static volatile sig_atomic_t timed_out;

static void stop_child(int signal_number) {
  (void)signal_number;
  timed_out = 1;
  kill(child, SIGKILL);
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  int report = atoi(argv[1]);
  long timeout_ms = atol(argv[2]);
  long long start = now_ns();
  child = fork();
  if (child < 0) return 3;
  if (child == 0) {
    close(report);
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    _exit(127);
  }
  signal(SIGALRM, stop_child);
  struct itimerval timer = {.it_value = {timeout_ms / 1000, timeout_ms % 1000 * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
  }
  long long wall = now_ns() - start;
  dprintf(report, "%d %d %lld %lld %lld %ld\n", status, (int)timed_out, wall, microseconds(usage.ru_utime),
          microseconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
