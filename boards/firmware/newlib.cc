// What newlib's stdio and malloc need of an operating system: a console and a heap.
#include <sys/stat.h>

#include <cerrno>

#include "ports/baremetal/machine.h"
#include "ports/baremetal/semihosting.h"

extern "C" {
int _write(int, const char* bytes, int size) {
  umber::baremetal::write_console({reinterpret_cast<const uint8_t*>(bytes), static_cast<size_t>(size)});
  return size;
}
void* _sbrk(ptrdiff_t bytes) {
  static uint8_t* top = umber::baremetal::umber_heap_start;
  if (bytes > umber::baremetal::umber_heap_end - top) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  uint8_t* const memory = top;
  top += bytes;
  return memory;
}
int _read(int, char*, int) { return 0; }
int _close(int) { return -1; }
int _fstat(int, struct stat* out) {
  out->st_mode = S_IFCHR;
  return 0;
}
int _isatty(int) { return 1; }
int _lseek(int, int, int) { return 0; }
[[noreturn]] void _exit(int code) { umber::baremetal::leave(code); }
int _kill(int, int) { return -1; }
int _getpid() { return 1; }
}
