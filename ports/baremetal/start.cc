// From reset to firmware_main, the same for every processor: variables get their values, the clock starts, and what main returns
// ends the machine. A hardware fault is reported and ends it too: with explicit bounds checks no guest can cause one.
#include <cstring>

#include "ports/baremetal/machine.h"
#include "ports/baremetal/semihosting.h"

extern "C" {
extern uint8_t umber_data_start[], umber_data_end[], umber_bss_start[], umber_bss_end[];
extern const uint8_t umber_data_load[];
}

void umber_start() {
  using namespace umber::baremetal;
  std::memcpy(umber_data_start, umber_data_load, static_cast<size_t>(umber_data_end - umber_data_start));
  std::memset(umber_bss_start, 0, static_cast<size_t>(umber_bss_end - umber_bss_start));
  start_clock();
  leave(firmware_main());
}

void umber_hardware_fault(uintptr_t cause, uintptr_t pc, uintptr_t caller, uintptr_t address) {
  using namespace umber::baremetal;
  constexpr uint32_t kFaultExit = 70;
  const auto put_hex = [](const char* label, uintptr_t value) {
    char text[sizeof value * 2 + 1] = {};
    for (size_t i = 0; i < sizeof value * 2; ++i) text[i] = "0123456789abcdef"[value >> (sizeof value * 8 - 4 - 4 * i) & 15];
    print(label);
    print(text);
  };
  put_hex("\nhardware fault, cause ", cause);
  put_hex(", at ", pc);
  put_hex(", called from ", caller);
  put_hex(", address ", address);
  print("\n");
  leave(kFaultExit);
}

// What C++ refers to where nothing of the kind ever happens: no object is deleted through a base class, none is destroyed at exit.
void operator delete(void*) noexcept {}
void operator delete(void*, size_t) noexcept {}
extern "C" {
[[noreturn]] void __cxa_pure_virtual() { umber_hardware_fault(0, 0, 0, 0); }
[[noreturn]] void abort() { umber_hardware_fault(0, reinterpret_cast<uintptr_t>(__builtin_return_address(0)), 0, 0); }
}
