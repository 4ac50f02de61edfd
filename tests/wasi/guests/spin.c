// Waits as its argument says, to be killed from outside: "read" from standard input, "sleep", or "loop".
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char byte;
  const char *how = argc > 1 ? argv[1] : "loop";
  if (strcmp(how, "read") == 0) return (int)read(0, &byte, 1);
  if (strcmp(how, "sleep") == 0) return (int)sleep(3600);
  for (volatile int i = 0;; ++i) {
  }
}
