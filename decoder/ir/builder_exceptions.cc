// Exception handling. Both proposals become protected ranges with catch clauses, and each clause lands on a label of its own.
// A clause writes its payload directly where the branch target wants it: whatever lies there is dead on that path.
//
// Legacy try blocks: every catch also receives the exnref, in a hidden temporary below the payload, for `rethrow`.
// `delegate` is a clause that catches everything and throws it again from a place inside the body of the block that it
// names; that place is emitted when that body ends (`delegate_label`).
#include "decoder/ir/builder_inline.h"

namespace umber::ir {

using wasm::BlockKind;

/// The innermost block that catches, from `control_idx` outwards; kNone if none does.
uint32_t Builder::handler_from(uint32_t control_idx) const {
  const Control& control = controls_[control_idx];
  return catches(control) ? control_idx : control.outer_handler;
}

void Builder::begin_try(Control& control, std::span<const wasm::CatchClause> clauses) {
  control.first_inst = static_cast<uint32_t>(insts_.size());
  control.first_clause = static_cast<uint32_t>(clauses_.size());
  last_result_ = kNoSlot;  // the last instruction must stay outside
  for (const wasm::CatchClause& clause : clauses) {
    const auto target_idx = static_cast<uint32_t>(controls_.size() - 1 - clause.depth);
    const Control& target = controls_[target_idx];
    uint32_t end = target.base;
    for (const wasm::ValType type : label_types(target)) end += type.slots();
    reserve_frame(end);
    // Until the end of the block, `label` is the target.
    if (!clauses_.push({static_cast<CatchKind>(clause.kind), clause.tag, target_idx, target.base}))
      return fail(Failure::OutOfMemory);
  }
}

/// Registers the range of `control` up to `end` with its clauses, which are on top of `clauses_`, and forgets them.
void Builder::emit_range(const Control& control, uint32_t end) {
  const auto first_catch = static_cast<uint32_t>(catches_.size());
  const auto count = static_cast<uint32_t>(clauses_.size() - control.first_clause);
  if (count > 0 && (!catches_.append({clauses_.data() + control.first_clause, count}) ||
                    !handlers_.push({control.first_inst, end, first_catch, count})))
    fail(Failure::OutOfMemory);
  clauses_.truncate(control.first_clause);
}

/// Ends the body of a block that may be named by delegates: their common place to throw again must still be in its range.
void Builder::emit_delegate_pad(Control& control) {
  if (control.delegate_label == kNone) return;
  if (live_) jump(control, 0);
  bind(control.delegate_label);
  emit(Op::ThrowRef, Type::Ref).a = Operand::slot(control.base);
  end_line();
}

// ---- try_table -----------------------------------------------------------------------------------------------------

void Builder::end_try_table(Control& control) {
  emit_delegate_pad(control);
  const auto end = static_cast<uint32_t>(insts_.size());
  last_result_ = kNoSlot;
  if (end == control.first_inst) clauses_.truncate(control.first_clause);
  if (clauses_.size() > control.first_clause && live_) jump(control, 0);
  for (size_t i = control.first_clause; i < clauses_.size() && ok(); ++i) {
    Control& target = controls_[clauses_[i].label];
    clauses_[i].label = new_label();
    bind(clauses_[i].label);
    jump_in_place(target);
  }
  emit_range(control, end);
}

/// Goes to `target` with its values already where it wants them.
void Builder::jump_in_place(Control& target) {
  if (is_function(target)) {
    emit_return_from(target.base);
  } else {
    target.has_other_edges = true;
    const uint32_t label = use_label(target.label);
    emit(Op::Br, Type::I32).aux = label;
  }
  end_line();
}

// ---- legacy --------------------------------------------------------------------------------------------------------

void Builder::begin_catch(uint32_t tag) {
  if (dead_depth_ > 0) return;
  Control& control = controls_.back();
  resume_tail(control);
  if (!control.in_catch) {
    emit_delegate_pad(control);
    control.range_end = static_cast<uint32_t>(insts_.size());
  }
  if (live_) jump(control, 0);
  control.in_catch = true;
  last_result_ = kNoSlot;
  truncate(control.height);
  if (control.range_end == control.first_inst || !ok()) return;  // nothing can be thrown: the clause stays dead

  push_temporary(Type::Ref);
  Catch clause{CatchKind::AllRef, 0, new_label(), control.base};
  if (tag != wasm::kNoIndex) {
    clause.kind = CatchKind::TagRef;
    clause.tag = tag;
    clause.dst = height_;
    push_temporaries(module_->types[module_->tags[tag].type.type_idx].func.params);
    reserve_frame(height_ + 1);
  }
  bind(clause.label);
  if (tag != wasm::kNoIndex) emit_copy(control.base, Operand::slot(height_), Type::Ref);
  if (!clauses_.push(clause)) fail(Failure::OutOfMemory);
}

void Builder::end_legacy_try(Control& control) {
  if (control.in_catch)
    emit_range(control, control.range_end);
  else
    emit_delegate_pad(control);
}

void Builder::delegate(uint32_t depth) {
  if (dead_depth_ > 0) {
    --dead_depth_;
    return;
  }
  Control& control = controls_.back();
  resume_tail(control);
  emit_delegate_pad(control);
  last_result_ = kNoSlot;
  const auto end = static_cast<uint32_t>(insts_.size());
  if (end > control.first_inst) {
    const uint32_t handler = handler_from(static_cast<uint32_t>(controls_.size() - 2 - depth));
    Control& target = controls_[handler == kNone ? 0 : handler];
    reserve_frame(target.base + 1);
    if (!clauses_.push({CatchKind::AllRef, 0, use_label(target.delegate_label), target.base}))
      return fail(Failure::OutOfMemory);
  }
  emit_range(control, end);
  leave_block(control, false);
}

void Builder::rethrow(uint32_t depth) {
  emit(Op::ThrowRef, Type::Ref).a = Operand::slot(control_at(depth).base);
  end_line();
}

}  // namespace umber::ir
