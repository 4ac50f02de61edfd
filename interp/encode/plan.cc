#include "interp/encode/plan.h"

#include "decoder/ir/shape.h"

namespace umber::interp {

namespace {

/// A loop's body is assumed to run this often.
constexpr uint32_t kLoopWeight = 8;
constexpr uint32_t kMostUses = 1u << 24;
/// How many locals of each class a loop reports to the one around it: keeps deep nests linear.
constexpr unsigned kHandedOn = 24;
/// A temporary that is read more than so many instructions later leaves the registers to others.
constexpr uint32_t kLongLife = 10;
/// What a call costs a local in a register: a save, a load.
constexpr uint32_t kCallCost = 2;

[[nodiscard]] uint32_t add(uint32_t a, uint32_t b) { return a + b < kMostUses ? a + b : kMostUses; }

[[nodiscard]] bool is_call(ir::Op op) { return op == ir::Op::Call || op == ir::Op::CallIndirect || op == ir::Op::CallRef; }
[[nodiscard]] bool is_tail_call(ir::Op op) {
  return op == ir::Op::ReturnCall || op == ir::Op::ReturnCallIndirect || op == ir::Op::ReturnCallRef;
}

/// Its operands are to lie side by side in their slots.
[[nodiscard]] bool wants_slots(ir::Op op) {
  return is_call(op) || is_tail_call(op) || op == ir::Op::StructNew || op == ir::Op::ArrayNewFixed;
}

/// Keeps the `size` largest of what it is offered, largest first.
template <unsigned size>
struct Largest {
  uint32_t values[size];
  uint32_t keys[size];
  unsigned count = 0;
  void offer(uint32_t value, uint32_t key) {
    if (count == size && value <= values[size - 1]) return;
    unsigned at = count < size ? count++ : size - 1;
    for (; at > 0 && values[at - 1] < value; --at) {
      values[at] = values[at - 1];
      keys[at] = keys[at - 1];
    }
    values[at] = value;
    keys[at] = key;
  }
};

}  // namespace

bool Plan::make(const ir::Function& function) {
  function_ = &function;
  regions_.clear();
  entries_.clear();
  open_.clear();
  temporaries_.clear();
  entry_of_.clear();
  to_slot_.clear();
  local_types_.clear();
  label_loops_.clear();
  if (!label_loops_.resize(function.labels.size()) || !regions_.resize(function.loops.size() + 1) || !to_slot_.resize(function.insts.size()) ||
      !entry_of_.resize(function.local_slots) || !local_types_.resize(function.local_slots) ||
      !temporaries_.resize(function.frame_slots - function.local_slots))
    return false;
  uint32_t slot = 0;
  for (wasm::ValType type : function.locals) {
    local_types_[slot] = ir::type_of(type);
    entry_of_[slot] = kNone;
    slot += type.slots();
  }
  for (Temporary& temporary : temporaries_) temporary.reg_class = static_cast<uint8_t>(RegClass::None);
  calls_ = 0;
  if (!open_region(wasm::kNoIndex)) return false;
  for (uint32_t i = 0; i < function.insts.size(); ++i) {
    while (open_.back().loop != wasm::kNoIndex && i >= function.loops[open_.back().loop].end)
      if (!close_region()) return false;
    if (!visit(function.insts[i], i)) return false;
  }
  while (!open_.empty())
    if (!close_region()) return false;
  return true;
}

bool Plan::open_region(uint32_t loop) {
  Open region{};
  region.loop = loop;
  region.first_entry = static_cast<uint32_t>(entries_.size());
  return open_.push(region);
}

bool Plan::close_region() {
  const Open region = open_.back();
  open_.pop();
  pick(region, regions_[region.loop == wasm::kNoIndex ? regions_.size() - 1 : region.loop]);
  return open_.empty() || hand_on(region);
}

bool Plan::use_local(uint32_t slot, uint32_t count, bool writes) {
  const uint32_t entry = entry_of_[slot];
  if (entry != kNone && entry >= open_.back().first_entry) {
    entries_[entry].count = add(entries_[entry].count, count);
    entries_[entry].written |= writes;
    return true;
  }
  entry_of_[slot] = static_cast<uint32_t>(entries_.size());
  return entries_.push({slot, count, entry, writes});
}

bool Plan::use(const ir::Inst& inst, uint32_t idx, ir::Operand operand) {
  if (!operand.is_slot()) return true;
  const uint32_t slot = operand.slot();
  if (slot < function_->local_slots) {
    if (class_of(local_types_[slot]) == RegClass::None) return true;
    return use_local(slot, 1, false);
  }
  Temporary& temporary = temporaries_[slot - function_->local_slots];
  if (temporary.reg_class == static_cast<uint8_t>(RegClass::None)) return true;
  if (wants_slots(inst.op) || idx - temporary.inst > kLongLife || calls_ != temporary.calls) {
    to_slot_[temporary.inst] = 1;
  } else if (temporary.rank < kRegs) {
    uint32_t& uses = open_.back().ranks[temporary.reg_class][temporary.rank];
    uses = add(uses, 2);
  }
  if ((inst.flags & ir::kKeepsOperands) == 0) temporary.reg_class = static_cast<uint8_t>(RegClass::None);
  return true;
}

bool Plan::define(const ir::Inst& inst, uint32_t idx, uint32_t slot, ir::Type type) {
  const RegClass reg_class = class_of(type);
  if (slot < function_->local_slots) return reg_class == RegClass::None || use_local(slot, 1, true);
  const uint32_t number = slot - function_->local_slots;
  Temporary& temporary = temporaries_[number];
  temporary.reg_class = static_cast<uint8_t>(RegClass::None);
  if (reg_class == RegClass::None || is_call(inst.op)) return true;
  temporary.rank = static_cast<uint8_t>(rank_of(number, idx, reg_class));
  temporary.reg_class = static_cast<uint8_t>(reg_class);
  temporary.inst = idx;
  temporary.calls = calls_;
  return true;
}

/// How many young temporaries are live below: what a register is needed for besides this one.
unsigned Plan::rank_of(uint32_t temporary, uint32_t idx, RegClass reg_class) const {
  unsigned rank = 0;
  for (uint32_t below = 1; below <= kRegs && below <= temporary; ++below) {
    const Temporary& other = temporaries_[temporary - below];
    if (other.reg_class == static_cast<uint8_t>(reg_class) && idx - other.inst <= kLongLife) ++rank;
  }
  return rank;
}

bool Plan::visit(const ir::Inst& inst, uint32_t idx) {
  bool ok = true;
  if (inst.op == ir::Op::LoopHeader) return open_region(inst.b.bits());
  if (inst.op == ir::Op::Label) label_loops_[inst.aux] = open_.back().loop;
  if (is_call(inst.op)) {
    open_.back().calls = add(open_.back().calls, 1);
    ++calls_;
  }
  ir::for_each_use(*function_, inst, [&](ir::Operand operand) { ok = ok && use(inst, idx, operand); });
  ir::for_each_result(*function_, inst, [&](uint32_t slot, ir::Type type) { ok = ok && define(inst, idx, slot, type); });
  return ok;
}

/// The hottest locals and temporaries of each class get a register each; those of temporaries stay open.
void Plan::pick(const Open& region, RegionPlan& out) const {
  Largest<kIntRegs> ints;
  Largest<kFloatRegs> floats;
  const uint32_t calls_cost = add(0, region.calls * kCallCost);
  for (size_t i = region.first_entry; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.count <= calls_cost) continue;
    const uint32_t gain = entry.count - calls_cost;
    if (class_of(local_types_[entry.slot]) == RegClass::Int)
      ints.offer(gain, static_cast<uint32_t>(i));
    else
      floats.offer(gain, static_cast<uint32_t>(i));
  }
  for (unsigned rank = 0; rank < kRegs; ++rank) {
    if (region.ranks[0][rank] != 0) ints.offer(region.ranks[0][rank], kNone);
    if (region.ranks[1][rank] != 0) floats.offer(region.ranks[1][rank], kNone);
  }
  out = {};
  const auto take = [&](const auto& largest, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const uint32_t entry = i < largest.count ? largest.keys[i] : kNone;
      out.locals[first + i] = entry == kNone ? ir::kNoSlot : entries_[entry].slot;
      if (entry != kNone && (entries_[entry].written || region.incomplete)) out.written |= 1u << (first + i);
      if (entry == kNone && i < largest.count) ++out.temporaries[first == 0 ? 0 : 1];
    }
  };
  take(ints, 0, kIntRegs);
  take(floats, kIntRegs, kFloatRegs);
}

/// Moves a closed loop's counts to the region around it, which is the innermost open one now.
bool Plan::hand_on(const Open& region) {
  const size_t count = entries_.size() - region.first_entry;
  Largest<kHandedOn> ints;
  Largest<kHandedOn> floats;
  Entry kept[2 * kHandedOn];
  unsigned kept_count = 0;
  for (size_t i = region.first_entry; i < entries_.size(); ++i) {
    auto& largest = class_of(local_types_[entries_[i].slot]) == RegClass::Int ? ints : floats;
    largest.offer(entries_[i].count, static_cast<uint32_t>(i));
  }
  for (unsigned i = 0; i < ints.count; ++i) kept[kept_count++] = entries_[ints.keys[i]];
  for (unsigned i = 0; i < floats.count; ++i) kept[kept_count++] = entries_[floats.keys[i]];
  while (entries_.size() > region.first_entry) {
    entry_of_[entries_.back().slot] = entries_.back().outer;
    entries_.pop();
  }
  Open& outer = open_.back();
  outer.calls = add(outer.calls, add(0, region.calls * kLoopWeight));
  outer.incomplete |= region.incomplete || kept_count < count;
  for (unsigned c = 0; c < 2; ++c)
    for (unsigned rank = 0; rank < kRegs; ++rank)
      outer.ranks[c][rank] = add(outer.ranks[c][rank], region.ranks[c][rank] * kLoopWeight);
  for (unsigned i = 0; i < kept_count; ++i)
    if (!use_local(kept[i].slot, add(0, kept[i].count * kLoopWeight), kept[i].written)) return false;
  return true;
}

}  // namespace umber::interp
