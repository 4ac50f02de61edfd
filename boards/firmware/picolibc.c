// What picolibc's stdio and malloc need of a machine: the standard streams, of which only output goes anywhere, and a heap. In C,
// because the streams' names are not extern "C" in picolibc's headers.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

extern uint8_t umber_heap_start[];
extern uint8_t umber_heap_end[];
void umber_put(char byte);
_Noreturn void umber_leave(int code);

static int put(char byte, FILE* file) {
  (void)file;
  umber_put(byte);
  return 0;
}
static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdin = &console;
FILE* const stdout = &console;
FILE* const stderr = &console;

void* sbrk(ptrdiff_t bytes) {
  static uint8_t* top = umber_heap_start;
  if (bytes > umber_heap_end - top) {
    errno = ENOMEM;
    return (void*)-1;
  }
  uint8_t* const memory = top;
  top += bytes;
  return memory;
}

_Noreturn void _exit(int code) { umber_leave(code); }
