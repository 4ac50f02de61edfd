#include "ports/baremetal/semihosting.h"

#include <cstring>

namespace umber::baremetal {

namespace {

enum Operation : uintptr_t { kOpen = 0x01, kWrite = 0x05, kRead = 0x06, kExit = 0x18, kExitExtended = 0x20 };
constexpr uintptr_t kApplicationExit = 0x20026;

/// Handles of the console, opened at their first use; -1: not yet.
intptr_t g_input = -1;
intptr_t g_output = -1;

intptr_t open_console(uintptr_t mode) {
  uintptr_t block[3] = {reinterpret_cast<uintptr_t>(":tt"), mode, 3};
  return static_cast<intptr_t>(umber_semihosting(kOpen, block));
}

}  // namespace

void write_console(std::span<const uint8_t> bytes) {
  constexpr uintptr_t kModeWrite = 4;
  if (g_output < 0) g_output = open_console(kModeWrite);
  while (!bytes.empty()) {
    uintptr_t block[3] = {static_cast<uintptr_t>(g_output), reinterpret_cast<uintptr_t>(bytes.data()), bytes.size()};
    const size_t left = umber_semihosting(kWrite, block);
    if (left >= bytes.size()) return;  // nobody listens
    bytes = bytes.subspan(bytes.size() - left);
  }
}

void print(const char* text) { write_console({reinterpret_cast<const uint8_t*>(text), std::strlen(text)}); }

size_t read_console(std::span<uint8_t> bytes) {
  constexpr uintptr_t kModeRead = 0;
  if (g_input < 0) g_input = open_console(kModeRead);
  uintptr_t block[3] = {static_cast<uintptr_t>(g_input), reinterpret_cast<uintptr_t>(bytes.data()), bytes.size()};
  const size_t left = umber_semihosting(kRead, block);
  return left > bytes.size() ? 0 : bytes.size() - left;
}

bool read_fully(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const size_t count = read_console(bytes);
    if (count == 0) return false;
    bytes = bytes.subspan(count);
  }
  return true;
}

void leave(int code) {
  uintptr_t block[2] = {kApplicationExit, static_cast<uintptr_t>(code)};
  umber_semihosting(kExitExtended, block);
  for (;;) umber_semihosting(kExit, reinterpret_cast<void*>(kApplicationExit));
}

}  // namespace umber::baremetal
