/* Writes 1 GiB to a file in buffers of 64 KiB, or reads it and prints a checksum: files write|read FILE */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { kBuffer = 64 * 1024, kBuffers = 16 * 1024 };
static unsigned char buffer[kBuffer];

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  if (strcmp(argv[1], "write") == 0) {
    const int fd = open(argv[2], O_CREAT | O_TRUNC | O_WRONLY, 0644);
    for (int i = 0; fd >= 0 && i < kBuffers; ++i) {
      buffer[i % kBuffer] = (unsigned char)i;
      if (write(fd, buffer, kBuffer) != kBuffer) return 1;
    }
    return fd < 0 || close(fd) != 0;
  }
  const int fd = open(argv[2], O_RDONLY);
  unsigned sum = 0;
  ssize_t count = 0;
  while (fd >= 0 && (count = read(fd, buffer, kBuffer)) > 0) sum = sum * 31 + buffer[count - 1] + buffer[0];
  printf("%u\n", sum);
  return fd < 0 || count < 0;
}
