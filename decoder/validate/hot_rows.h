// One row per one-byte opcode for the validator's fast path, made at compile time from the opcode table. A regular
// instruction's operands are checked with one masked comparison of the topmost two entries of the operand stack.
#pragma once

#include <array>
#include <cstdint>

#include "decoder/wasm/opcode.h"
#include "decoder/wasm/types.h"

namespace umber::wasm {

enum class HotAction : uint8_t {
  Other,    ///< not here: blocks, branches, calls, prefixed opcodes, bytes that are no opcode, …
  Compute,  ///< regular, no immediates, at most two operands, one result
  Access,   ///< regular load or store; the row holds for 32-bit addresses
  LocalGet,
  LocalSet,
  LocalTee,
  Constant,
};

struct HotRow {
  uint64_t mask = 0;      ///< the entries to compare: all, the upper half, or nothing
  uint64_t expected = 0;  ///< the topmost operand in the upper half
  ValType result;
  Op op = Op::Unreachable;
  HotAction action = HotAction::Other;
  Feature feature = Feature::Mvp;
  uint8_t pops = 0;
  uint8_t pushes = 0;
  uint8_t align_log2 = 0;  ///< natural alignment of an access
};
static_assert(sizeof(HotRow) == 32);

/// By opcode.
extern const std::array<HotRow, 256> kHotRows;

}  // namespace umber::wasm
