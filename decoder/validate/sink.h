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

  // The frequent instructions, already taken apart. Each stands for the call of `instruction` with the same meaning.
  void local_get(uint32_t /*local*/) {}
  void local_set(uint32_t /*local*/, bool /*is_tee*/) {}
  void i32_const(uint32_t /*bits*/) {}
  /// Regular, without immediates, of one or two operands and one result.
  void compute(Op) {}
  /// A load or store of memory 0, which has 32-bit addresses.
  void access(Op, uint32_t /*offset*/) {}

  /// False after an allocation failed or a limit was reached: the validator stops with `failure()`.
  [[nodiscard]] bool ok() const { return true; }
  [[nodiscard]] Error failure() const { return {}; }
};

}  // namespace umber::wasm
