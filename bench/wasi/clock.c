/* Ten million clock_time_get calls on the monotonic clock; fails when it runs backwards. */
#include <stdio.h>
#include <time.h>

int main(void) {
  struct timespec now, before = {0, 0};
  for (int i = 0; i < 10 * 1000 * 1000; ++i) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < before.tv_sec || (now.tv_sec == before.tv_sec && now.tv_nsec < before.tv_nsec)) return 1;
    before = now;
  }
  puts("ok");
  return 0;
}
