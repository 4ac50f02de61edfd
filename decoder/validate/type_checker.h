// The type rules of instructions, after the algorithm in the specification's appendix
// (https://webassembly.github.io/spec/core/appendix/algorithm.html): a stack of operand types and a stack of control frames.
// Nothing here depends on what is done with a checked instruction; FunctionValidator adds that and the dispatch.
//
// Speed: an operand type is four bytes and equal types are equal bits, so a regular instruction is one comparison of the top
// two operands against its row. Everything that comparison does not settle (subtypes, unreachable code, errors) goes the
// slow way. Stacks are kept from function to function. No error object is touched until there is an error.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/vec.h"
#include "decoder/validate/sink.h"
#include "decoder/wasm/immediates.h"
#include "decoder/wasm/module.h"

namespace umber::wasm {

/// What encloses an instruction: the function, a block or one of its parts.
enum class FrameKind : uint8_t { Function, Block, Loop, If, Else, TryTable, Try, Catch, CatchAll };

struct ControlFrame {
  BlockType type;
  uint32_t height = 0;        ///< of the operand stack below the parameters
  uint32_t local_inits = 0;   ///< size of the log of initialised locals at the start
  FrameKind kind = FrameKind::Block;
  bool is_unreachable = false;  ///< behind an unconditional branch: operands below are of any type
  bool is_reported = false;     ///< the sink knows of this block

  /// What a branch to this frame takes along.
  [[nodiscard]] std::span<const ValType> label_types() const { return kind == FrameKind::Loop ? type.params : type.results; }
};

class TypeChecker {
 public:
  TypeChecker(const TypeChecker&) = delete;
  TypeChecker& operator=(const TypeChecker&) = delete;
  /// What went wrong after a function returned false.
  [[nodiscard]] const Error& error() const { return error_; }

 protected:
  TypeChecker(const Module& module, Allocator& allocator);
  ~TypeChecker();

  // body.cc
  [[nodiscard]] bool begin_function(uint32_t func_idx, bool expand_locals);
  [[nodiscard]] bool begin_const_expr(StringRef what, uint32_t idx, StringRef part, ByteRange range, ValType expected,
                                      uint32_t visible_globals);
  [[nodiscard]] bool read_locals(bool expand);
  [[nodiscard]] bool expand_locals(size_t limit);
  [[nodiscard]] bool prepare_initialised(bool all_defaultable);
  /// Reads immediates and checks operands of any instruction that opens or closes no block.
  [[nodiscard]] bool check(Op op);
  [[nodiscard]] bool check_regular(Op op);
  [[nodiscard]] bool check_regular_types(Op op);
  [[nodiscard]] bool check_constant(Op op);

  // blocks.cc
  [[nodiscard]] bool enter_block(FrameKind kind);
  [[nodiscard]] bool enter_try_table();
  [[nodiscard]] bool enter_else();
  [[nodiscard]] bool enter_catch(FrameKind kind);
  [[nodiscard]] bool leave_block();
  [[nodiscard]] bool leave_by_delegate();
  [[nodiscard]] bool push_frame(FrameKind kind, const BlockType& type);
  [[nodiscard]] bool read_block_type(BlockType& out);
  [[nodiscard]] bool resolve_block_type(const BlockSignature& signature, BlockType& out);
  [[nodiscard]] bool check_catch(const CatchClause& clause);
  [[nodiscard]] bool end_part(ControlFrame& frame);
  void restart_part(ControlFrame& frame, FrameKind kind);

  // branches.cc
  [[nodiscard]] bool check_branch(Op op);
  [[nodiscard]] bool br();
  [[nodiscard]] bool br_if();
  [[nodiscard]] bool br_table();
  [[nodiscard]] bool br_on_null();
  [[nodiscard]] bool br_on_non_null();
  [[nodiscard]] bool br_on_cast(Op op);
  [[nodiscard]] bool branch_with(std::span<const ValType> label_types, ValType last);
  [[nodiscard]] bool check_return();
  [[nodiscard]] bool read_label(std::span<const ValType>& types);
  [[nodiscard]] bool label_types(uint32_t depth, std::span<const ValType>& types);
  [[nodiscard]] bool check_call(Op op);
  [[nodiscard]] bool call();
  [[nodiscard]] bool read_callee(Op op, const FuncType*& type);
  [[nodiscard]] bool check_throw(Op op);
  [[nodiscard]] bool check_select(Op op);

  // access.cc
  [[nodiscard]] bool i32_const() {
    int32_t value = 0;
    if (!reader_.read_s32(value)) return fail_read();
    imm_.constant = static_cast<uint32_t>(value);
    push(ValType::I32);
    return true;
  }
  [[nodiscard]] bool check_access(Op op);
  [[nodiscard]] bool check_constant_value(Op op);
  [[nodiscard]] bool check_memory_op(Op op);
  [[nodiscard]] bool check_table_op(Op op);
  [[nodiscard]] bool global_get();
  [[nodiscard]] bool global_set();
  [[nodiscard]] bool memory_copy();
  [[nodiscard]] bool table_copy();
  [[nodiscard]] bool table_init();
  [[nodiscard]] bool check_memory_access(Immediate immediate);
  [[nodiscard]] bool data_segment(uint32_t idx);
  [[nodiscard]] bool element_segment(uint32_t idx, ValType& type);
  [[nodiscard]] bool memory(uint32_t idx, ValType& address);
  [[nodiscard]] bool table(uint32_t idx, ValType& address, ValType& element);
  [[nodiscard]] bool func_index(uint32_t idx);

  // references.cc, objects.cc
  [[nodiscard]] bool check_reference(Op op);
  [[nodiscard]] bool ref_func();
  [[nodiscard]] bool ref_cast(Op op);
  [[nodiscard]] bool check_object(Op op);
  [[nodiscard]] bool check_struct(Op op);
  [[nodiscard]] bool struct_access(Op op, const TypeDef& type);
  [[nodiscard]] bool check_array(Op op);
  [[nodiscard]] bool array_new(Op op, const FieldType& field);
  [[nodiscard]] bool array_copy(const FieldType& to);
  [[nodiscard]] bool numeric_array(const FieldType& field);
  [[nodiscard]] bool array_of_elements(const FieldType& field);
  [[nodiscard]] bool convert(HeapType from, HeapType to);
  [[nodiscard]] bool defined_type(CompositeKind kind, uint32_t& idx, const TypeDef*& type);
  [[nodiscard]] bool require_packing(const FieldType& field, bool extends);
  [[nodiscard]] bool require_mutable(const FieldType& field, StringRef phrase);
  [[nodiscard]] bool require_element(ValType from, ValType to);

  // Locals
  [[nodiscard]] ValType local_type(uint32_t idx) const { return idx < locals_.size() ? locals_[idx] : local_type_in_runs(idx); }
  [[nodiscard]] ValType local_type_in_runs(uint32_t idx) const;
  [[nodiscard]] bool local_get() {
    if (!reader_.read_u32(imm_.index)) [[unlikely]] return fail_read();
    if (imm_.index >= local_count_) [[unlikely]] return fail_unknown_local();
    const ValType type = local_type(imm_.index);
    if (!type.is_defaultable() && !is_initialised(imm_.index)) [[unlikely]] return fail_uninitialised();
    push(type);
    return true;
  }
  [[nodiscard]] bool local_set() {
    if (!reader_.read_u32(imm_.index)) [[unlikely]] return fail_read();
    if (imm_.index >= local_count_) [[unlikely]] return fail_unknown_local();
    const ValType type = local_type(imm_.index);
    return pop(type) && (type.is_defaultable() || set_initialised(imm_.index));
  }
  [[nodiscard]] bool local_tee() {
    if (!local_set()) return false;
    push(local_type(imm_.index));
    return true;
  }
  [[nodiscard]] bool is_initialised(uint32_t idx) const { return (initialised_[idx / 32] >> (idx % 32) & 1) != 0; }
  [[nodiscard]] bool set_initialised(uint32_t idx);

  // Operands
  /// A slow push must be preceded by reserve(); an instruction may push kSlack operands without.
  void push(ValType type) { *top_++ = type; }
  [[nodiscard]] bool push_list(std::span<const ValType> types) {
    if (!reserve(types.size())) [[unlikely]] return false;
    for (ValType type : types) *top_++ = type;
    return true;
  }
  [[nodiscard]] bool pop(ValType expected) {
    if (top_ != floor_ && top_[-1] == expected) [[likely]] {
      --top_;
      return true;
    }
    return pop_slow({&expected, 1});
  }
  [[nodiscard]] bool pop_list(std::span<const ValType> expected) {
    const size_t count = expected.size();
    if (operands() < count) [[unlikely]] return pop_slow(expected);
    const ValType* const actual = top_ - count;
    for (size_t i = 0; i < count; ++i)
      if (actual[i] != expected[i]) [[unlikely]] return pop_slow(expected);
    top_ -= count;
    return true;
  }
  template <class... Types>
  [[nodiscard]] bool pop_types(Types... types) {
    const ValType list[] = {types...};
    return pop_list(list);
  }
  [[nodiscard]] bool pop_slow(std::span<const ValType> expected);
  /// The same type `count` times; constant time where the operands are unknown.
  [[nodiscard]] bool pop_repeated(ValType expected, uint32_t count);
  /// Any operand; Bottom where it is unknown.
  [[nodiscard]] bool pop_any(ValType& out);
  /// Any reference; one to HeapType::Bottom where it is unknown.
  [[nodiscard]] bool pop_ref(ValType& out);
  /// Checks the topmost operands without taking them.
  [[nodiscard]] bool check_list(std::span<const ValType> expected) {
    ValType* top = top_;
    const bool ok = pop_list(expected);
    top_ = top;
    return ok;
  }
  [[nodiscard]] bool matches(ValType actual, ValType expected) const {
    return actual == expected || is_subtype(module_, actual, expected);
  }
  /// How many operands the current block has pushed.
  [[nodiscard]] size_t operands() const { return static_cast<size_t>(top_ - floor_); }
  [[nodiscard]] uint32_t height() const { return static_cast<uint32_t>(top_ - stack_); }
  [[nodiscard]] bool reserve(size_t count) {
    return static_cast<size_t>(limit_ - top_) >= count + kSlack || grow_stack(count);
  }
  [[nodiscard]] bool grow_stack(size_t count);
  void set_unreachable() {
    top_ = floor_;
    frames_.back().is_unreachable = true;
    is_live_ = false;
  }
  /// Makes the innermost frame the current one after frames_ changed.
  void settle() {
    const ControlFrame& frame = frames_.back();
    floor_ = stack_ + frame.height;
    is_live_ = frame.is_reported && !frame.is_unreachable;
  }

  // Errors; all return false.
  template <class... Parts>
  [[gnu::cold, gnu::noinline]] bool fail(ErrorCode code, uint64_t offset, const Parts&... parts) {
    Error::Text text;
    text.add(parts...);
    return fail_with(code, offset, text.str());
  }
  template <class... Parts>
  [[gnu::cold, gnu::noinline]] bool invalid(const Parts&... parts) {
    return fail(ErrorCode::Invalid, start_, parts...);
  }
  bool fail_with(ErrorCode code, uint64_t offset, StringRef sentence);
  bool fail_read();
  bool fail_memory();
  bool fail_operands(std::span<const ValType> expected, size_t extra = 0);
  bool fail_unknown_local();
  bool fail_uninitialised();
  bool fail_missing_end();
  bool fail_leftover();
  template <class Text>
  void add_place(Text& text) const;

  static constexpr size_t kSlack = 8;

  const Module& module_;
  Allocator& allocator_;
  WasmReader reader_;
  Immediates imm_;
  uint64_t start_ = 0;  ///< absolute offset of the current instruction
  Op op_ = Op::Nop;     ///< the current instruction
  bool has_op_ = false; ///< false while reading local declarations or an opcode
  bool is_live_ = false;  ///< the sink wants to hear of the current instruction

  // The operand stack: stack_ … top_, the innermost frame's part from floor_ on. Below it lie kBelow entries that match nothing,
  // so that a comparison of the top two may read beyond the bottom.
  static constexpr size_t kBelow = 2;
  ValType* memory_ = nullptr;
  size_t capacity_ = 0;
  ValType* stack_ = nullptr;
  ValType* top_ = nullptr;
  ValType* floor_ = nullptr;
  ValType* limit_ = nullptr;
  Vec<ControlFrame> frames_;

  /// Declarations of the same type in a row; `end` is the number of the first local behind them.
  struct LocalRun {
    uint32_t end;
    ValType type;
  };
  Vec<LocalRun> runs_;
  Vec<ValType> locals_;  ///< the first ones, or all if the sink wants them
  uint32_t local_count_ = 0;
  /// Types of the first locals, up to the first one that has to be initialised: those that need no second look.
  static constexpr size_t kMaxHotLocals = 128;
  ValType hot_locals_[kMaxHotLocals];
  uint8_t hot_local_count_ = 0;
  Vec<uint32_t> initialised_;  ///< a bit per local; only kept up if there is a local without default value
  Vec<uint32_t> init_log_;     ///< locals initialised so far, to be forgotten at the end of their block

  Vec<uint32_t> labels_;
  Vec<CatchClause> catches_;
  Arena block_results_;  ///< for block types of a single result

  // Where we are, for messages and for what constant expressions may see.
  StringRef place_ = "func";
  uint32_t place_idx_ = 0;
  StringRef place_part_;
  uint32_t visible_globals_ = 0;
  bool is_const_ = false;
  FuncType function_type_;
  Error error_;
};

}  // namespace umber::wasm
