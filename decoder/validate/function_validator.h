// The pass over a function body: dispatch, type rules, sink. One body after the other through one object, which keeps its
// stacks. A one-byte opcode finds its row in a table; the row says how it is checked. Nearly all instructions of real code
// take one of the fast actions here; the rules of all others are in TypeChecker.
//
// The template is instantiated for NullSink in validate.cc and for the IR builder in decoder/ir.
#pragma once

#include "decoder/validate/hot_rows.h"
#include "decoder/validate/type_checker.h"

namespace umber::wasm {

template <class Sink>
class FunctionValidator : public TypeChecker {
 public:
  /// Keeps references to all three. Allocates nothing yet.
  FunctionValidator(const Module& module, Allocator& allocator, Sink& sink) : TypeChecker(module, allocator), sink_(sink) {
    has_plain_memory_ = !module.memories.empty() && !module.memories[0].type.limits.is_64;
  }

  /// Checks one defined function and tells the sink. False: see error(). May be called again in any case.
  [[nodiscard]] bool validate_body(uint32_t func_idx) {
    if (!begin_function(func_idx, Sink::kEmits)) return false;
    sink_.begin_function(module_, func_idx, locals_);
    if (!sink_.ok()) return fail_sink();
    return run() && (reader_.at_end() || fail_leftover());
  }

 private:
  /// Position and stack top, in registers while nothing special happens.
  struct Hot {
    const uint8_t* at;
    const uint8_t* last;  ///< further on there may be too few bytes left to look at
    ValType* top;
    const uint8_t* bytes;  ///< the module's
    bool is_heard;         ///< the sink is to be told
  };
  /// What became of an instruction in the loop.
  enum class Outcome : uint8_t {
    Next,        ///< done, nothing special happened
    Controlled,  ///< done, and anything may have changed
    Slow,        ///< nothing done: step() is to look at it
    Failed,
  };
  // A hot instruction looks at its opcode and so many bytes more.
  static constexpr size_t kLookahead = 4;

  /// A LEB128 number of up to three bytes, as addresses of static data have; length 0 if it is longer.
  struct ShortLeb {
    uint32_t bits;
    uint32_t length;
  };
  [[nodiscard]] static ShortLeb short_leb(const uint8_t* at) {
    if (at[0] < 0x80) [[likely]] return {at[0], 1};
    if (at[1] < 0x80) return {(at[0] & 0x7fu) | uint32_t{at[1]} << 7, 2};
    if (at[2] < 0x80) return {(at[0] & 0x7fu) | (at[1] & 0x7fu) << 7 | uint32_t{at[2]} << 14, 3};
    return {0, 0};
  }

  [[nodiscard]] Hot load() const {
    const size_t remaining = reader_.remaining();
    const uint8_t* const at = reader_.cursor();
    return {at, at + (remaining > kLookahead ? remaining - kLookahead : 0), top_, module_.bytes.data(),
            Sink::kEmits && is_live_ && sink_.wants_straight_line()};
  }
  void store(const Hot& hot) {
    (void)reader_.skip(static_cast<size_t>(hot.at - reader_.cursor()));
    top_ = hot.top;
  }

  [[nodiscard]] bool run() {
    Hot hot = load();
    while (true) {
      Outcome outcome = Outcome::Slow;
      if (hot.at < hot.last && hot.top <= limit_ - kSlack) [[likely]] {
        outcome = apply_hot(kHotRows[*hot.at], hot);
        if (outcome == Outcome::Next) [[likely]] continue;
      }
      if (outcome == Outcome::Slow) {
        store(hot);
        if (!sink_.ok()) [[unlikely]] return fail_sink();
        outcome = step() ? Outcome::Controlled : Outcome::Failed;
      }
      if (outcome == Outcome::Failed) [[unlikely]] return false;
      if (frames_.empty()) return true;
      hot = load();
    }
  }

  /// A frequent instruction that may open, close or leave blocks, or a call; `rule` is for what comes behind the opcode.
  template <class Rule>
  [[nodiscard, gnu::always_inline]] Outcome control(const Hot& hot, Op op, Rule rule) {
    start_ = static_cast<uint64_t>(hot.at - hot.bytes);
    op_ = op;
    has_op_ = true;
    store({hot.at + 1, hot.last, hot.top, hot.bytes, hot.is_heard});
    return reserve(0) && rule() ? Outcome::Controlled : Outcome::Failed;
  }
  [[nodiscard]] bool pass_br() {
    return pass([&] { return br(); }, [&] { sink_.br(imm_.index); });
  }
  [[nodiscard]] bool pass_br_if() {
    return pass([&] { return br_if(); }, [&] { sink_.br_if(imm_.index); });
  }
  [[nodiscard]] bool pass_call() {
    return pass([&] { return call(); }, [&] { sink_.call(imm_.index); });
  }
  [[nodiscard]] bool block(FrameKind frame_kind, BlockKind kind) { return open_block(enter_block(frame_kind), kind); }
  [[nodiscard]] bool end() {
    return close_block([&] { return leave_block(); }, [&] { sink_.end_block(); });
  }

  /// Takes an instruction of a common kind, one about which nothing is special: operands of exactly its types, short immediates. Those that
  /// open, close or leave blocks are here because each further jump by opcode would be a further guess.
  [[nodiscard, gnu::always_inline]] inline Outcome apply_hot(const HotRow& row, Hot& hot) {
    const uint8_t next = hot.at[1];
    switch (row.action) {
      case HotAction::Compute:
        if (!matches_top(row, hot.top)) return Outcome::Slow;
        if (hears(hot) && !sink_.compute(row.op)) [[unlikely]] return Outcome::Slow;
        hot.top -= row.pops;
        *hot.top++ = row.result;
        hot.at += 1;
        return Outcome::Next;
      case HotAction::Load:
      case HotAction::Store: {
        const ShortLeb offset = short_leb(hot.at + 2);
        if (!has_plain_memory_ || next > row.align_log2 || offset.length == 0 || !matches_top(row, hot.top)) return Outcome::Slow;
        if (hears(hot) && !sink_.access(row.op, offset.bits)) [[unlikely]] return Outcome::Slow;
        hot.top -= row.pops;
        if (row.action == HotAction::Load) *hot.top++ = row.result;
        hot.at += 2 + offset.length;
        return Outcome::Next;
      }
      case HotAction::LocalGet:
        if (next >= hot_local_count_) return Outcome::Slow;
        if (hears(hot) && !sink_.local_get(next)) [[unlikely]] return Outcome::Slow;
        *hot.top++ = hot_locals_[next];
        hot.at += 2;
        return Outcome::Next;
      case HotAction::LocalSet:
      case HotAction::LocalTee:
        if (next >= hot_local_count_ || hot.top == floor_ || hot.top[-1] != hot_locals_[next]) return Outcome::Slow;
        if (hears(hot) && !sink_.local_set(next, row.action == HotAction::LocalTee)) [[unlikely]] return Outcome::Slow;
        if (row.action == HotAction::LocalSet) --hot.top;
        hot.at += 2;
        return Outcome::Next;
      case HotAction::I32Const: {
        const ShortLeb value = short_leb(hot.at + 1);
        if (value.length == 0) return Outcome::Slow;
        if (hears(hot) && !sink_.i32_const(sign_extended(value))) [[unlikely]] return Outcome::Slow;
        *hot.top++ = ValType::I32;
        hot.at += 1 + value.length;
        return Outcome::Next;
      }
      case HotAction::Block: return control(hot, Op::Block, [&] { return block(FrameKind::Block, BlockKind::Block); });
      case HotAction::Loop: return control(hot, Op::Loop, [&] { return block(FrameKind::Loop, BlockKind::Loop); });
      case HotAction::If: return control(hot, Op::If, [&] { return block(FrameKind::If, BlockKind::If); });
      case HotAction::End: return control(hot, Op::End, [&] { return end(); });
      case HotAction::Br: return control(hot, Op::Br, [&] { return pass_br(); });
      case HotAction::BrIf: return control(hot, Op::BrIf, [&] { return pass_br_if(); });
      case HotAction::Call: return control(hot, Op::Call, [&] { return pass_call(); });
      case HotAction::Decode:
      case HotAction::Other: break;
    }
    return Outcome::Slow;
  }

  [[nodiscard]] bool matches_top(const HotRow& row, const ValType* top) const {
    uint64_t top_two = 0;
    std::memcpy(&top_two, static_cast<const void*>(top - 2), sizeof(top_two));
    return top - floor_ >= row.pops && (top_two & row.mask) == row.operands;
  }

  /// Any instruction.
  [[nodiscard]] bool step() {
    start_ = reader_.offset();
    has_op_ = false;
    if (!next_op()) return false;
    has_op_ = true;
    if (!reserve(0)) return false;
    switch (op_) {
      case Op::Block: return block(FrameKind::Block, BlockKind::Block);
      case Op::Loop: return block(FrameKind::Loop, BlockKind::Loop);
      case Op::If: return block(FrameKind::If, BlockKind::If);
      case Op::Try: return open_block(enter_block(FrameKind::Try), BlockKind::LegacyTry);
      case Op::TryTable: return open_block(enter_try_table(), BlockKind::TryTable);
      case Op::Else: return divide_block(enter_else(), [&] { sink_.begin_else(); });
      case Op::Catch: return divide_block(enter_catch(FrameKind::Catch), [&] { sink_.begin_catch(imm_.index); });
      case Op::CatchAll: return divide_block(enter_catch(FrameKind::CatchAll), [&] { sink_.begin_catch(kNoIndex); });
      case Op::End: return end();
      case Op::Delegate: return close_block([&] { return leave_by_delegate(); }, [&] { sink_.delegate(imm_.index); });
      // The frequent ones of those that check() would find.
      case Op::Br: return pass_br();
      case Op::BrIf: return pass_br_if();
      case Op::Call: return pass_call();
      case Op::GlobalGet: return pass([&] { return global_get(); });
      case Op::I32Const: return pass([&] { return i32_const(); });
      default: return pass([&] { return check(op_); });
    }
  }

  [[nodiscard]] bool next_op() {
    uint8_t code = 0;
    if (!reader_.peek_u8(code)) [[unlikely]] return fail_missing_end();
    const HotRow& row = kHotRows[code];
    if (row.action == HotAction::Decode) return read_op(reader_, op_) || fail_read();
    op_ = row.op;
    return reader_.skip(1);
  }

  [[nodiscard]] static uint32_t sign_extended(ShortLeb value) {
    const uint32_t unused = 32 - 7 * value.length;
    return static_cast<uint32_t>(static_cast<int32_t>(value.bits << unused) >> unused);
  }
  /// Whether the sink is to be told of the instruction, and if so, where it is.
  [[nodiscard]] bool hears(const Hot& hot) {
    if (hot.is_heard) sink_.at(static_cast<uint32_t>(hot.at - hot.bytes));
    return hot.is_heard;
  }

  /// An instruction that opens and closes no block.
  template <class Rule>
  [[nodiscard]] bool pass(Rule rule) {
    return pass(rule, [&] { sink_.instruction(op_, imm_); });
  }
  template <class Rule, class Call>
  [[nodiscard]] bool pass(Rule rule, Call call) {
    const bool was_live = is_live_;
    return rule() && (!was_live || tell(call));
  }

  // What the sink hears. In code that can't be reached that is nothing but the ends of the blocks it knows of.

  template <class Call>
  [[nodiscard]] bool tell(Call call) {
    if constexpr (Sink::kEmits) {
      sink_.at(static_cast<uint32_t>(start_));
      call();
      if (!sink_.ok()) [[unlikely]] return fail_sink();
    }
    return true;
  }
  [[nodiscard]] bool open_block(bool entered, BlockKind kind) {
    if (!entered) return false;
    const ControlFrame& frame = frames_.back();
    if (!frame.is_reported) return true;
    const bool has_catches = kind == BlockKind::TryTable;
    return tell([&] { sink_.begin_block(kind, frame.type, has_catches ? std::span<const CatchClause>(catches_) : std::span<const CatchClause>()); });
  }
  template <class Call>
  [[nodiscard]] bool divide_block(bool divided, Call call) {
    return divided && (!frames_.back().is_reported || tell(call));
  }
  template <class Leave, class Call>
  [[nodiscard]] bool close_block(Leave leave, Call call) {
    const bool is_reported = frames_.back().is_reported;
    return leave() && (!is_reported || tell(call));
  }

  [[gnu::cold]] bool fail_sink() {
    error_ = sink_.failure();
    return false;
  }

  Sink& sink_;
  bool has_plain_memory_ = false;  ///< memory 0 exists and has 32-bit addresses
};

}  // namespace umber::wasm
