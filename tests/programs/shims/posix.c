/* The definitions behind posix.h, linked into every test program built for wasm32-wasi. */
#include "posix.h"

#include <stdarg.h>

#undef fcntl

static int not_supported(void) {
  errno = ENOSYS;
  return -1;
}

int system(const char* command) { return command ? not_supported() : 0; }

FILE* tmpfile(void) {
  not_supported();
  return NULL;
}

char* tmpnam(char* name) {
  (void)name;
  return NULL;
}

FILE* popen(const char* command, const char* mode) {
  (void)command, (void)mode;
  not_supported();
  return NULL;
}

int pclose(FILE* stream) {
  (void)stream;
  return not_supported();
}

/* WASI has no permission bits and no owners: setting them is accepted and means nothing, as on a FAT file system. */
mode_t umask(mode_t mask) {
  (void)mask;
  return 0;
}

int chmod(const char* path, mode_t mode) {
  (void)path, (void)mode;
  return 0;
}

int fchmod(int fd, mode_t mode) {
  (void)fd, (void)mode;
  return 0;
}

int chown(const char* path, uid_t owner, gid_t group) {
  (void)path, (void)owner, (void)group;
  return 0;
}

int fchown(int fd, uid_t owner, gid_t group) {
  (void)fd, (void)owner, (void)group;
  return 0;
}

uid_t getuid(void) { return 0; }
uid_t geteuid(void) { return 0; }

int shim_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  int result = 0;
  switch (command) {
    case F_SETLK:
    case F_SETLKW: break;
    case F_GETLK: va_arg(arguments, struct flock*)->l_type = F_UNLCK; break;
    default: result = fcntl(fd, command, va_arg(arguments, int)); break;
  }
  va_end(arguments);
  return result;
}
