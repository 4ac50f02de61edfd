// Cortex-M: the vector table, and the way from reset to umber_start with the floating-point and vector units on.
#include "ports/baremetal/machine.h"

extern "C" {

extern uint8_t umber_stack_top[];

[[noreturn]] void umber_arm_reset() {
  // System control block (Armv7-M and Armv8-M architecture manuals, B3.2): coprocessors 10 and 11 are the floating-point unit.
  auto* const cpacr = reinterpret_cast<volatile uint32_t*>(0xe000'ed88);
  *cpacr = *cpacr | 0xfu << 20;
#if defined(__ARM_FP)
  // Registers of the floating-point unit are saved at once: a heartbeat puts a frame below one that is not complete yet otherwise.
  auto* const fpccr = reinterpret_cast<volatile uint32_t*>(0xe000'ef34);
  *fpccr = *fpccr & ~(1u << 30);
#endif
  asm volatile("dsb\n isb" ::: "memory");
  umber_start();
}

/// The frame that the processor pushed at an exception: r0-r3, r12, lr, pc, psr.
[[noreturn, gnu::used]] void umber_arm_fault(const uint32_t* frame) {
  const uint32_t cause = *reinterpret_cast<volatile uint32_t*>(0xe000'ed28);    // configurable fault status
  const uint32_t address = *reinterpret_cast<volatile uint32_t*>(0xe000'ed38);  // bus fault address
  umber_hardware_fault(cause, frame[6], frame[5], address);
}

[[gnu::naked]] void umber_arm_exception() {
  asm volatile("mrs r0, msp\n b umber_arm_fault");
}

void umber_arm_tick();
void umber_arm_back_to_guest();

struct VectorTable {
  uint8_t* stack;
  void (*handlers[15])();
};
[[gnu::section(".vectors"), gnu::used]] constinit const VectorTable umber_vectors = {umber_stack_top, {
    umber_arm_reset,
    umber_arm_exception,      // NMI
    umber_arm_exception,      // HardFault, to which all others escalate while they are not enabled
    umber_arm_exception,
    umber_arm_exception,
    umber_arm_exception,
    umber_arm_exception,
    nullptr,
    nullptr,
    nullptr,
    umber_arm_back_to_guest,  // SVCall
    umber_arm_exception,
    nullptr,
    umber_arm_exception,      // PendSV
    umber_arm_tick,           // SysTick
}};

[[gnu::naked]] uintptr_t umber_semihosting(uintptr_t, void*) { asm volatile("bkpt 0xab\n bx lr"); }

}  // extern "C"
