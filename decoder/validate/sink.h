// What the function validator tells a consumer while it walks a body, and the consumer that ignores it. The validator is a
// template over its sink: with NullSink every call vanishes and loading a module is pure checking; with ir::Builder the
// same pass emits IR. There is no third walk over function bodies.
//
// The sink is called after an instruction has been checked. Instructions in code that validation knows to be unreachable
// (behind br, return, unreachable, … up to the end of the block) are not reported, nor are the blocks inside; the `end` or
// `else` that closes a reported block always is. A sink keeps its own operand stack; the order of calls is enough to do so.
#pragma once

#include <cstdint>
#include <span>

#include "decoder/wasm/module.h"
#include "decoder/wasm/opcode.h"

namespace umber::wasm {

/// Decoded immediates of one instruction; which fields count follows from the opcode's Immediate kind.
struct Immediates {
  uint32_t index = 0;        ///< the first index: label depth, local, global, function, type, table, memory, segment, tag
  uint32_t index2 = 0;       ///< the second one, in the order of the binary format: table of call_indirect, source memory, field, count, …
  uint64_t offset = 0;       ///< memarg offset (the memory is `index`)
  uint64_t constant = 0;     ///< raw bits of i32/i64/f32/f64.const (i32 zero-extended)
  const uint8_t* bytes = nullptr;  ///< 16 bytes of v128.const or i8x16.shuffle
  uint8_t lane = 0;
  ValType type;              ///< select's operand type (annotated or inferred; Bottom if unknown)
  HeapType heap_type;        ///< ref.null, ref.test, ref.cast; target of br_on_cast*
  bool nullable = false;     ///< ref.test, ref.cast, target of br_on_cast*: null passes
  bool operand_is_64 = false;  ///< the address type of the memory or table is i64
  std::span<const uint32_t> labels;  ///< br_table: depths, the default last; valid during the call only
};

enum class BlockKind : uint8_t { Block, Loop, If, TryTable, LegacyTry };

struct CatchClause {
  enum Kind : uint8_t { Tag = 0, TagRef = 1, All = 2, AllRef = 3 } kind = All;
  uint32_t tag = 0;
  uint32_t depth = 0;  ///< label depth, relative to the block around the try_table
};

struct BlockType {
  std::span<const ValType> params;
  std::span<const ValType> results;
};

/// The sink that ignores everything. Also the list of what a sink must have.
struct NullSink {
  static constexpr bool kEmits = false;

  /// `locals` has the parameters first.
  void begin_function(const Module&, uint32_t /*func_idx*/, std::span<const ValType> /*locals*/) {}
  /// Absolute byte offset of the instruction that the following calls are about.
  void at(uint32_t /*offset*/) {}

  void begin_block(BlockKind, const BlockType&, std::span<const CatchClause>) {}
  void begin_else() {}
  /// Legacy: the next catch clause of the innermost LegacyTry; `tag` is kNoIndex for catch_all.
  void begin_catch(uint32_t /*tag*/) {}
  /// `end` of a block, or of the function: then it acts as `return`.
  void end_block() {}
  /// Legacy: ends the innermost LegacyTry; exceptions go to the try at `depth` (counted from outside it).
  void delegate(uint32_t /*depth*/) {}

  /// Everything else, regular or not, branches, calls, locals, constants, drop and select included.
  void instruction(Op, const Immediates&) {}

  /// False after an allocation failed or a limit was reached: the validator stops with `failure()`.
  [[nodiscard]] bool ok() const { return true; }
  [[nodiscard]] Error failure() const { return {}; }
};

}  // namespace umber::wasm
