// Exceptions. Catching costs nothing as long as nothing is thrown: a range of instructions and its clauses become rows of a table
// behind the function's code. That works because wherever something can be thrown from (a call, a throw) all values are in
// their slots anyway, so a landing starts with nothing in registers.
#include "decoder/ir/handler_order.h"
#include "decoder/ir/shape.h"
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Type;

namespace {

[[nodiscard]] bool has_tag(ir::CatchKind kind) { return kind == ir::CatchKind::Tag || kind == ir::CatchKind::TagRef; }
[[nodiscard]] bool has_ref(ir::CatchKind kind) { return kind == ir::CatchKind::TagRef || kind == ir::CatchKind::AllRef; }

/// Slots that a clause writes.
[[nodiscard]] uint32_t slots_of_clause(const ir::Function& function, const ir::Catch& clause) {
  uint32_t slots = has_ref(clause.kind) ? 1 : 0;
  if (!has_tag(clause.kind)) return slots;
  for (wasm::ValType type : function.module->types[function.module->tags[clause.tag].type.type_idx].func.params) slots += type.slots();
  return slots;
}

}  // namespace

/// What is true where an exception is caught: everything below what the clause writes is alive, in its slot.
void Encoder::open_landings() {
  if (function_->handlers.empty()) return;
  if (!positions_.resize(function_->insts.size() + 1)) return emitter_.fail();
  if (!emitter_.ok()) return;
  for (const ir::Catch& clause : function_->catches) {
    Snapshot& snapshot = labels_[clause.label].snapshot;
    snapshot = empty_snapshot();
    snapshot.top = clause.dst + slots_of_clause(*function_, clause);
  }
}

void Encoder::encode_throw(const ir::Inst& inst) {
  if (inst.op == ir::Op::ThrowRef) {
    flush_all();
    save_all();
    emitter_.emit(Single::ThrowRef, {use_slot(inst.a, Type::Ref)});
    release(inst.a);
  } else {
    const uint32_t base = place_arguments(inst);
    const std::span<const uint32_t> items = ir::items_of(*function_, inst);
    uint32_t end = base;
    for (uint32_t i = 0; i < items.size(); ++i) end += slots_of(ir::type_of_item(*function_, inst, i));
    const uint32_t live = physical(end > top_ ? end : top_);
    need_frame(live);
    emitter_.emit(Single::Throw, {physical(base), live}, {inst.aux});
    release_list(items);
  }
  reachable_ = false;
}

/// A HandlerTable, behind the code.
void Encoder::write_handlers() {
  if (positions_.empty() || !emitter_.ok()) return;
  const std::span<const ir::HandlerRange> handlers = function_->handlers;
  if (!ir::order_handlers(*function_, handler_order_).ok() || !handler_rows_.resize(handlers.size())) return emitter_.fail();
  uint32_t innermost = HandlerTable::kNone;
  for (uint32_t row = 0; row < handlers.size(); ++row) {
    const ir::HandlerRange& range = handlers[handler_order_[row]];
    while (innermost != HandlerTable::kNone && handlers[handler_order_[innermost]].end <= range.first)
      innermost = handler_rows_[innermost].outer;
    handler_rows_[row] = {positions_[range.first], positions_[range.end], innermost, range.first_catch, range.catch_count};
    innermost = row;
  }
  emitter_.pad_to_word();
  emitter_.append_word(static_cast<uint32_t>(handlers.size()));
  for (const HandlerTable::Range& row : handler_rows_)
    for (const uint32_t word : {row.first, row.end, row.outer, row.first_clause, row.clause_count}) emitter_.append_word(word);
  for (const ir::Catch& clause : function_->catches) {
    emitter_.append_word(labels_[clause.label].position);
    emitter_.append_word(clause.tag);
    emitter_.append_word(physical(clause.dst) | static_cast<uint32_t>(clause.kind) << 16);
  }
}

}  // namespace umber::interp
