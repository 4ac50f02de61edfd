// Arguments, environment and standard streams: the same natively and in a guest.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) printf("argument %d: %s\n", i, argv[i]);
  printf("GREETING=%s\n", getenv("GREETING") ? getenv("GREETING") : "(unset)");
  printf("MISSING=%s\n", getenv("MISSING") ? getenv("MISSING") : "(unset)");

  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  printf("poll %d\n", poll(&input, 1, 1000));
  char line[256];
  size_t lines = 0, bytes = 0;
  while (fgets(line, sizeof line, stdin) != NULL) {
    ++lines;
    bytes += strlen(line);
  }
  printf("%zu lines, %zu bytes\n", lines, bytes);

  struct timespec before, after, pause = {0, 20 * 1000 * 1000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const long long slept = (after.tv_sec - before.tv_sec) * 1000000000LL + (after.tv_nsec - before.tv_nsec);
  printf("slept %s\n", slept >= 20 * 1000 * 1000 ? "enough" : "too little");
  fprintf(stderr, "to stderr\n");
  fflush(stdout);
  exit(7);
}
