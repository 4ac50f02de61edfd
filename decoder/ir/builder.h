// Emits IR while the validator walks a function body: a sink (decoder/validate/sink.h) that keeps, instead of values, where
// each value of the operand stack can be found. A local.get or a constant stays *pending*: the consumer names the local
// or the constant itself, and the value's own temporary is written only when somebody must find it there. Because the
// height on the operand stack fixes the temporary's slot, no register is ever allocated here and nothing is searched:
// every step is constant time, or proportional to the values that it moves.
//
// Dead code. The builder knows more than validation about what cannot be reached (a block that no edge leaves, a branch on
// a constant). While `live_` is false it ignores instructions and only counts blocks (`dead_depth_`).
#pragma once

#include "base/vec.h"
#include "decoder/ir/buffer.h"
#include "decoder/ir/shape.h"
#include "decoder/validate/sink.h"

namespace umber::ir {

/// Builds functions one after the other; its working memory is kept in between. Not thread-safe.
/// Calls must come from a validator: the operand stack is trusted.
class Builder {
 public:
  static constexpr bool kEmits = true;

  explicit Builder(Allocator& allocator);

  // The sink's calls; see NullSink for their meaning. The types of a block must stay where they are until its end.
  void begin_function(const wasm::Module& module, uint32_t func_idx, std::span<const wasm::ValType> locals);
  void at(uint32_t offset) { offset_ = offset; }
  void begin_block(wasm::BlockKind kind, const wasm::BlockType& type, std::span<const wasm::CatchClause> clauses);
  void begin_else();
  void begin_catch(uint32_t tag);
  void end_block();
  void delegate(uint32_t depth);
  void instruction(wasm::Op op, const wasm::Immediates& immediates);
  void br(uint32_t depth);
  void br_if(uint32_t depth);
  void call(uint32_t func_idx);
  [[nodiscard]] bool wants_straight_line() const { return live_; }
  [[nodiscard]] bool local_get(uint32_t local);
  [[nodiscard]] bool local_set(uint32_t local, bool is_tee);
  [[nodiscard]] bool i32_const(uint32_t bits);
  [[nodiscard]] bool compute(wasm::Op op);
  [[nodiscard]] bool access(wasm::Op op, uint32_t offset);
  [[nodiscard]] bool ok() const { return failure_ == Failure::None; }
  [[nodiscard]] Error failure() const;

  /// After the end of the function: copies it into `arena`.
  [[nodiscard]] Result<Function> finish(Arena& arena) const;
  /// After the end of the function: the function in the builder's own memory, valid until the next begin_function.
  [[nodiscard]] Result<Function> view() const;

 private:
  static constexpr uint32_t kNone = 0xffff'ffff;

  enum class Failure : uint8_t { None, OutOfMemory, FrameTooLarge };

  /// An entry of the operand stack. `operand` is its own temporary (`slot`), a local, or a constant.
  struct Value {
    Operand operand;
    uint32_t slot;
    uint32_t older;  ///< pending local: index of the next older pending read of the same local
    Type type;
  };
  struct Local {
    uint32_t slot;
    Type type;
  };
  /// How control gets from a false `if` condition to what follows the first arm.
  enum class FalseEdge : uint8_t { None, Label, Direct };
  struct Control {
    wasm::BlockKind kind;
    FalseEdge false_edge = FalseEdge::None;
    bool in_catch = false;  ///< LegacyTry: behind its first catch
    bool has_tail = false;  ///< its current part ended in a branch to its own end
    bool has_other_edges = false;  ///< not all edges to its end are in `edges`
    uint32_t label = kNone;       ///< of its end (loops: of the header); numbered when first used
    uint32_t false_label = kNone;
    uint32_t height = 0;    ///< size of the operand stack below its parameters
    uint32_t base = 0;      ///< slot of its first parameter and result
    std::span<const wasm::ValType> params;
    std::span<const wasm::ValType> results;
    uint32_t loop = kNone;          ///< innermost loop around its body, itself included
    uint32_t outer_weight = 0;      ///< Loop: weight so far of what is around it
    uint32_t first_inst = 0;        ///< TryTable, LegacyTry: start of the protected range
    uint32_t range_end = 0;         ///< LegacyTry in_catch: end of the protected range
    uint32_t first_clause = 0;      ///< TryTable, LegacyTry: index in `clauses_`
    uint32_t outer_handler = kNone; ///< innermost block around it that catches
    uint32_t delegate_label = kNone;
    uint32_t edge_label = kNone;  ///< of br_table number `edge_table`
    uint32_t edge_table = 0;
    uint32_t edges = kNone;   ///< the youngest Edge to its end, if it has one result
  };
  /// An edge that brings a block's result: the instruction that defines it, behind which only the branch comes.
  struct Edge {
    uint32_t definition;
    uint32_t older;
  };
  /// The block that has just ended: its result may as well be defined where it is wanted.
  struct Join {
    uint32_t next_inst = kNone;  ///< as long as this is the next instruction
    uint32_t slot = 0;
    uint32_t edges = kNone;
  };

  // builder.cc: operand stack, emission, locals, lifetime
  void fail(Failure failure);
  Inst& append(Op op, Type type, uint32_t dst);
  [[nodiscard]] Inst& emit(Op op, Type type, uint32_t dst = kNoSlot);
  Inst& define(Op op, Type type);
  [[nodiscard]] Inst& redefine(Value& place, Op op, Type type);
  Inst& emit_copy(uint32_t dst, Operand source, Type type);
  /// Emits a copy before the last instruction when that has just defined `before` (kNoSlot: never).
  void emit_copy_before(uint32_t dst, Operand source, Type type, uint32_t before);
  [[nodiscard]] bool make_stack_room();
  [[nodiscard]] bool make_inst_room();
  void append_value(Operand operand, Type type, uint32_t older);
  void set_height(uint32_t height);
  void push(Operand operand, Type type);
  uint32_t push_temporary(Type type);
  void push_temporaries(std::span<const wasm::ValType> types);
  void push_constant(uint64_t bits, Type type);
  [[nodiscard]] bool push_local(uint32_t local);
  void push_again(const Value& value);
  void forget(const Value& value);
  Value pop();
  void truncate(uint32_t size);
  void reserve_frame(uint32_t slots) { frame_slots_ = slots > frame_slots_ ? slots : frame_slots_; }
  [[nodiscard]] bool is_pending_local(const Value& value) const { return value.operand.bits() < local_slots_; }
  [[nodiscard]] static bool is_in_place(const Value& value) { return value.operand.bits() == value.slot; }
  [[nodiscard]] bool is_temporary(Operand operand) const {
    return operand.is_slot() && operand.slot() >= local_slots_;
  }
  void write_local(uint32_t local, bool keep);
  void flush_reads(uint32_t local_slot, uint32_t before);
  void flush_locals(uint32_t before);
  void materialize_constants(size_t count, uint32_t before);
  uint32_t append_constant(uint64_t bits);
  uint32_t add_vector(const uint8_t* bytes);
  uint32_t pop_list(uint32_t count);
  [[nodiscard]] uint64_t constant_of(Operand operand) const { return constants_[operand.constant_idx()]; }
  [[nodiscard]] Function describe() const;

  // builder_control.cc: blocks and branches
  uint32_t new_label();
  uint32_t use_label(uint32_t& label) { return label != kNone ? label : label = new_label(); }
  void bind(uint32_t label);
  void end_line() { live_ = false; }
  [[nodiscard]] Control& control_at(uint32_t depth) { return controls_[controls_.size() - 1 - depth]; }
  [[nodiscard]] bool is_function(const Control& control) const { return &control == controls_.data(); }
  [[nodiscard]] static std::span<const wasm::ValType> label_types(const Control& control) {
    return control.kind == wasm::BlockKind::Loop ? control.params : control.results;
  }
  void begin_loop(Control& control);
  void begin_if(Control& control, const Value& condition);
  void end_loop(const Control& control);
  void leave_block(Control& control, bool joins);
  void end_function();
  void move_edge(Control& target, uint8_t flags);
  void record_edge(Control& target);
  [[nodiscard]] bool retarget_join(const Value& value, uint32_t slot);
  [[nodiscard]] bool edge_moves(const Control& target) const;
  void jump(Control& target, uint8_t flags);
  void jump_in_place(Control& target);
  void emit_return_list(uint32_t list, uint8_t flags);
  void emit_return(uint8_t flags);
  void emit_return_from(uint32_t slot);
  void leave_to(Control& target);
  void resume_tail(Control& control);
  /// Branches when the i32 `condition` is non-zero, or zero with `negate`. The branch's values are on the stack.
  void branch_if(const Value& condition, uint32_t depth, bool negate);
  void branch_table(const wasm::Immediates& immediates);
  [[nodiscard]] uint32_t table_edge(Control& target);
  void emit_table_edges(std::span<const uint32_t> depths);
  [[nodiscard]] Value test_top(Op op, uint32_t aux, uint8_t flags);
  void branch_on_null(uint32_t depth);
  void branch_on_non_null(uint32_t depth);
  void branch_on_cast(const wasm::Immediates& immediates, bool on_success);

  // builder_exceptions.cc
  [[nodiscard]] bool catches(const Control& control) const {
    return control.kind == wasm::BlockKind::TryTable || (control.kind == wasm::BlockKind::LegacyTry && !control.in_catch);
  }
  [[nodiscard]] uint32_t handler_from(uint32_t control_idx) const;
  void begin_try(Control& control, std::span<const wasm::CatchClause> clauses);
  void emit_range(const Control& control, uint32_t end);
  void end_try_table(Control& control);
  void end_legacy_try(Control& control);
  void emit_delegate_pad(Control& control);
  void rethrow(uint32_t depth);

  // builder_instructions.cc
  [[nodiscard]] bool is_ready();
  [[nodiscard]] bool unary(wasm::Op op, Type type);
  [[nodiscard]] bool binary(wasm::Op op, Type type);
  void set_binary(wasm::Op op, Type type, Operand a, Operand b);
  void constant_unary(wasm::Op op, Type type);
  void constant_binary(wasm::Op op, Type type);
  [[nodiscard]] Inst& load(wasm::Op op, Type type);
  [[nodiscard]] Inst& store(wasm::Op op, Type type);
  [[nodiscard]] static bool mirror(wasm::Op& op);
  void other_instruction(wasm::Op op, const wasm::Immediates& immediates);
  bool control_instruction(wasm::Op op, const wasm::Immediates& immediates);
  void regular(wasm::Op op, const wasm::Immediates& immediates);
  [[nodiscard]] bool push_folded(wasm::Op op, Type type, unsigned count);
  void set_access(Inst& inst, const wasm::Immediates& immediates);
  void irregular(wasm::Op op, const wasm::Immediates& immediates);
  [[nodiscard]] uint32_t item_count_of(const Shape& shape, const wasm::Immediates& immediates) const;
  void call(Op op, const wasm::FuncType& type, uint32_t aux, uint32_t imm);
  void select();
  void test_null();

  Allocator& allocator_;
  const wasm::Module* module_ = nullptr;
  uint32_t func_idx_ = 0;
  uint32_t offset_ = 0;
  Failure failure_ = Failure::None;
  bool live_ = false;
  uint32_t dead_depth_ = 0;   ///< blocks opened in dead code
  uint32_t local_slots_ = 0;
  uint32_t frame_slots_ = 0;
  uint32_t height_ = 0;       ///< slot of the next temporary
  uint32_t flushed_ = 0;      ///< values below this index are no pending locals
  uint32_t last_result_ = kNoSlot;  ///< the last instruction may be moved or given another dst; this is its dst
  uint32_t weight_ = 0;       ///< of the innermost loop, or of the function
  uint32_t table_count_ = 0;
  Join join_;
  Inst unused_ = {};          ///< what emit returns after a failure

  Vec<wasm::ValType> local_types_;
  Vec<Local> locals_;
  Vec<uint32_t> pending_;     ///< by local slot: index of the youngest pending read; one more, unused
  Buffer<Value> stack_;
  Vec<Control> controls_;
  Vec<Catch> clauses_;        ///< of the open try blocks
  Vec<Edge> edges_;
  Buffer<Inst> insts_;
  Buffer<uint64_t> constants_;
  Vec<uint32_t> extra_;
  Vec<uint32_t> labels_;
  Vec<LoopRange> loops_;
  Vec<HandlerRange> handlers_;
  Vec<Catch> catches_;
  uint32_t recent_constants_[64] = {};  ///< by hash: where that constant may be
};

}  // namespace umber::ir
