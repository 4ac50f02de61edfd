// Regions, labels and the edges between them.
#include "interp/encode/encoder.h"

namespace umber::interp {


Encoder::Snapshot Encoder::empty_snapshot() const {
  Snapshot snapshot;
  snapshot.set = true;
  snapshot.top = function_->local_slots;
  for (uint32_t& slot : snapshot.temporary) slot = ir::kNoSlot;
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
  // What nobody wants in here stays with the outer region's local.
  for (unsigned c = 0; c < 2; ++c) {
    const uint32_t mask = c == 0 ? kIntMask : kFloatMask;
    int spare = std::popcount(mask & ~used) - plan.temporaries[c];
    for (unsigned reg = 0; reg < kRegs && spare > 0; ++reg) {
      if ((mask >> reg & 1) == 0 || (used >> reg & 1) != 0 || outer.local_of[reg] == ir::kNoSlot) continue;
      out.local_of[reg] = outer.local_of[reg];
      used |= 1u << reg;
      --spare;
    }
  }
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
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    const uint32_t temporary = snapshot.temporary[reg];
    if (temporary != ir::kNoSlot) {  // a turn of the loop finds it in its slot
      fix.save |= 1u << reg;
      fix.save_slots[reg] = static_cast<uint16_t>(physical(temporary));
      snapshot.temporary[reg] = ir::kNoSlot;
    }
    const uint32_t local = inner.local_of[reg];
    if (local == ir::kNoSlot) continue;
    if ((snapshot.valid >> reg & 1) == 0) {
      fix.load |= 1u << reg;
      fix.load_slots[reg] = static_cast<uint16_t>(physical(local));
    }
    bool written = local != ir::kNoSlot;  // a local that only the outer region wants: assume the worst
    for (unsigned i = 0; i < kRegs; ++i)
      if (plan.locals[i] == local) written = (plan.written >> i & 1) != 0;
    snapshot.valid |= 1u << reg;
    if (written) snapshot.dirty |= 1u << reg;
  }
  emit_fix_then(fix, kFamEnterInt, Single::Charge, {&inst.imm, 1});
  if (!regions_.push(inner)) return emitter_.fail();
  region_of_loop_[loop] = static_cast<uint32_t>(regions_.size() - 1);
  adopt(inner, snapshot);
  last_.kind = Last::None;
  Label& label = labels_[inst.aux];
  label.position = emitter_.position();
  label.weight = inst.imm;
  label.snapshot = snapshot;
}

/// Closes the regions that end before the current instruction.
void Encoder::leave_regions() {
  while (regions_.size() > 1 && index_ >= regions_.back().end) {
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
Encoder::Snapshot Encoder::transfer(const Region& target, EdgeFix& fix) const {
  Snapshot snapshot = empty_snapshot();
  snapshot.top = top_;
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    const RegState& state = regs_[reg];
    const uint32_t wanted = target.local_of[reg];
    const uint32_t bit = 1u << reg;
    bool save = false;
    if (state.kind == RegState::Local) {
      if (state.slot == wanted) {
        if (state.valid) snapshot.valid |= bit;
        if (state.dirty) snapshot.dirty |= bit;
      } else {
        save = state.valid && state.dirty;
      }
    } else if (state.kind == RegState::Temporary) {
      if (wanted == ir::kNoSlot)
        snapshot.temporary[reg] = state.slot;
      else
        save = true;
    }
    if (save) {
      fix.save |= bit;
      fix.save_slots[reg] = static_cast<uint16_t>(physical(state.slot));
    }
  }
  return snapshot;
}

void Encoder::adopt(const Region& region, const Snapshot& snapshot) {
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    if (regs_[reg].kind == RegState::Local || regs_[reg].kind == RegState::Temporary) slots_[regs_[reg].slot].reg = -1;
    regs_[reg] = {};
  }
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    const uint32_t local = region.local_of[reg];
    if (local != ir::kNoSlot) {
      regs_[reg] = {RegState::Local, (snapshot.valid >> reg & 1) != 0, (snapshot.dirty >> reg & 1) != 0, local};
      slots_[local].reg = static_cast<int8_t>(reg);
    } else if (snapshot.temporary[reg] != ir::kNoSlot) {
      set_temporary(reg, snapshot.temporary[reg]);
    }
  }
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
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    const uint32_t bit = 1u << reg;
    if (here.temporary[reg] != there.temporary[reg]) {
      if (here.temporary[reg] != ir::kNoSlot) {
        fix.save |= bit;
        fix.save_slots[reg] = static_cast<uint16_t>(physical(here.temporary[reg]));
      }
      if (there.temporary[reg] != ir::kNoSlot) {
        fix.load |= bit;
        fix.load_slots[reg] = static_cast<uint16_t>(physical(there.temporary[reg]));
      }
      continue;
    }
    const bool both = (here.valid & there.valid & bit) != 0;
    if (!both && (here.valid & here.dirty & bit) != 0) {
      fix.save |= bit;
      fix.save_slots[reg] = static_cast<uint16_t>(physical(target.local_of[reg]));
      here.dirty &= ~bit;
    }
    if (!both && (there.valid & there.dirty & bit) != 0) {
      fix.load |= bit;
      fix.load_slots[reg] = static_cast<uint16_t>(physical(target.local_of[reg]));
      here.valid |= bit;
    }
  }
  there.valid &= here.valid;
  there.dirty |= here.dirty;
  return fix;
}

/// An edge back to a loop header, whose state is fixed: its locals in their registers, temporaries in their slots.
Encoder::EdgeFix Encoder::cross_back(const Label& label) const {
  EdgeFix fix;
  const uint32_t loop = function_->insts[function_->labels[&label - labels_.data()]].b.bits();
  const Region& target = regions_[region_of_loop_[loop]];
  const Snapshot here = transfer(target, fix);
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    if (here.temporary[reg] != ir::kNoSlot) {
      fix.save |= 1u << reg;
      fix.save_slots[reg] = static_cast<uint16_t>(physical(here.temporary[reg]));
    }
    if (target.local_of[reg] != ir::kNoSlot && (here.valid >> reg & 1) == 0) {
      fix.load |= 1u << reg;
      fix.load_slots[reg] = static_cast<uint16_t>(physical(target.local_of[reg]));
    }
  }
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
  const Handler handler = ints == 0 ? kFamSingle.table[static_cast<unsigned>(plain)] : loading.table[ints];
  emitter_.emit_handler(handler, {slots, count}, words);
}

void Encoder::bind(const ir::Inst& inst) {
  Label& label = labels_[inst.aux];
  if (reachable_) {
    flush_all();
    emit_fix(cross(inst.aux));
  }
  last_.kind = Last::None;
  label.position = emitter_.position();
  emitter_.resolve(label.chain, label.position);
  reachable_ = true;
  adopt(regions_.back(), label.snapshot.set ? label.snapshot : empty_snapshot());
}

void Encoder::jump(uint32_t target) {
  Label& label = labels_[target];
  if (label.position != Emitter::kNoCode) {
    const uint32_t words[] = {0, label.weight};
    emit_fix_then(cross_back(label), kFamJumpBackInt, Single::JumpBack, words);
    emitter_.patch(emitter_.position() - 8, emitter_.last_start(), label.position);
  } else {
    emit_fix(cross(target));
    emitter_.emit(Single::Jump, {}, {0});
    emitter_.add_fixup(label.chain, emitter_.position() - 4, emitter_.last_start());
  }
  reachable_ = false;
}

/// The default's distance is the last one. Edges with work to do, or back to a loop, go through a stub each.
void Encoder::branch_table(const ir::Inst& inst) {
  const Place index = use(inst.a);
  flush_all();
  release(inst.a);
  const std::span<const uint32_t> targets = function_->list(inst.imm);
  emitter_.emit(kFamBranchTable, 0, {index}, {}, {static_cast<uint32_t>(targets.size() - 1)});
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

/// Everything that lives only in a register goes to its slot.
void Encoder::save_all(bool temporaries) {
  uint32_t mask = 0;
  uint16_t slots[kRegs];
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    RegState& state = regs_[reg];
    const bool local = state.kind == RegState::Local && state.valid && state.dirty;
    const bool temporary = state.kind == RegState::Temporary && temporaries;
    if (!local && !temporary) continue;
    mask |= 1u << reg;
    slots[reg] = static_cast<uint16_t>(physical(state.slot));
    state.dirty = false;
  }
  emitter_.save(mask, slots);
}

/// After a call: registers hold nothing.
void Encoder::invalidate_locals() {
  for (unsigned reg = 0; reg < kRegs; ++reg) {
    RegState& state = regs_[reg];
    if (state.kind == RegState::Local) {
      state.valid = state.dirty = false;
    } else if (state.kind == RegState::Temporary) {
      slots_[state.slot].reg = -1;
      state = {};
    }
  }
}

}  // namespace umber::interp
