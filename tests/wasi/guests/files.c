// Files through the C library: everything printed must be the same natively and in a guest.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "names.h"

static void data(void) {
  FILE *file = fopen("data.txt", "w+");
  for (int i = 0; i < 1000; ++i) fprintf(file, "line %d\n", i);
  printf("size %ld\n", ftell(file));
  fseek(file, 10, SEEK_SET);
  char line[64];
  fgets(line, sizeof line, file);
  printf("at 10: %s", line);
  fseek(file, -5, SEEK_END);
  printf("last: %s", fgets(line, sizeof line, file));
  fclose(file);

  file = fopen("data.txt", "a");
  fputs("appended\n", file);
  fclose(file);
  struct stat status;
  SHOW(stat("data.txt", &status));
  printf("size %lld, regular %d, links %d\n", (long long)status.st_size, S_ISREG(status.st_mode), (int)status.st_nlink);
  SHOW(truncate("data.txt", 7));
  SHOW(stat("data.txt", &status));
  printf("size %lld\n", (long long)status.st_size);
}

static void descriptors(void) {
  int fd = open("bytes", O_CREAT | O_RDWR | O_EXCL, 0666);
  printf("opened %d\n", fd >= 0);
  SHOW(open("bytes", O_CREAT | O_RDWR | O_EXCL, 0666) >= 0 ? 0 : -1);
  struct iovec parts[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
  printf("writev %zd\n", writev(fd, parts, 3));
  printf("pwrite %zd\n", pwrite(fd, "TWO", 3, 4));
  char buffer[32] = {0};
  printf("pread %zd %s\n", pread(fd, buffer, 31, 0), buffer);
  printf("lseek %lld\n", (long long)lseek(fd, 0, SEEK_CUR));
  SHOW(lseek(fd, -100, SEEK_SET) < 0 ? -1 : 0);
  SHOW(ftruncate(fd, 100));
  printf("end %lld\n", (long long)lseek(fd, 0, SEEK_END));
  SHOW(posix_fallocate(fd, 0, 200));
  printf("end %lld\n", (long long)lseek(fd, 0, SEEK_END));
  SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
  SHOW(fsync(fd));
  SHOW(fdatasync(fd));
  SHOW(fcntl(fd, F_SETFL, O_APPEND));
  printf("append %d\n", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
  struct timespec times[2] = {{1000, 5}, {2000, 7}};
  SHOW(futimens(fd, times));
  struct stat status;
  SHOW(fstat(fd, &status));
  printf("times %lld.%ld %lld.%ld\n", (long long)status.st_atim.tv_sec, status.st_atim.tv_nsec, (long long)status.st_mtim.tv_sec,
         status.st_mtim.tv_nsec);
  SHOW(close(fd));
  SHOW(close(fd));
  SHOW((int)read(fd, buffer, 1));
  fd = open("bytes", O_RDONLY);
  SHOW((int)write(fd, "x", 1) < 0 ? -1 : 0);
  SHOW(close(fd));
}

int main(void) {
  data();
  descriptors();
  return 3;
}
