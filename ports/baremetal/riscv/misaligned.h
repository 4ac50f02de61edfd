// Loads and stores at addresses that are no multiple of their size. Wasm allows them, and compiled code makes them with one instruction, as
// most processors do; where one traps instead, its handler carries the access out byte by byte.
#pragma once

#include <cstdint>

namespace umber::baremetal {

/// What was interrupted. The assembly of traps.cc fills it in.
struct TrapFrame {
  uintptr_t pc;
  uintptr_t registers[31];  ///< x1 to x31
  uintptr_t mstatus;
  uintptr_t fcsr;
#if __riscv_xlen != 64
  uintptr_t unused[2];
#endif
#if defined(__riscv_flen)
  uint64_t floats[32];      ///< the lower half of each where the unit has single precision
#endif
};

/// A load or store, whatever its encoding.
struct MemoryInstruction {
  uint8_t bytes = 0;  ///< of the access; 0: it is none of those that are known
  uint8_t length = 0;  ///< of the instruction
  uint8_t reg = 0;
  bool is_store = false;
  bool is_signed = false;
  bool is_float = false;
};
/// `code`: the instruction, its upper half without meaning for a compressed one. `is_64`: of RV64.
[[nodiscard]] MemoryInstruction decode_memory_instruction(uint32_t code, bool is_64);

/// Does what the instruction would have done at `address` and moves on behind it; false if it is none that is known.
[[nodiscard]] bool emulate_misaligned(TrapFrame& frame, uintptr_t address);

}  // namespace umber::baremetal
