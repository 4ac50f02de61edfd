// Firmware around a C program compiled for the processor itself, to compare with: calls its main with the arguments in flash, and
// reports the time it took. What its C library needs of an operating system is in newlib.cc or picolibc.c.
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

// For what is written in C.
extern "C" {
void umber_put(char byte) { umber::baremetal::write_console({reinterpret_cast<const uint8_t*>(&byte), 1}); }
[[noreturn]] void umber_leave(int code) { umber::baremetal::leave(code); }
}
