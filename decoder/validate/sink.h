// What the function validator tells a consumer while it walks a body, and the consumer that ignores it. The validator is a
// template over its sink: with NullSink every call vanishes and loading a module is pure checking; with ir::Builder the
// same pass emits IR. There is no third walk over function bodies.
//
// The sink is called after an instruction has been checked. Instructions in code that validation knows to be unreachable
// (behind br, return, unreachable, … up to the end of the block) are not reported, nor are the blocks inside; the `end` or
// `else` that closes a reported block always is. A sink keeps its own operand stack; the order of calls is enough to do so.
//
// Type indices in immediates and types are canonical. The spans of a BlockType stay valid until the function ends, those of
// Immediates and catch clauses only during the call. Of Immediates only the fields of the opcode's Immediate kind count; the
// others hold leftovers of earlier instructions.
#pragma once

#include <cstdint>
#include <span>

#include "decoder/wasm/immediates.h"
#include "decoder/wasm/module.h"
#include "decoder/wasm/opcode.h"

namespace umber::wasm {

enum class BlockKind : uint8_t { Block, Loop, If, TryTable, LegacyTry };

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

  // Frequent instructions, already taken apart. Each stands for the call of `instruction` with the same meaning.
  void br(uint32_t /*depth*/) {}
  void br_if(uint32_t /*depth*/) {}
  void call(uint32_t /*func_idx*/) {}

  // The most frequent ones. They are told only while `wants_straight_line()`, asked after every other call, and return ok().
  [[nodiscard]] bool wants_straight_line() const { return false; }
  [[nodiscard]] bool local_get(uint32_t /*local*/) { return true; }
  [[nodiscard]] bool local_set(uint32_t /*local*/, bool /*is_tee*/) { return true; }
  [[nodiscard]] bool i32_const(uint32_t /*bits*/) { return true; }
  /// Regular, without immediates, of one or two operands and one result.
  [[nodiscard]] bool compute(Op) { return true; }
  /// A load or store of memory 0, which has 32-bit addresses.
  [[nodiscard]] bool access(Op, uint32_t /*offset*/) { return true; }

  /// False after an allocation failed or a limit was reached: the validator stops with `failure()`.
  [[nodiscard]] bool ok() const { return true; }
  [[nodiscard]] Error failure() const { return {}; }
};

}  // namespace umber::wasm
