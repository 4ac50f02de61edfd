// The intermediate representation of one function: a linear list of typed three-address operations over frame slots of
// 8 bytes (v128 takes two). The validator's pass emits it; the interpreter's encoder and the LLVM backend consume it.
// docs/ir.md is the reference, with every operation's operands; this header is its data layout.
//
// Slots. A frame has `local_slots` slots for the locals (parameters first), then the temporaries. A temporary's slot is
// fixed by its height on the Wasm operand stack, so call arguments and block results already lie side by side.
// On every path a temporary is defined and then read at most once: a read ends its life, unless the instruction has
// kKeepsOperands. Temporaries that carry a block's results are defined once on each incoming edge; both arms of an `if` read
// its parameters.
//
// Control flow. Label marks a join point; a backward branch always targets a LoopHeader. Edges carry explicit Copy
// operations. Br, BrTable, Return, ReturnCall*, Unreachable, Throw and ThrowRef end a straight line; nothing that cannot be reached is
// emitted after them until the next Label or LoopHeader.
//
// Loops nest; `loops` lists them outermost first in order of their headers. A loop's body is the instruction range
// [first, end).
#pragma once

#include <cstdint>
#include <span>

#include "decoder/wasm/module.h"
#include "decoder/wasm/opcode.h"

namespace umber::ir {

/// Wasm opcodes keep their numbers (Op::I32Add); the IR's own follow behind.
enum class Op : uint16_t {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) id,
#include "decoder/wasm/opcodes.def"
#undef OP
#define IR(id, text) id,
#include "decoder/ir/operations.def"
#undef IR
};
inline constexpr unsigned kOpCount = wasm::kOpCount
#define IR(id, text) +1
#include "decoder/ir/operations.def"
#undef IR
    ;

/// What a slot holds; picks the width of a copy and the LLVM type.
enum class Type : uint8_t { I32, I64, F32, F64, V128, Ref };
[[nodiscard]] constexpr Type type_of(wasm::ValType type) {
  switch (type.kind()) {
    case wasm::ValType::I32: return Type::I32;
    case wasm::ValType::I64: return Type::I64;
    case wasm::ValType::F32: return Type::F32;
    case wasm::ValType::F64: return Type::F64;
    case wasm::ValType::V128: return Type::V128;
    default: return Type::Ref;
  }
}
[[nodiscard]] constexpr uint32_t slots_of(Type type) { return type == Type::V128 ? 2 : 1; }

/// A source: a frame slot, or a constant from the function's pool.
class Operand {
 public:
  constexpr Operand() = default;
  static constexpr Operand slot(uint32_t slot) { return Operand(slot); }
  static constexpr Operand constant(uint32_t constant_idx) { return Operand(constant_idx | kConstantBit); }
  [[nodiscard]] constexpr bool is_none() const { return bits_ == kNone; }
  [[nodiscard]] constexpr bool is_constant() const { return (bits_ & kConstantBit) != 0 && bits_ != kNone; }
  [[nodiscard]] constexpr bool is_slot() const { return (bits_ & kConstantBit) == 0; }
  [[nodiscard]] constexpr uint32_t slot() const { return bits_; }
  [[nodiscard]] constexpr uint32_t constant_idx() const { return bits_ & ~kConstantBit; }
  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }
  static constexpr Operand of_bits(uint32_t bits) { return Operand(bits); }
  friend constexpr bool operator==(Operand, Operand) = default;

 private:
  static constexpr uint32_t kConstantBit = 0x8000'0000;
  static constexpr uint32_t kNone = 0xffff'ffff;
  explicit constexpr Operand(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = kNone;
};

inline constexpr uint32_t kNoSlot = 0xffff'ffff;

/// Flags of an instruction.
enum : uint8_t {
  kKeepsOperands = 1,  ///< its temporaries are read again later
  kWideOffset = 2,     ///< memory access: `imm` is the index of a 64-bit offset in the constant pool
  kNullable = 4,       ///< ref.test, ref.cast: null passes
};

/// One operation. What a, b, c, aux and imm mean depends on `op`: see docs/ir.md.
struct Inst {
  Op op;
  Type type;           ///< of the result, or of the value copied, stored or selected
  uint8_t flags : 4;
  uint8_t lane : 4;    ///< of lane accesses
  uint32_t dst;        ///< first result slot, kNoSlot if none; several results follow each other by their widths
  Operand a, b, c;
  uint32_t aux;        ///< memory, table, type, global, tag or label index
  uint32_t imm;        ///< memory offset, function or segment index, fuel weight, position in `extra`
  uint32_t offset;     ///< of the Wasm instruction in the module's bytes
};
static_assert(sizeof(Inst) == 32);

struct LoopRange {
  uint32_t label = 0;
  uint32_t parent = wasm::kNoIndex;  ///< index in `loops`
  uint32_t first = 0;                ///< index of its LoopHeader instruction
  uint32_t end = 0;                  ///< index behind its last instruction
};

enum class CatchKind : uint8_t { Tag, TagRef, All, AllRef };

/// One catch clause. A thrown exception unwinds to the first matching clause of the innermost handler range: its payload
/// (and the exnref, for the *Ref kinds) is written from slot `dst` on, and control goes to `label`.
struct Catch {
  CatchKind kind = CatchKind::All;
  uint32_t tag = 0;
  uint32_t label = 0;
  uint32_t dst = 0;
};

/// The protected range of a try_table; ranges nest, and the first one in the list that contains an instruction is its innermost.
struct HandlerRange {
  uint32_t first = 0;  ///< instruction indices [first, end)
  uint32_t end = 0;
  uint32_t first_catch = 0;  ///< index in `catches`
  uint32_t catch_count = 0;
};

/// A function's IR; everything lies in the arena that it was built in.
struct Function {
  const wasm::Module* module = nullptr;
  uint32_t func_idx = 0;
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  uint32_t local_slots = 0;  ///< parameters included
  uint32_t frame_slots = 0;  ///< locals and the deepest temporary
  std::span<const wasm::ValType> locals;      ///< parameters included
  std::span<const Inst> insts;
  std::span<const uint64_t> constants;        ///< v128: low half, then high half
  std::span<const uint32_t> extra;            ///< lists: a count, then that many items
  std::span<const uint32_t> labels;           ///< label to the index of its Label or LoopHeader instruction
  std::span<const LoopRange> loops;
  std::span<const HandlerRange> handlers;
  std::span<const Catch> catches;

  [[nodiscard]] std::span<const uint32_t> list(uint32_t at) const { return extra.subspan(at + 1, extra[at]); }
};

/// Name of an operation in the text form.
[[nodiscard]] StringRef text_of(Op op);
/// The Wasm instruction that an operation is; only for numbers below wasm::kOpCount.
[[nodiscard]] constexpr wasm::Op wasm_op_of(Op op) { return static_cast<wasm::Op>(op); }
[[nodiscard]] constexpr Op op_of(wasm::Op op) { return static_cast<Op>(op); }

}  // namespace umber::ir
