/* Sends back what it gets, one connection after the other. The listening socket is a descriptor behind the directories, so the first
 * one is 3. Grant: listen:tcp:127.0.0.1:7000 */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
  char buffer[1024];
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (;;) {
    const int connection = accept(3, NULL, NULL);
    if (connection < 0) return 1;
    size_t total = 0;
    for (ssize_t size = 0; (size = read(connection, buffer, sizeof buffer)) > 0; total += (size_t)size)
      if (write(connection, buffer, (size_t)size) != size) break;
    printf("echoed %zu bytes\n", total);
    close(connection);
  }
}
