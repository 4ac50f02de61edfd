#include "ports/baremetal/riscv/misaligned.h"

#include <cstring>

namespace umber::baremetal {

namespace {

/// Bits [low, low + count).
constexpr uint32_t field(uint32_t code, unsigned low, unsigned count) { return code >> low & ((1u << count) - 1); }

/// https://riscv.org/specifications, "RV32I Base Integer Instruction Set": loads and stores of 32 bits.
MemoryInstruction decode_wide(uint32_t code) {
  enum : uint32_t { kLoad = 0x03, kLoadFloat = 0x07, kStore = 0x23, kStoreFloat = 0x27 };
  const uint32_t opcode = field(code, 0, 7);
  const uint32_t kind = field(code, 12, 3);  // the size as a power of two, + 4: without sign
  if (opcode != kLoad && opcode != kLoadFloat && opcode != kStore && opcode != kStoreFloat) return {};
  MemoryInstruction out;
  out.length = 4;
  out.is_store = opcode == kStore || opcode == kStoreFloat;
  out.is_float = opcode == kLoadFloat || opcode == kStoreFloat;
  out.is_signed = kind < 4;
  out.bytes = static_cast<uint8_t>(1u << (kind & 3));
  out.reg = static_cast<uint8_t>(out.is_store ? field(code, 20, 5) : field(code, 7, 5));
  return out;
}

/// "C" extension: quadrant 0 has registers x8 to x15, quadrant 2 the stack pointer as base. Kinds 1 and 5 are doubles, 2 and 6 words,
/// 3 and 7 floats on RV32 and doublewords on RV64; 5 and above store.
MemoryInstruction decode_compressed(uint32_t code, bool is_64) {
  const uint32_t quadrant = field(code, 0, 2);
  const uint32_t kind = field(code, 13, 3);
  if (quadrant == 1 || kind == 0 || kind == 4) return {};
  MemoryInstruction out;
  out.length = 2;
  out.is_store = kind > 4;
  out.is_signed = true;
  const uint32_t size = kind & 3;
  out.is_float = size == 1 || (size == 3 && !is_64);
  out.bytes = size == 1 || (size == 3 && is_64) ? 8 : 4;
  if (quadrant == 0) out.reg = static_cast<uint8_t>(8 + field(code, 2, 3));
  else out.reg = static_cast<uint8_t>(out.is_store ? field(code, 2, 5) : field(code, 7, 5));
  return out;
}

uint64_t read_register(const TrapFrame& frame, const MemoryInstruction& access) {
#if defined(__riscv_flen)
  if (access.is_float) return frame.floats[access.reg];
#endif
  return access.reg == 0 ? 0 : frame.registers[access.reg - 1];
}

void write_register(TrapFrame& frame, const MemoryInstruction& access, uint64_t value) {
#if defined(__riscv_flen)
  if (access.is_float) {
    frame.floats[access.reg] = access.bytes == 4 ? value | ~uint64_t{0} << 32 : value;  // a float in a double's register
    return;
  }
#endif
  if (access.is_signed && access.bytes == 2) value = static_cast<uint64_t>(static_cast<int16_t>(value));
  if (access.is_signed && access.bytes == 4) value = static_cast<uint64_t>(static_cast<int32_t>(value));
  if (access.reg != 0) frame.registers[access.reg - 1] = static_cast<uintptr_t>(value);
}

}  // namespace

MemoryInstruction decode_memory_instruction(uint32_t code, bool is_64) {
  constexpr uint32_t kWide = 3;
  return (code & kWide) == kWide ? decode_wide(code) : decode_compressed(code, is_64);
}

bool emulate_misaligned(TrapFrame& frame, uintptr_t address) {
  uint16_t halves[2];
  std::memcpy(halves, reinterpret_cast<const void*>(frame.pc), sizeof halves);
  const MemoryInstruction access = decode_memory_instruction(halves[0] | uint32_t{halves[1]} << 16, sizeof(uintptr_t) == 8);
#if !defined(__riscv_flen)
  if (access.is_float) return false;
#endif
  if (access.bytes == 0) return false;
  auto* const at = reinterpret_cast<volatile uint8_t*>(address);
  uint64_t value = access.is_store ? read_register(frame, access) : 0;
  for (unsigned i = 0; i < access.bytes; ++i) {
    if (access.is_store) at[i] = static_cast<uint8_t>(value >> 8 * i);
    else value |= uint64_t{at[i]} << 8 * i;
  }
  if (!access.is_store) write_register(frame, access, value);
  frame.pc += access.length;
  return true;
}

}  // namespace umber::baremetal
