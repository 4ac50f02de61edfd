// The opcode enumeration and the facts of each row of opcodes.def.
#pragma once

#include <cstdint>

#include "base/string_ref.h"
#include "decoder/wasm/features.h"

namespace umber::wasm {

/// One dense number per Wasm instruction, in table order. The IR uses the same numbers for operations that lower to
/// themselves.
enum class Op : uint16_t {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) id,
#include "decoder/wasm/opcodes.def"
#undef OP
};
inline constexpr unsigned kOpCount = 0
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) +1
#include "decoder/wasm/opcodes.def"
#undef OP
    ;

/// What follows an opcode in the binary format.
enum class Immediate : uint8_t {
  None,
  Block,         ///< block type
  Label,         ///< label index
  LabelTable,    ///< vector of label indices, default label
  Func,          ///< function index
  Type,          ///< type index
  TableType,     ///< type index, table index (call_indirect)
  Local,         ///< local index
  Global,        ///< global index
  Table,         ///< table index
  TableTable,    ///< destination table, source table
  ElemTable,     ///< element segment, table
  Elem,          ///< element segment
  Memory,        ///< memory index
  MemoryMemory,  ///< destination memory, source memory
  DataMemory,    ///< data segment, memory
  Data,          ///< data segment
  Mem0, Mem1, Mem2, Mem3, Mem4,      ///< memarg; natural alignment 2^n bytes
  MemLane0, MemLane1, MemLane2, MemLane3,  ///< memarg, lane; lanes of 2^n bytes
  Atomic0, Atomic1, Atomic2, Atomic3,      ///< memarg whose alignment must be natural
  Fence,         ///< a zero byte
  Lane2, Lane4, Lane8, Lane16,  ///< lane index below n
  Shuffle,       ///< 16 lane indices below 32
  I32, I64, F32, F64, V128,     ///< constants
  SelectTypes,   ///< vector of value types
  HeapType,
  BrOnCast,      ///< cast flags, label, source heap type, target heap type
  TypeField,     ///< type index, field index
  TypeData,      ///< type index, data segment
  TypeElem,      ///< type index, element segment
  TypeType,      ///< destination type, source type
  TypeU32,       ///< type index, count
  Tag,           ///< tag index
  TryTable,      ///< block type, catch clauses
};

/// What the IR makes of an instruction; see opcodes.def.
enum class Lowering : uint8_t { Same, Own, Gone };

/// Operand and result letters of a regular instruction, unpacked at compile time.
struct Signature {
  char params[4] = {};
  char results[2] = {};
  uint8_t param_count = 0;
  uint8_t result_count = 0;
  bool regular = false;  ///< false for "*"
};

struct OpInfo {
  StringRef text;
  uint8_t prefix;
  uint16_t code;
  Immediate immediate;
  Feature feature;
  Lowering lowering;
  Signature signature;
};

[[nodiscard]] const OpInfo& info_of(Op op);
[[nodiscard]] inline StringRef text_of(Op op) { return info_of(op).text; }
/// log2 of the natural alignment of a memory access with this immediate (Mem*, MemLane*, Atomic*); 0 otherwise.
[[nodiscard]] unsigned alignment_log2_of(Immediate immediate);
/// How many lanes a lane immediate may name (Lane*, MemLane*); 0 otherwise.
[[nodiscard]] unsigned lane_count_of(Immediate immediate);

/// Finds the instruction of an encoding; false when no instruction has it. `prefix` 0 means a one-byte opcode.
[[nodiscard]] bool op_of(uint8_t prefix, uint32_t code, Op& out);
inline constexpr bool is_prefix(uint8_t byte) { return byte >= 0xfb && byte <= 0xfe; }

}  // namespace umber::wasm
