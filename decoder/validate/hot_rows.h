// One row per one-byte opcode for the validator's loop, made at compile time from the opcode table. A regular instruction's
// operands are checked with one masked comparison of the topmost two entries of the operand stack, however many it has.
#pragma once

#include <array>
#include <cstdint>

#include "decoder/wasm/opcode.h"
#include "decoder/wasm/types.h"

namespace umber::wasm {

/// How the loop treats an opcode. Frequent instructions have an action of their own.
enum class HotAction : uint8_t {
  Decode,   ///< a prefix, no opcode at all, or one that a feature brought: read_op decides
  Other,    ///< an instruction without an action of its own
  Compute,  ///< regular, no immediates, at most two operands, one result
  Load,     ///< regular; the row holds for 32-bit addresses
  Store,
  LocalGet,
  LocalSet,
  LocalTee,
  I32Const,
  Block,
  Loop,
  If,
  End,
  Br,
  BrIf,
  Call,
};

struct HotRow {
  // The topmost two operands as they lie on the stack, the top one in the upper half.
  uint64_t mask = 0;
  uint64_t operands = 0;
  ValType result;
  Op op = Op::Unreachable;
  HotAction action = HotAction::Decode;
  uint8_t pops = 0;
  uint8_t align_log2 = 0;  ///< natural alignment of an access
};

/// By opcode.
extern const std::array<HotRow, 256> kHotRows;

}  // namespace umber::wasm
