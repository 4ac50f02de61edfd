// Blocks and branches. A value that crosses a join must lie in its canonical temporary: a block that nobody branches to
// has no join, so its results stay as lazy as they are. Edges move values only downwards (a branch leaves values above
// the target's behind), so copying in ascending order never overwrites a source.
#include "decoder/ir/builder_inline.h"
#include "decoder/wasm/limits.h"

namespace umber::ir {

using wasm::BlockKind;

uint32_t Builder::new_label() {
  const auto label = static_cast<uint32_t>(labels_.size());
  if (!labels_.push(0)) fail(Failure::OutOfMemory);
  return label;
}

/// The next instruction is where `label` is.
void Builder::bind(uint32_t label) {
  if (!ok()) return;
  labels_[label] = static_cast<uint32_t>(insts_.size());
  emit(Op::Label, Type::I32).aux = label;
  live_ = ok();
}

// ---- blocks --------------------------------------------------------------------------------------------------------

void Builder::begin_block(BlockKind kind, const wasm::BlockType& type, std::span<const wasm::CatchClause> clauses) {
  if (!live_) {
    ++dead_depth_;
    return;
  }
  ++weight_;
  Value condition{};
  if (kind == BlockKind::If) condition = pop();
  flush_locals(kind == BlockKind::If ? condition.slot : kNoSlot);

  Control control{};
  control.kind = kind;
  control.height = static_cast<uint32_t>(stack_.size() - type.params.size());
  control.base = type.params.empty() ? height_ : stack_[control.height].slot;
  control.params = type.params;
  control.results = type.results;
  control.loop = controls_.back().loop;
  control.outer_handler = handler_from(static_cast<uint32_t>(controls_.size() - 1));
  switch (kind) {
    case BlockKind::Block: break;
    case BlockKind::Loop: begin_loop(control); break;
    case BlockKind::If: begin_if(control, condition); break;
    case BlockKind::TryTable:
    case BlockKind::LegacyTry: begin_try(control, clauses); break;
  }
  if (!controls_.push(control)) fail(Failure::OutOfMemory);
}

void Builder::begin_loop(Control& control) {
  materialize_constants(control.params.size(), kNoSlot);
  const auto loop = static_cast<uint32_t>(loops_.size());
  control.label = new_label();
  if (!ok()) return;
  const auto first = static_cast<uint32_t>(insts_.size());
  labels_[control.label] = first;
  if (!loops_.push({control.label, control.loop, first, first})) return fail(Failure::OutOfMemory);
  Inst& header = emit(Op::LoopHeader, Type::I32);
  header.aux = control.label;
  header.b = Operand::of_bits(loop);
  control.loop = loop;
  control.outer_weight = weight_;
  weight_ = 0;
}

void Builder::begin_if(Control& control, const Value& condition) {
  // Both arms start with the parameters, so they must be the same for both.
  materialize_constants(control.params.size(), condition.slot);
  if (!ok()) return;
  if (condition.operand.is_constant()) {
    const bool taken = static_cast<uint32_t>(constant_of(condition.operand)) != 0;
    control.false_edge = taken ? FalseEdge::None : FalseEdge::Direct;
    if (!taken) end_line();
    return;
  }
  control.false_edge = FalseEdge::Label;
  control.false_label = new_label();
  Inst& inst = emit(Op::BrUnless, Type::I32);
  inst.a = condition.operand;
  inst.aux = control.false_label;
}

void Builder::begin_else() {
  if (dead_depth_ > 0) return;
  Control& control = controls_.back();
  resume_tail(control);
  if (live_ && control.false_edge == FalseEdge::None) leave_to(control);  // nothing will be emitted for this arm
  if (live_) jump(control, 0);
  truncate(control.height);
  push_temporaries(control.params);
  switch (control.false_edge) {
    case FalseEdge::None: end_line(); break;
    case FalseEdge::Label: bind(control.false_label); break;
    case FalseEdge::Direct: live_ = ok(); break;
  }
  control.false_edge = FalseEdge::None;
  last_result_ = kNoSlot;
}

void Builder::end_block() {
  if (dead_depth_ > 0) {
    --dead_depth_;
    return;
  }
  Control& control = controls_.back();
  if (is_function(control)) return end_function();
  resume_tail(control);
  if (control.kind == BlockKind::TryTable) end_try_table(control);
  if (control.kind == BlockKind::LegacyTry) end_legacy_try(control);
  leave_block(control, control.kind == BlockKind::If && control.false_edge != FalseEdge::None);
}

/// Control comes from the end of the body, from branches, and with `joins` from a false condition.
void Builder::leave_block(Control& control, bool joins) {
  const bool is_loop = control.kind == BlockKind::Loop;
  if (is_loop) end_loop(control);
  const bool has_label = !is_loop && control.label != kNone;
  if (has_label || joins || control.in_catch) {
    if (live_) move_edge(control, 0);
    truncate(control.height);
    push_temporaries(control.results);
    if (has_label) bind(control.label);
    if (control.false_edge == FalseEdge::Label) bind(control.false_label);
    if (control.false_edge == FalseEdge::Direct) live_ = ok();
    if (!joins && !control.in_catch && !control.has_other_edges)
      join_ = {static_cast<uint32_t>(insts_.size()), control.base, control.edges};
  } else if (!live_) {
    truncate(control.height);
  }
  controls_.pop();
}

void Builder::end_loop(const Control& control) {
  LoopRange& loop = loops_[control.loop];
  loop.end = static_cast<uint32_t>(insts_.size());
  insts_[loop.first].imm = weight_;
  weight_ = control.outer_weight;
  last_result_ = kNoSlot;  // the last instruction must stay inside
}

void Builder::end_function() {
  Control& control = controls_.back();
  if (live_) {
    if (control.label != kNone) {
      truncate(0);
      bind(control.label);
    }
    emit_return(0);
  } else if (control.label != kNone) {
    bind(control.label);
    emit_return(0);
  }
  emit_delegate_pad(control);
  insts_[0].imm = weight_;
  truncate(0);
  controls_.pop();
  if (frame_slots_ > wasm::kMaxFrameSlots) fail(Failure::FrameTooLarge);
}

// ---- edges ---------------------------------------------------------------------------------------------------------

/// Whether the branch's values lie elsewhere than the target wants them.
bool Builder::edge_moves(const Control& target) const {
  const std::span<const wasm::ValType> types = label_types(target);
  uint32_t slot = target.base;
  for (size_t i = 0; i < types.size(); ++i) {
    const Value& value = stack_[stack_.size() - types.size() + i];
    if (value.operand.bits() != slot) return true;
    slot += slots_of(value.type);
  }
  return false;
}

void Builder::move_edge(Control& target, uint8_t flags) {
  const size_t count = label_types(target).size();
  uint32_t slot = target.base;
  for (size_t i = 0; i < count; ++i) {
    const Value& value = stack_[stack_.size() - count + i];
    if (value.operand.bits() != slot) {
      emit_copy(slot, value.operand, value.type).flags = is_in_place(value) ? flags : 0;
      last_result_ = slot;
    }
    slot += slots_of(value.type);
  }
  if (count == 1 && target.kind != BlockKind::Loop && !is_function(target)) record_edge(target);
}

/// The value for the end of `target` is in place; the branch comes next, or the end itself.
void Builder::record_edge(Control& target) {
  const auto definition = static_cast<uint32_t>(insts_.size()) - 1;
  if (target.edges != kNone && edges_[target.edges].definition == definition) return;  // resumed behind leave_to
  if (last_result_ != target.base) {
    target.has_other_edges = true;
    return;
  }
  if (!edges_.push({definition, target.edges})) return fail(Failure::OutOfMemory);
  target.edges = static_cast<uint32_t>(edges_.size() - 1);
}

/// Whether a value that is to be written to a local is the result of the block that has just ended, and is defined there now.
bool Builder::retarget_join(const Value& value, uint32_t slot) {
  if (join_.next_inst != insts_.size() || value.operand != Operand::slot(join_.slot)) return false;
  for (uint32_t edge = join_.edges; edge != kNone; edge = edges_[edge].older) insts_[edges_[edge].definition].dst = slot;
  join_ = {};
  return true;
}

void Builder::emit_return_list(uint32_t list, uint8_t flags) {
  Inst& inst = emit(Op::Return, Type::I32);
  inst.imm = list;
  inst.flags = flags;
  end_line();
}

/// Returns the values on top of the stack, which stay there.
void Builder::emit_return(uint8_t flags) {
  const auto count = static_cast<uint32_t>(controls_[0].results.size());
  if (count == 0) return emit_return_list(0, 0);
  const auto list = static_cast<uint32_t>(extra_.size());
  if (!extra_.resize(list + 1 + count)) return fail(Failure::OutOfMemory);
  extra_[list] = count;
  for (uint32_t i = 0; i < count; ++i) extra_[list + 1 + i] = stack_[stack_.size() - count + i].operand.bits();
  emit_return_list(list, flags);
}

/// Returns values that lie side by side from `slot` on.
void Builder::emit_return_from(uint32_t slot) {
  const std::span<const wasm::ValType> types = controls_[0].results;
  if (types.empty()) return emit_return_list(0, 0);
  const auto list = static_cast<uint32_t>(extra_.size());
  if (!extra_.resize(list + 1 + types.size())) return fail(Failure::OutOfMemory);
  extra_[list] = static_cast<uint32_t>(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    extra_[list + 1 + i] = Operand::slot(slot).bits();
    slot += types[i].slots();
  }
  emit_return_list(list, 0);
}

/// Goes to `target` for good; the values stay on the stack.
void Builder::jump(Control& target, uint8_t flags) {
  if (is_function(target)) return emit_return(flags);
  move_edge(target, flags);
  const uint32_t label = use_label(target.label);
  emit(Op::Br, Type::I32).aux = label;
  end_line();
}

/// `br`. One to the end of the innermost block is no jump: nothing more is emitted before that end.
void Builder::leave_to(Control& target) {
  if (&target != &controls_.back() || target.kind == BlockKind::Loop || is_function(target)) return jump(target, 0);
  move_edge(target, 0);
  target.has_tail = true;
  end_line();
}

/// At the end of a block or of one of its parts: goes on where leave_to stopped.
void Builder::resume_tail(Control& control) {
  if (!control.has_tail) return;
  control.has_tail = false;
  truncate(control.height);
  push_temporaries(control.results);
  live_ = ok();
}

void Builder::branch_if(const Value& condition, uint32_t depth, bool negate) {
  Control& target = control_at(depth);
  if (condition.operand.is_constant()) {
    if ((static_cast<uint32_t>(constant_of(condition.operand)) != 0) != negate) leave_to(target);
    return;
  }
  const bool returns_values = is_function(target) && !target.results.empty();
  const bool moves = edge_moves(target);
  const bool same_height = !moves || stack_[stack_.size() - label_types(target).size()].slot == target.base;
  if (!returns_values && same_height) {
    // The values' own temporaries are the target's: writing them harms nobody, taken or not.
    target.has_other_edges = true;
    uint32_t slot = target.base;
    for (size_t i = stack_.size() - label_types(target).size(); i < stack_.size(); ++i) {
      if (!is_in_place(stack_[i])) emit_copy_before(slot, stack_[i].operand, stack_[i].type, condition.slot);
      slot += slots_of(stack_[i].type);
    }
    const uint32_t label = use_label(target.label);
    Inst& inst = emit(negate ? Op::BrUnless : Op::BrIf, Type::I32);
    inst.a = condition.operand;
    inst.aux = label;
    return;
  }
  const uint32_t skip = new_label();
  Inst& inst = emit(negate ? Op::BrIf : Op::BrUnless, Type::I32);
  inst.a = condition.operand;
  inst.aux = skip;
  jump(target, kKeepsOperands);
  bind(skip);
}

// ---- br_table ------------------------------------------------------------------------------------------------------

/// The label that the current br_table uses for `target`: its own, or that of a block that moves the values there.
uint32_t Builder::table_edge(Control& target) {
  const bool returns_values = is_function(target) && !target.results.empty();
  if (!returns_values && !edge_moves(target)) {
    target.has_other_edges = true;
    return use_label(target.label);
  }
  if (target.edge_table != table_count_) {
    target.edge_table = table_count_;
    target.edge_label = new_label();
  }
  return target.edge_label;
}

void Builder::branch_table(const wasm::Immediates& immediates) {
  const Value index = pop();
  const std::span<const uint32_t> depths = immediates.labels;
  if (index.operand.is_constant()) {
    const uint64_t last = depths.size() - 1;
    const uint64_t selected = static_cast<uint32_t>(constant_of(index.operand));
    return leave_to(control_at(depths[selected < last ? selected : last]));
  }
  ++table_count_;
  const auto at = static_cast<uint32_t>(extra_.size());
  if (!extra_.resize(at + 1 + depths.size())) return fail(Failure::OutOfMemory);
  extra_[at] = static_cast<uint32_t>(depths.size());
  for (size_t i = 0; i < depths.size(); ++i) extra_[at + 1 + i] = table_edge(control_at(depths[i]));
  Inst& inst = emit(Op::BrTable, Type::I32);
  inst.a = index.operand;
  inst.imm = at;
  end_line();
  emit_table_edges(depths);
}

/// One block for each distinct target that needs its values moved, in order of first use.
void Builder::emit_table_edges(std::span<const uint32_t> depths) {
  for (const uint32_t depth : depths) {
    Control& target = control_at(depth);
    if (target.edge_table != table_count_ || target.edge_label == kNone || !ok()) continue;
    bind(target.edge_label);
    target.edge_label = kNone;
    jump(target, kKeepsOperands);
  }
}

// ---- branches on references ----------------------------------------------------------------------------------------

/// Tests the reference on top of the stack, which stays there; returns the i32 condition.
Builder::Value Builder::test_top(Op op, uint32_t aux, uint8_t flags) {
  const Value& reference = stack_.back();
  if (op == Op::RefIsNull && reference.operand.is_constant()) {  // constants are null
    push_constant(1, Type::I32);
    return pop();
  }
  const Operand operand = reference.operand;
  Inst& inst = define(op, Type::I32);
  inst.a = operand;
  inst.aux = aux;
  inst.flags = is_temporary(operand) ? flags | kKeepsOperands : flags;
  return pop();
}

void Builder::branch_on_null(uint32_t depth) {
  const Value condition = test_top(Op::RefIsNull, 0, 0);
  const Value reference = pop();
  branch_if(condition, depth, false);
  if (live_) push_again(reference);
}

void Builder::branch_on_non_null(uint32_t depth) {
  const Value condition = test_top(Op::RefIsNull, 0, 0);
  branch_if(condition, depth, true);
  if (live_) (void)pop();
}

void Builder::branch_on_cast(const wasm::Immediates& immediates, bool on_success) {
  const Value condition = test_top(Op::RefTest, immediates.heap_type.bits(), immediates.nullable ? kNullable : 0);
  branch_if(condition, immediates.index, !on_success);
}

}  // namespace umber::ir
