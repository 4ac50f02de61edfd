// What follows an opcode: one table-driven reader for everybody who walks over instructions. The parser finds the ends of
// constant expressions with it, the validator reads operands, the runtime evaluates constant expressions, the disassembler
// prints. It knows the grammar only; whether an index exists is the validator's business.
#pragma once

#include <cstdint>
#include <span>

#include "decoder/wasm/opcode.h"
#include "decoder/wasm/types.h"
#include "decoder/wasm/wasm_reader.h"

namespace umber::wasm {

/// Decoded immediates of one instruction; which fields count follows from the opcode's Immediate kind.
struct Immediates {
  uint32_t index = 0;        ///< the first index: label depth, local, global, function, type, table, memory, segment, tag
  uint32_t index2 = 0;       ///< the second one, in the order of the binary format: table of call_indirect, source memory, field, count, …
  uint64_t offset = 0;       ///< memarg offset (the memory is `index`)
  uint64_t constant = 0;     ///< raw bits of i32/i64/f32/f64.const (i32 zero-extended)
  const uint8_t* bytes = nullptr;  ///< 16 bytes of v128.const or i8x16.shuffle
  uint8_t lane = 0;
  uint8_t align_log2 = 0;      ///< of a memarg, as written
  ValType type;                ///< select's operand type (annotated or inferred; Bottom if unknown)
  HeapType heap_type;          ///< ref.null, ref.test, ref.cast; target of br_on_cast*
  HeapType source_heap_type;   ///< br_on_cast*: of the operand
  bool nullable = false;       ///< ref.test, ref.cast, target of br_on_cast*: null passes
  bool source_nullable = false;  ///< br_on_cast*: of the operand
  bool operand_is_64 = false;  ///< the address type of the memory or table is i64; the validator fills it in
  std::span<const uint32_t> labels;  ///< br_table: depths, the default last; the validator fills it in, valid during the call only

  // What only walkers of the binary format need:
  BlockSignature block;                ///< Block, TryTable
  uint32_t count = 0;                  ///< elements of LabelTable (default included), SelectTypes, TryTable
  std::span<const uint8_t> elements;   ///< their encoding, well-formed
};

/// One catch clause of try_table.
struct CatchClause {
  enum Kind : uint8_t { Tag = 0, TagRef = 1, All = 2, AllRef = 3 } kind = All;
  uint32_t tag = 0;
  uint32_t depth = 0;  ///< label depth, relative to the block around the try_table

  [[nodiscard]] bool has_tag() const { return kind == Tag || kind == TagRef; }
  [[nodiscard]] bool has_ref() const { return kind == TagRef || kind == AllRef; }
};

/// Reads an opcode. On failure "illegal opcode", or Unsupported if the instruction's feature is off.
[[nodiscard]] bool read_op(WasmReader& reader, Op& out);
/// Reads what follows opcode `op`. False: see reader.failure().
[[nodiscard]] bool read_immediates(WasmReader& reader, Op op, Immediates& out);

[[nodiscard]] bool read_catch(WasmReader& reader, CatchClause& out);
[[nodiscard]] bool read_memarg_slow(WasmReader& reader, uint32_t flags, uint64_t flags_offset, Immediates& out);

/// align_log2, index and offset of a memory access.
[[nodiscard]] inline bool read_memarg(WasmReader& reader, Immediates& out) {
  const uint64_t start = reader.offset();
  uint32_t flags = 0;
  if (!reader.read_u32(flags)) return false;
  if (flags >= 0x20) [[unlikely]] return read_memarg_slow(reader, flags, start, out);
  out.align_log2 = static_cast<uint8_t>(flags);
  out.index = 0;
  return reader.read_u64(out.offset);
}

/// Walks over the instructions of a function body (behind its locals) or a constant expression:
///
///     InstructionReader reader(module.slice(range), range.offset, module.features);
///     while (reader.next()) use(reader.op(), reader.immediates());
///
/// Type indices come out as written. Zero copy, no allocation.
class InstructionReader {
 public:
  InstructionReader(std::span<const uint8_t> bytes, uint64_t base_offset, Features features)
      : reader_(bytes, base_offset, features) {}

  /// Goes to the next instruction; false at the end of the bytes, and if they are malformed.
  [[nodiscard]] bool next();
  [[nodiscard]] Op op() const { return op_; }
  [[nodiscard]] const Immediates& immediates() const { return immediates_; }
  /// Absolute offset of the current instruction.
  [[nodiscard]] uint64_t offset() const { return start_; }
  [[nodiscard]] uint64_t end_offset() const { return reader_.offset(); }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] ReadFailure failure() const { return reader_.failure(); }

 private:
  WasmReader reader_;
  Op op_ = Op::Unreachable;
  Immediates immediates_;
  uint64_t start_ = 0;
  bool failed_ = false;
};

}  // namespace umber::wasm
