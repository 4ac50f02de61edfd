// Talking to the debugger or emulator that the processor runs under, by semihosting
// (https://github.com/ARM-software/abi-aa/blob/main/semihosting/semihosting.rst, and the RISC-V document that adopts it): a trap
// instruction with an operation number. Under QEMU it gives a console, the clock of the host, and an exit code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace umber::baremetal {

/// The trap itself; one per processor family.
extern "C" uintptr_t umber_semihosting(uintptr_t operation, void* argument);

/// Writes to the console.
void write_console(std::span<const uint8_t> bytes);
void print(const char* text);
/// Waits for at least one byte and reads up to bytes.size(); 0 at the end of the input.
[[nodiscard]] size_t read_console(std::span<uint8_t> bytes);
/// Fills `bytes`; false at the end of the input.
[[nodiscard]] bool read_fully(std::span<uint8_t> bytes);
/// Ends the machine with an exit code.
[[noreturn]] void leave(int code);

}  // namespace umber::baremetal
