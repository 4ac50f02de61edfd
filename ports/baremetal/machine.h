// What the bare-metal port needs of a processor and its board. Implemented once for each processor family (arm/, riscv/), with
// the few numbers that differ between boards given when the firmware is built (boards/<board>/board.cmake).
#pragma once

#include <cstddef>
#include <cstdint>

namespace umber::baremetal {

/// Starts the clock; called once by the start-up code, before main.
void start_clock();
/// Nanoseconds since start_clock.
[[nodiscard]] uint64_t now_ns();
/// Sleeps until an interrupt; may return earlier.
void idle();

/// What the linker script lays out.
extern "C" {
extern uint8_t umber_heap_start[];
extern uint8_t umber_heap_end[];
extern uint8_t umber_stack_limit[];     ///< the machine stack ends here
extern const uint8_t umber_program[];   ///< flash for the program that the firmware runs
extern const uint8_t umber_program_end[];
}

/// The firmware's own entry; its result ends the machine.
int firmware_main();

}  // namespace umber::baremetal

/// From the start-up code of the processor: memory is laid out, the processor's units are on.
extern "C" [[noreturn]] void umber_start();
/// From the processor's exception handlers; `pc` is where it happened, `caller` the return address.
extern "C" [[noreturn]] void umber_hardware_fault(uintptr_t cause, uintptr_t pc, uintptr_t caller, uintptr_t address);
