// Firmware around a C program compiled for the processor itself, to compare with: calls its main with the arguments in flash, and
// reports the time it took. What newlib's stdio and malloc need of an operating system is here.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/format.h"
#include "boards/firmware/program.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/semihosting.h"

int main(int argc, char** argv);

namespace umber::baremetal {

int firmware_main() {
  constexpr int kMostArguments = 8;
  Program program;
  if (!find_program(program)) return fail(Error::of(ErrorCode::NotFound, "there are no arguments in flash"));
  char* arguments[kMostArguments + 1] = {};
  const char* next = program.arguments;
  int count = 0;
  for (; count < kMostArguments && count < static_cast<int>(program.argument_count); ++count) {
    arguments[count] = const_cast<char*>(next);
    next += std::strlen(next) + 1;
  }
  const uint64_t start = now_ns();
  const int code = ::main(count, arguments);
  const uint64_t elapsed = now_ns() - start;
  FixedText<64> line;
  line.add("time: ", elapsed, " ns\n");
  print_text(line.str());
  return code;
}

}  // namespace umber::baremetal

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
