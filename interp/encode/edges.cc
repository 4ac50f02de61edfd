// Regions, labels and the edges between them.
#include "interp/encode/encoder.h"
#include "interp/pair_families.h"

namespace umber::interp {

Encoder::Snapshot Encoder::empty_snapshot() const {
  Snapshot snapshot;
  snapshot.set = true;
  snapshot.top = function_->local_slots;
  return snapshot;
}

// ---- regions -------------------------------------------------------------------------------------------------------

void Encoder::open_body() {
  Region none{};
  for (uint32_t& slot : none.local_of) slot = ir::kNoSlot;
  Region body{};
  assign(plan_.region(wasm::kNoIndex), none, body);
  body.loop = wasm::kNoIndex;
  body.end = static_cast<uint32_t>(function_->insts.size());
  if (!regions_.push(body)) return emitter_.fail();
  adopt(body, empty_snapshot());
}

/// Registers for a region's locals: where the outer region has them, else free ones, else those of colder locals.
void Encoder::assign(const RegionPlan& plan, const Region& outer, Region& out) const {
  uint32_t used = 0;
  uint32_t placed = 0;
  out.assigned = 0;
  for (unsigned reg = 0; reg < kRegs; ++reg) out.local_of[reg] = ir::kNoSlot;
  if (!registers_ || !applies(Technique::Registers)) return;
  for (unsigned i = 0; i < kRegs; ++i) {
    for (unsigned reg = 0; plan.locals[i] != ir::kNoSlot && reg < kRegs; ++reg) {
      if (outer.local_of[reg] != plan.locals[i]) continue;
      out.local_of[reg] = plan.locals[i];
      used |= 1u << reg;
      placed |= 1u << i;
    }
  }
  for (unsigned i = 0; i < kRegs; ++i) {
    if (plan.locals[i] == ir::kNoSlot || (placed >> i & 1) != 0) continue;
    const uint32_t mask = (i < kIntRegs ? kIntMask : kFloatMask) & ~used;
    unsigned chosen = kRegs;
    for (unsigned reg = 0; reg < kRegs; ++reg) {
      if ((mask >> reg & 1) == 0) continue;
      if (chosen == kRegs || (outer.local_of[chosen] != ir::kNoSlot && outer.local_of[reg] == ir::kNoSlot)) chosen = reg;
    }
    out.local_of[chosen] = plan.locals[i];
    used |= 1u << chosen;
  }
  // What nobody wants in here stays with the outer region's local, unless calls would have it loaded again in every turn.
  for (unsigned c = 0; c < 2 && !plan.calls; ++c) {
    const uint32_t mask = c == 0 ? kIntMask : kFloatMask;
    int spare = std::popcount(mask & ~used) - plan.temporaries[c];
    for (unsigned reg = 0; reg < kRegs && spare > 0; ++reg) {
      if ((mask >> reg & 1) == 0 || (used >> reg & 1) != 0 || outer.local_of[reg] == ir::kNoSlot) continue;
      out.local_of[reg] = outer.local_of[reg];
      used |= 1u << reg;
      --spare;
    }
  }
  out.assigned = used;
}

void Encoder::enter_loop(const ir::Inst& inst) {
  flush_all();
  const uint32_t loop = inst.b.bits();
  const Region outer = regions_.back();
  Region inner{};
  const RegionPlan& plan = plan_.region(loop);
  assign(plan, outer, inner);
  inner.loop = loop;
  inner.end = function_->loops[loop].end;

  EdgeFix fix;
  Snapshot snapshot = transfer(inner, fix);
  for_each_register(snapshot.temporaries, [&](unsigned reg) {  // a turn of the loop finds it in its slot
    fix.save |= 1u << reg;
    fix.save_slots[reg] = static_cast<uint16_t>(physical(snapshot.slot[reg]));
  });
  snapshot.temporaries = 0;
  fix.load = inner.assigned & ~snapshot.valid;
  for_each_register(fix.load, [&](unsigned reg) { fix.load_slots[reg] = static_cast<uint16_t>(physical(inner.local_of[reg])); });
  snapshot.valid |= inner.assigned;
  for_each_register(inner.assigned, [&](unsigned reg) {
    bool written = true;  // a local that only the outer region wants: assume the worst
    for (unsigned i = 0; i < kRegs; ++i)
      if (plan.locals[i] == inner.local_of[reg]) written = (plan.written >> i & 1) != 0;
    if (written) snapshot.dirty |= 1u << reg;
  });
  emit_fix_then(fix, kFamEnterInt, Single::Charge, {&inst.imm, 1});
  if (!regions_.push(inner)) return emitter_.fail();
  region_of_loop_[loop] = static_cast<uint32_t>(regions_.size() - 1);
  adopt(inner, snapshot);
  last_.kind = Last::None;
  Label& label = labels_[inst.aux];
  label.position = emitter_.position();
  label.weight = inst.imm;
  label.snapshot = snapshot;
  if (is_draft()) count_visit(loop);
  if (is_successor()) note_loop_entry(inner);
}

/// Closes the regions that end before the current instruction; the function's own ends behind all.
void Encoder::leave_regions() {
  while (index_ >= regions_.back().end) {
    if (!reachable_) {
      regions_.pop();
      adopt(regions_.back(), empty_snapshot());
      continue;
    }
    flush_all();
    EdgeFix fix;
    const Region outer = regions_[regions_.size() - 2];
    const Snapshot snapshot = transfer(outer, fix);
    emit_fix(fix);
    regions_.pop();
    adopt(outer, snapshot);
  }
}

/// The current state as the target region sees it, and what must be saved on the way.
[[gnu::always_inline]] inline Encoder::Snapshot Encoder::transfer(const Region& target, EdgeFix& fix) const {
  Snapshot snapshot;
  snapshot.set = true;
  snapshot.top = top_;
  uint32_t kept = regs_.locals;
  if (&target != &regions_.back())
    for_each_register(kept, [&](unsigned reg) { kept &= ~(target.local_of[reg] != regs_.slot[reg] ? 1u << reg : 0u); });
  snapshot.valid = regs_.valid & kept;
  snapshot.dirty = regs_.dirty & kept;
  snapshot.temporaries = regs_.temporaries & ~target.assigned;
  for_each_register(snapshot.temporaries, [&](unsigned reg) { snapshot.slot[reg] = regs_.slot[reg]; });
  fix.save = (regs_.locals & ~kept & regs_.valid & regs_.dirty) | (regs_.temporaries & target.assigned);
  for_each_register(fix.save, [&](unsigned reg) { fix.save_slots[reg] = static_cast<uint16_t>(physical(regs_.slot[reg])); });
  return snapshot;
}

/// Begins code in a region, with the registers as they are at a label.
void Encoder::adopt(const Region& region, const Snapshot& snapshot) {
  for_each_register(regs_.locals, [&](unsigned reg) {
    local_regs_[regs_.slot[reg]] = -1;
    move_to_slot(regs_.slot[reg]);
  });
  for_each_register(regs_.temporaries & region.assigned, [&](unsigned reg) { move_to_slot(regs_.slot[reg]); });
  regs_.temporaries &= ~region.assigned;
  regs_.locals = region.assigned;
  regs_.valid = 0;
  for_each_register(regs_.locals, [&](unsigned reg) {
    regs_.slot[reg] = region.local_of[reg];
    local_regs_[region.local_of[reg]] = static_cast<int8_t>(reg);
  });
  region_end_ = region.end;
  restore(snapshot);
}

/// The same without a change of region.
[[gnu::always_inline]] inline void Encoder::restore(const Snapshot& snapshot) {
  for_each_register(regs_.temporaries | (regs_.valid & ~snapshot.valid), [&](unsigned reg) { move_to_slot(regs_.slot[reg]); });
  for_each_register(snapshot.valid & ~regs_.valid, [&](unsigned reg) { move_to_reg(regs_.slot[reg], reg); });
  regs_.temporaries = 0;
  regs_.held = 0;
  vector_ = {};
  regs_.valid = snapshot.valid;
  regs_.dirty = snapshot.dirty;
  for_each_register(snapshot.temporaries, [&](unsigned reg) { set_temporary(reg, snapshot.slot[reg]); });
  top_ = snapshot.top;
}

// ---- edges ---------------------------------------------------------------------------------------------------------

/// An edge from here to a label further on. The label's state becomes what holds on all edges; what this one lacks it does
/// on its way.
Encoder::EdgeFix Encoder::cross(uint32_t label) {
  EdgeFix fix;
  const uint32_t loop = plan_.loop_of_label(label);
  const Region& target = regions_[loop == wasm::kNoIndex ? 0 : region_of_loop_[loop]];
  Snapshot here = transfer(target, fix);
  Snapshot& there = labels_[label].snapshot;
  if (!there.set) {
    there = here;
    return fix;
  }
  if (here.top > there.top) there.top = here.top;
  const auto save = [&](unsigned reg, uint32_t slot) {
    fix.save |= 1u << reg;
    fix.save_slots[reg] = static_cast<uint16_t>(physical(slot));
  };
  const auto load = [&](unsigned reg, uint32_t slot) {
    fix.load |= 1u << reg;
    fix.load_slots[reg] = static_cast<uint16_t>(physical(slot));
  };
  for_each_register(here.temporaries | there.temporaries, [&](unsigned reg) {
    const bool is_here = (here.temporaries >> reg & 1) != 0, is_there = (there.temporaries >> reg & 1) != 0;
    if (is_here && is_there && here.slot[reg] == there.slot[reg]) return;
    if (is_here) save(reg, here.slot[reg]);
    if (is_there) load(reg, there.slot[reg]);
  });
  const uint32_t differ = here.valid ^ there.valid;
  const uint32_t saved = here.valid & here.dirty & differ;
  const uint32_t loaded = there.valid & there.dirty & differ;
  for_each_register(saved, [&](unsigned reg) { save(reg, target.local_of[reg]); });
  for_each_register(loaded, [&](unsigned reg) { load(reg, target.local_of[reg]); });
  there.valid &= here.valid | loaded;
  there.dirty |= here.dirty & ~saved;
  return fix;
}

/// An edge back to a loop header, whose state is fixed: its locals in their registers, temporaries in their slots.
Encoder::EdgeFix Encoder::cross_back(const Label& label) const {
  EdgeFix fix;
  const uint32_t loop = function_->insts[function_->labels[&label - labels_.data()]].b.bits();
  const Region& target = regions_[region_of_loop_[loop]];
  const Snapshot here = transfer(target, fix);
  fix.save |= here.temporaries;
  for_each_register(here.temporaries, [&](unsigned reg) { fix.save_slots[reg] = static_cast<uint16_t>(physical(here.slot[reg])); });
  fix.load = target.assigned & ~here.valid;
  for_each_register(fix.load, [&](unsigned reg) { fix.load_slots[reg] = static_cast<uint16_t>(physical(target.local_of[reg])); });
  return fix;
}

void Encoder::emit_fix(const EdgeFix& fix) {
  emitter_.save(fix.save, fix.save_slots);
  emitter_.load(fix.load, fix.load_slots);
}

/// The fix, its loads of integers joined to the operation behind it, which has a family with loads.
void Encoder::emit_fix_then(const EdgeFix& fix, const Family& loading, Single plain, std::span<const uint32_t> words) {
  const uint32_t ints = fix.load & kIntMask;
  emitter_.save(fix.save, fix.save_slots);
  emitter_.load(fix.load & ~kIntMask, fix.load_slots);
  uint32_t slots[kIntRegs];
  unsigned count = 0;
  for (unsigned reg = 0; reg < kIntRegs; ++reg)
    if ((ints >> reg & 1) != 0) slots[count++] = fix.load_slots[reg];
  if (ints == 0 && plain == Single::Charge && join_charge(words[0])) return;
  const Handler handler = ints == 0 ? kFamSingle.table[static_cast<unsigned>(plain)] : loading.table[ints];
  emitter_.emit_handler(handler, {slots, count}, words);
}

void Encoder::bind(const ir::Inst& inst) {
  Label& label = labels_[inst.aux];
  if (reachable_) {
    flush_all();
    const Snapshot before = label.snapshot;
    const EdgeFix fix = cross(inst.aux);
    const uint32_t exit = fix.empty() ? 0 : exit_at(inst.aux);
    if (exit == 0) {
      emit_fix(fix);
    } else {
      label.snapshot = before;
      encode_exit(exit);
    }
  }
  last_.kind = Last::None;
  label.position = emitter_.position();
  emitter_.resolve(label.chain, label.position);
  reachable_ = true;
  restore(label.snapshot.set ? label.snapshot : empty_snapshot());
}

void Encoder::jump(uint32_t target) {
  Label& label = labels_[target];
  if (label.position != Emitter::kNoCode) {
    const EdgeFix fix = cross_back(label);
    const uint32_t words[] = {0, label.weight};
    if (!fix.empty() || !(join_jump(words) || join_table(label))) emit_fix_then(fix, kFamJumpBackInt, Single::JumpBack, words);
    emitter_.patch(emitter_.position() - 8, emitter_.last_start(), label.position);
  } else {
    if (const uint32_t exit = exit_at(target); exit != 0) return encode_exit(exit);
    emit_fix(cross(target));
    const uint32_t words[] = {0};
    if (!join_jump(words)) emitter_.emit(Single::Jump, {}, {0});
    emitter_.add_fixup(label.chain, emitter_.position() - 4, emitter_.last_start());
  }
  reachable_ = false;
}

/// The first instruction of the function's end behind a label, if that is short and only computes, so that it may stand in more than one
/// place; 0 if it is not.
uint32_t Encoder::exit_at(uint32_t label) const {
  constexpr unsigned kLabels = 4, kOperations = 3;
  if (kIsCompact || !registers_) return 0;
  uint32_t first = function_->labels[label];
  for (unsigned i = 0; i < kLabels && function_->insts[first].op == ir::Op::Label; ++i) ++first;
  uint32_t at = first;
  while (at < first + kOperations && is_plain(function_->insts[at].op) && function_->insts[at].type != ir::Type::V128) ++at;
  if (function_->insts[at].op != ir::Op::Return) return 0;
  const std::span<const wasm::ValType> types = function_->module->func_type(function_->func_idx).results;
  return types.size() <= 1 && (types.empty() || types[0].kind() != wasm::ValType::V128) ? first : 0;
}

/// The jump and what comes before it in one operation. `words`: the distance and, back to a loop, the weight.
bool Encoder::join_jump(std::span<const uint32_t> words) {
  const bool moves = follows(Last::Move);
  if (!moves && !follows(Last::Sum) && !follows(Last::Increment)) return false;
  const Last before = take_back();
  PlainFields fields({}, {});
  if (!moves) fields.add_word(before.imm);
  for (const uint32_t word : words) fields.add_word(word);
  emitter_.emit_places(moves ? kFamMoveJump : kFamSumJump, words.size() == 2 ? 1 : 0, {before.place, before.from}, fields);
  return true;
}

/// The last instruction was a br_table, whose work `family` does behind a jump back: if a loop begins with it, such jumps will come.
void Encoder::note_table(const Family& family, unsigned op, const Place& a, const Place& b, uint32_t offset) {
  const uint32_t loop = regions_.back().loop;
  if (!applies(Technique::Pairs) || loop == wasm::kNoIndex || !registers_) return;
  const uint32_t start = emitter_.last_start();
  if (start == labels_[function_->loops[loop].label].position) header_table_ = {start, &family, static_cast<uint8_t>(op), {a, b}, offset};
}

/// A jump back to a loop that begins with a br_table, and that. What it traps at is the table's, wherever the program counter is by then.
bool Encoder::join_table(const Label& label) {
  const HeaderTable& table = header_table_;
  if (table.position != label.position) return false;
  mark(table.offset);
  const PlainFields fields({}, {0, label.weight});
  if (table.places[1].kind == Place::None)
    emitter_.emit_places(*table.family, table.op, {table.places[0]}, fields);
  else
    emitter_.emit_places(*table.family, table.op, {table.places[0], table.places[1]}, fields);
  return true;
}

/// The default's distance is the last one. Edges with work to do, or back to a loop, go through a stub each.
void Encoder::branch_table(const ir::Inst& inst) {
  const std::span<const uint32_t> targets = function_->list(inst.imm);
  const auto last = static_cast<uint32_t>(targets.size() - 1);
  const Pending* waiting = pending_of(inst.a, Pending::Load);
  if (applies(Technique::Loads) && waiting != nullptr && waiting->op == ir::Op::I32Load8U && waiting->addend == 0) {
    const Pending load = *waiting;
    Pending held;
    absorb(held, inst.a);
    flush_all();
    free_held(held.held);
    release(inst.a);
    mark(load.offset);
    if (!join_step_table(load, last)) {
      emitter_.emit(kFamBranchTableLoad, 0, {load.b}, {}, {load.imm, last});
      note_table(kFamBackToTable, 2, load.b, {}, load.offset);
    }
  } else if (const Pending* const sum = pending_of(inst.a, Pending::Linear);
             applies(Technique::Pairs) && sum != nullptr && sum->b.kind == Place::None) {
    const Place a = sum->a;
    const uint32_t added = sum->imm;
    Pending held;
    absorb(held, inst.a);
    flush_all();
    free_held(held.held);
    release(inst.a);
    emitter_.emit(kFamBranchTableSum, 0, {a}, {}, {added, last});
    note_table(kFamBackToTable, 1, a, {}, inst.offset);
  } else {
    const Place index = use(inst.a);
    flush_all();
    release(inst.a);
    emitter_.emit(kFamBranchTable, 0, {index}, {}, {last});
    note_table(kFamBackToTable, 0, index, {}, inst.offset);
  }
  const uint32_t start = emitter_.last_start();
  for (uint32_t target : targets) {
    emitter_.append_word(0);
    if (!emitter_.ok()) return;
    const uint32_t field = emitter_.position() - 4;
    Label& label = labels_[target];
    const bool back = label.position != Emitter::kNoCode;
    const EdgeFix fix = back ? cross_back(label) : cross(target);
    if (!back && fix.empty()) {
      emitter_.add_fixup(label.chain, field, start);
      continue;
    }
    Stub stub{Emitter::kNoCode, target, inst.offset, fix};
    emitter_.add_fixup(stub.chain, field, start);
    if (!stubs_.push(stub)) return emitter_.fail();
  }
  reachable_ = false;
}

void Encoder::emit_stubs() {
  for (const Stub& stub : stubs_) {
    if (!emitter_.ok()) return;
    mark(stub.offset);
    emitter_.resolve(stub.chain, emitter_.position());
    const Label& label = labels_[stub.label];
    const bool back = function_->insts[function_->labels[stub.label]].op == ir::Op::LoopHeader;
    if (back) {
      const uint32_t words[] = {0, label.weight};
      emit_fix_then(stub.fix, kFamJumpBackInt, Single::JumpBack, words);
    } else {
      emit_fix(stub.fix);
      emitter_.emit(Single::Jump, {}, {0});
    }
    emitter_.patch(emitter_.position() - (back ? 8 : 4), emitter_.last_start(), label.position);
  }
}

// ---- calls ---------------------------------------------------------------------------------------------------------

/// Everything that lives only in a register goes to its slot. One or two integers are moves, which others can join.
void Encoder::save_all() {
  uint32_t mask = (regs_.locals & regs_.valid & regs_.dirty) | regs_.temporaries;
  uint16_t slots[kRegs] = {};
  for_each_register(mask, [&](unsigned reg) { slots[reg] = static_cast<uint16_t>(physical(regs_.slot[reg])); });
  regs_.dirty = 0;
  const uint32_t ints = mask & kIntMask;
  if (!applies(Technique::Pairs) || std::popcount(ints) > 2) return emitter_.save(mask, slots);
  emitter_.save(mask & ~ints, slots);
  for_each_register(ints, [&](unsigned reg) { emit_copy(ir::Type::I64, Place::in_slot(slots[reg]), Place::in_reg(reg, slots[reg])); });
}

/// After a call: registers hold nothing.
void Encoder::invalidate_locals() {
  for_each_register(regs_.temporaries | regs_.valid, [&](unsigned reg) { move_to_slot(regs_.slot[reg]); });
  regs_.temporaries = 0;
  regs_.valid = regs_.dirty = 0;
  vector_ = {};
}

}  // namespace umber::interp
