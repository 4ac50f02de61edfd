// errno values have different numbers here and there; their names are the same.
#pragma once

#include <errno.h>
#include <stdio.h>

static const char *name_of(int error) {
  switch (error) {
    case 0: return "ok";
    case EBADF: return "EBADF";
    case EEXIST: return "EEXIST";
    case EINVAL: return "EINVAL";
    case EISDIR: return "EISDIR";
    case ELOOP: return "ELOOP";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case ENOENT: return "ENOENT";
    case ENOTDIR: return "ENOTDIR";
    case ENOTEMPTY: return "ENOTEMPTY";
    case ESPIPE: return "ESPIPE";
    case EPERM: return "EPERM";
#ifdef ENOTCAPABLE
    case ENOTCAPABLE: return "EBADF";  // what POSIX calls a descriptor that was not opened for this
#endif
    default: return "another error";
  }
}

#define SHOW(call)                                                            \
  do {                                                                        \
    errno = 0;                                                                \
    const int shown = (call);                                                 \
    printf("%s: %s\n", #call, shown == 0 ? "ok" : name_of(errno != 0 ? errno : shown)); \
  } while (0)
