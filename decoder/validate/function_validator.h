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
    while (!frames_.empty())
      if (!step()) return false;
    return reader_.at_end() || fail_leftover();
  }

 private:
  [[nodiscard]] bool step() {
    start_ = reader_.offset();
    uint8_t code = 0;
    if (!reader_.peek_u8(code)) [[unlikely]] return fail_missing_end();
    const HotRow& row = kHotRows[code];
    if (row.action == HotAction::Other || !module_.features.has(row.feature)) return step_other();
    (void)reader_.skip(1);
    op_ = row.op;
    has_op_ = true;
    return reserve(0) && apply(row) && (!is_live_ || report(row.op));
  }

  /// The fast actions. None of them changes whether code is reachable.
  [[nodiscard]] bool apply(const HotRow& row) {
    switch (row.action) {
      case HotAction::Compute: return compute(row);
      case HotAction::Access: return access_memory(row);
      case HotAction::LocalGet: return local_get();
      case HotAction::LocalSet: return local_set();
      case HotAction::LocalTee: return local_tee();
      case HotAction::Constant: return check_constant_value(row.op);
      case HotAction::Other: break;
    }
    return false;
  }

  [[nodiscard]] bool matches_top(const HotRow& row) const {
    uint64_t top_two = 0;
    std::memcpy(&top_two, static_cast<const void*>(top_ - 2), sizeof(top_two));
    return operands() >= row.pops && (top_two & row.mask) == row.expected;
  }

  [[nodiscard]] bool compute(const HotRow& row) {
    if (!matches_top(row)) [[unlikely]] return check_regular_types(row.op);
    top_ -= row.pops;
    *top_++ = row.result;
    return true;
  }

  [[nodiscard]] bool access_memory(const HotRow& row) {
    if (!read_memarg(reader_, imm_)) [[unlikely]] return fail_read();
    const bool is_plain = imm_.index == 0 && has_plain_memory_ && imm_.align_log2 <= row.align_log2 && imm_.offset <= UINT32_MAX;
    if (!is_plain || !matches_top(row)) [[unlikely]]
      return check_memory_access(info_of(row.op).immediate) && check_regular_types(row.op);
    imm_.operand_is_64 = false;
    top_ -= row.pops;
    *top_ = row.result;
    top_ += row.pushes;
    return true;
  }

  [[nodiscard]] bool step_other() {
    has_op_ = false;
    Op op = Op::Nop;
    if (!read_op(reader_, op)) return fail_read();
    op_ = op;
    has_op_ = true;
    if (!reserve(0)) return false;
    switch (op) {
      case Op::Block: return open_block(enter_block(FrameKind::Block), BlockKind::Block);
      case Op::Loop: return open_block(enter_block(FrameKind::Loop), BlockKind::Loop);
      case Op::If: return open_block(enter_block(FrameKind::If), BlockKind::If);
      case Op::Try: return open_block(enter_block(FrameKind::Try), BlockKind::LegacyTry);
      case Op::TryTable: return open_block(enter_try_table(), BlockKind::TryTable);
      case Op::Else: return divide_block(enter_else(), [&] { sink_.begin_else(); });
      case Op::Catch: return divide_block(enter_catch(FrameKind::Catch), [&] { sink_.begin_catch(imm_.index); });
      case Op::CatchAll: return divide_block(enter_catch(FrameKind::CatchAll), [&] { sink_.begin_catch(kNoIndex); });
      case Op::End: return close_block([&] { return leave_block(); }, [&] { sink_.end_block(); });
      case Op::Delegate: return close_block([&] { return leave_by_delegate(); }, [&] { sink_.delegate(imm_.index); });
      default: break;
    }
    const bool was_live = is_live_;
    return check(op) && (!was_live || report(op));
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
  [[nodiscard]] bool report(Op op) {
    return tell([&] { sink_.instruction(op, imm_); });
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
  bool has_plain_memory_ = false;
};

}  // namespace umber::wasm
