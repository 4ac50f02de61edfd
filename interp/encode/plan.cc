#include "interp/encode/plan.h"

#include "base/choose.h"
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
/// Of cells: negative.
constexpr int32_t kTemporaryCell = INT32_MIN;
constexpr int32_t kDeadCell = kTemporaryCell + static_cast<int32_t>(kRegs);
/// In Plan::pick, instead of an entry: a temporary.
constexpr uint32_t kTemporary = 0xffff'ffff;
/// What a call costs a local in a register: a save, a load.
constexpr uint32_t kCallCost = 2;

/// A count that is handed on or compared; a region's own count is at most this and a use for each instruction.
[[nodiscard]] uint32_t limited(uint32_t count) { return count < kMostUses ? count : kMostUses; }

/// So many slots below a temporary are looked at for its rank; those nearest to it count.
constexpr uint32_t kBelow = 8;
static_assert(kRegs <= kBelow);

/// What a letter of Shape::result says about registers: a RegClass, or that it depends on the instruction's type, or no result.
constexpr uint8_t kOfType = 3, kNoResult = 4;
struct ResultTable {
  uint8_t of_letter[128];
  constexpr ResultTable() {
    for (uint8_t& result : of_letter) result = kNoResult;
    set("ilrmnktuw", static_cast<uint8_t>(RegClass::Int));
    set("fd", static_cast<uint8_t>(RegClass::Float));
    set("v", static_cast<uint8_t>(RegClass::None));
    set("yeg", kOfType);
  }
  constexpr void set(const char* letters, uint8_t result) {
    for (; *letters != 0; ++letters) of_letter[static_cast<unsigned>(*letters)] = result;
  }
};
constexpr ResultTable kResults;
constexpr uint8_t kClassOfType[] = {0, 0, 1, 1, 2, 0};
static_assert(kClassOfType[static_cast<unsigned>(ir::Type::F32)] == static_cast<uint8_t>(RegClass::Float) &&
              kClassOfType[static_cast<unsigned>(ir::Type::V128)] == static_cast<uint8_t>(RegClass::None));

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
  if (!begin(function)) return false;
  const auto count = static_cast<uint32_t>(function.insts.size());
  Tables at = tables();
  for (uint32_t i = 0; i < count; ++i) {
    if (i >= region_.end) [[unlikely]] {
      while (i >= region_.end)
        if (!close_loop()) return false;
      at = tables();
    }
    if (!visit(at, function.insts[i], i)) return false;
  }
  while (!outer_.empty())
    if (!close_loop()) return false;
  pick(region_, regions_.back());
  return true;
}

Plan::Tables Plan::tables() {
  return {born_.data() + kBelow, cells_.data(), entries_.data(), to_slot_.data(), local_slots_, spare_, static_cast<int32_t>(region_.first_entry)};
}

bool Plan::begin(const ir::Function& function) {
  function_ = &function;
  local_slots_ = function.local_slots;
  last_call_ = 0;
  regions_.clear();
  entries_.clear();
  outer_.clear();
  to_slot_.clear();
  label_loops_.clear();
  if (!label_loops_.resize(function.labels.size()) || !regions_.resize(function.loops.size() + 1) ||
      !to_slot_.resize(function.insts.size() + 1) || !entries_.push({}) || !begin_slots(function))
    return false;
  return open_region(wasm::kNoIndex, UINT32_MAX);
}

bool Plan::begin_slots(const ir::Function& function) {
  spare_ = function.frame_slots;
  born_.clear();
  cells_.clear();
  local_classes_.clear();
  if (!born_.resize(kBelow + spare_ + 1) || !local_classes_.resize(local_slots_)) return false;
  int32_t* const cells = cells_.extend(spare_ + size_t{1});
  if (cells == nullptr) return false;
  for (uint32_t i = 0; i < local_slots_; ++i) cells[i] = 0;
  for (uint32_t i = local_slots_; i <= spare_; ++i) cells[i] = kDeadCell;
  uint32_t slot = 0;
  for (wasm::ValType type : function.locals) {
    local_classes_[slot] = class_of(ir::type_of(type));
    slot += type.slots();
  }
  return true;
}

bool Plan::open_region(uint32_t loop, uint32_t end) {
  region_ = {};
  region_.loop = loop;
  region_.end = end;
  region_.first_entry = static_cast<uint32_t>(entries_.size());
  return entries_.resize(region_.first_entry + kRankEntries);
}

bool Plan::close_loop() {
  const Open closed = region_;
  pick(closed, regions_[closed.loop]);
  region_ = outer_.back();
  outer_.pop();
  return hand_on(closed);
}

/// The first use of a local in the innermost region. Vectors have no registers and come here every time.
bool Plan::add_entry(uint32_t slot) {
  if (local_classes_[slot] == RegClass::None) return true;
  const int32_t outer = cells_[slot];
  cells_[slot] = static_cast<int32_t>(entries_.size());
  return entries_.push({slot, 0, outer, 0});
}

/// Makes sure that a local has an entry in the innermost region.
[[gnu::always_inline]] inline bool Plan::need_entry(Tables& at, uint32_t slot) {
  const auto cell = static_cast<uint32_t>(at.cells[slot]);
  if (cell >= static_cast<uint32_t>(at.first_entry)) [[likely]] return true;
  const bool added = add_entry(slot);
  at = tables();
  return added;
}

// Whether an operand is a local, a temporary or a constant, and whether it is old, is as random as code is, so none of it is a
// branch: the same is done to all, and counts where it should.

/// A use of an operand. A temporary defined before the instruction `oldest` leaves the registers to others.
[[gnu::always_inline]] inline bool Plan::use(Tables& at, ir::Operand operand, int32_t oldest, bool keeps) {
  const uint32_t slot = operand.bits() < at.spare ? operand.bits() : at.spare;
  if (!need_entry(at, slot)) [[unlikely]] return false;
  const int32_t cell = at.cells[slot];
  const int32_t born = at.born[slot] < 0 ? -at.born[slot] : at.born[slot];
  const uint32_t is_temporary = static_cast<uint32_t>(cell) >> 31;
  const uint32_t is_old = static_cast<uint32_t>(born - oldest) >> 31;
  at.to_slot[born] |= static_cast<uint8_t>(is_old);
  at.entries[choose(cell < 0, at.first_entry + (cell - kTemporaryCell), cell)].count += 1 + is_temporary - 2 * (is_old & is_temporary);
  if (keeps) return true;
  at.born[slot] = 0;
  at.cells[slot] = choose(cell < 0, kDeadCell, cell);
  return true;
}

namespace {

/// How many young temporaries of the same class are live below the one in `slot`: what a register is needed for besides this one.
/// They were born after `long_ago`, which is not negative.
[[nodiscard, gnu::always_inline]] inline int32_t rank_of(const int32_t* slot, uint32_t reg_class, int32_t long_ago) {
  constexpr int32_t kCounts[kBelow] = {kRegs > 7, kRegs > 6, kRegs > 5, kRegs > 4, kRegs > 3, kRegs > 2, kRegs > 1, kRegs > 0};
  const int32_t sign = -static_cast<int32_t>(reg_class);  // of floats, all bits: x ^ sign is -x - 1
  int32_t rank = 0;
  for (unsigned i = 0; i < kBelow; ++i) rank += ((slot[static_cast<int>(i) - static_cast<int>(kBelow)] ^ sign) - sign > long_ago ? 1 : 0) & kCounts[i];
  return rank;
}

}  // namespace

[[gnu::always_inline]] inline bool Plan::define(Tables& at, uint32_t slot, uint32_t reg_class, int32_t idx) {
  if (!need_entry(at, slot)) [[unlikely]] return false;
  const int32_t cell = at.cells[slot];
  Entry& entry = at.entries[cell < 0 ? 0 : cell];
  ++entry.count;
  entry.written = 1;
  const int32_t long_ago = idx <= static_cast<int32_t>(kLongLife) ? 0 : idx - static_cast<int32_t>(kLongLife) - 1;
  const bool is_alive = static_cast<unsigned>(cell < 0) & static_cast<unsigned>(reg_class != static_cast<uint32_t>(RegClass::None));
  const int32_t rank = static_cast<int32_t>(reg_class * kRanks) + rank_of(at.born + slot, reg_class, long_ago);
  at.born[slot] = choose(is_alive, reg_class != 0 ? -idx : idx, 0);
  at.cells[slot] = choose(cell < 0, choose(is_alive, kTemporaryCell + rank, kDeadCell), cell);
  return true;
}

/// Temporaries that are read by instruction `idx` have waited for long if they were defined before this one.
[[gnu::always_inline]] inline int32_t Plan::oldest_at(uint32_t idx) const {
  const uint32_t long_ago = idx < kLongLife ? 0 : idx - kLongLife;
  return static_cast<int32_t>(long_ago > last_call_ ? long_ago : last_call_);
}

[[gnu::always_inline]] inline bool Plan::visit(Tables& at, const ir::Inst& inst, uint32_t idx) {
  const ir::Shape& shape = ir::shape_of(inst.op);
  const bool keeps = (inst.flags & ir::kKeepsOperands) != 0;
  if (static_cast<unsigned>(shape.list != ir::ListAt::No) | static_cast<unsigned>(shape.aux == ir::Aux::LabelDef) | unsigned{keeps}) {
    const bool visited = visit_special(inst, idx);
    at = tables();
    return visited;
  }
  const int32_t oldest = oldest_at(idx);
  // Fields that are no operands are none.
  if (!use(at, inst.a, oldest, false) || !use(at, inst.b, oldest, false)) return false;
  if (!inst.c.is_none() && !use(at, inst.c, oldest, false)) return false;
  const uint32_t result = kResults.of_letter[static_cast<unsigned>(shape.result)];  // several results come with lists
  const uint32_t of_type = kClassOfType[static_cast<unsigned>(inst.type)];
  const uint32_t reg_class = choose(result == kOfType, of_type, choose(result == kNoResult, uint32_t{2}, result));
  return define(at, choose(result == kNoResult, at.spare, inst.dst), reg_class, static_cast<int32_t>(idx));
}

bool Plan::visit_special(const ir::Inst& inst, uint32_t idx) {
  if (inst.op == ir::Op::LoopHeader) return outer_.push(region_) && open_region(inst.b.bits(), function_->loops[inst.b.bits()].end);
  if (inst.op != ir::Op::Label) return visit_any(inst, idx);
  label_loops_[inst.aux] = region_.loop;
  return true;
}

/// An instruction with an argument list (calls, objects, returns), or one whose operands are read again.
bool Plan::visit_any(const ir::Inst& inst, uint32_t idx) {
  if (is_call(inst.op)) {
    ++region_.calls;
    last_call_ = idx;
  }
  const int32_t oldest = wants_slots(inst.op) ? static_cast<int32_t>(idx) : oldest_at(idx);
  const bool keeps = (inst.flags & ir::kKeepsOperands) != 0;
  Tables at = tables();
  bool ok = true;
  ir::for_each_use(*function_, inst, [&](ir::Operand operand) { ok = ok && use(at, operand, oldest, keeps); });
  ir::for_each_result(*function_, inst, [&](uint32_t slot, ir::Type type) {
    ok = ok && define(at, slot, static_cast<uint32_t>(is_call(inst.op) ? RegClass::None : class_of(type)), static_cast<int32_t>(idx));
  });
  return ok;
}

/// The hottest locals and temporaries of each class get a register each; those of temporaries stay open.
void Plan::pick(const Open& region, RegionPlan& out) const {
  Largest<kIntRegs> ints;
  Largest<kFloatRegs> floats;
  const uint32_t calls_cost = limited(region.calls * kCallCost);
  for (size_t i = region.first_entry + kRankEntries; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const uint32_t count = limited(entry.count);
    if (count <= calls_cost) continue;
    const uint32_t gain = count - calls_cost;
    if (local_classes_[entry.slot] == RegClass::Int)
      ints.offer(gain, static_cast<uint32_t>(i));
    else
      floats.offer(gain, static_cast<uint32_t>(i));
  }
  for (unsigned rank = 0; rank < kRegs; ++rank) {
    const uint32_t int_uses = entries_[region.first_entry + rank].count;
    const uint32_t float_uses = entries_[region.first_entry + kRanks + rank].count;
    if (int_uses != 0) ints.offer(limited(int_uses), kTemporary);
    if (float_uses != 0) floats.offer(limited(float_uses), kTemporary);
  }
  out = {};
  const auto take = [&](const auto& largest, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const uint32_t entry = i < largest.count ? largest.keys[i] : kTemporary;
      out.locals[first + i] = entry == kTemporary ? ir::kNoSlot : entries_[entry].slot;
      if (entry != kTemporary && (entries_[entry].written != 0 || region.incomplete)) out.written |= 1u << (first + i);
      if (entry == kTemporary && i < largest.count) ++out.temporaries[first == 0 ? 0 : 1];
    }
  };
  take(ints, 0, kIntRegs);
  take(floats, kIntRegs, kFloatRegs);
}

/// Moves a closed loop's counts to the region around it, which is the innermost open one now.
bool Plan::hand_on(const Open& region) {
  const size_t first_local = region.first_entry + kRankEntries;
  const size_t count = entries_.size() - first_local;
  Largest<kHandedOn> ints;
  Largest<kHandedOn> floats;
  Entry kept[2 * kHandedOn];
  unsigned kept_count = 0;
  for (size_t i = first_local; i < entries_.size(); ++i) {
    auto& largest = local_classes_[entries_[i].slot] == RegClass::Int ? ints : floats;
    largest.offer(limited(entries_[i].count), static_cast<uint32_t>(i));
  }
  for (unsigned i = 0; i < ints.count; ++i) kept[kept_count++] = entries_[ints.keys[i]];
  for (unsigned i = 0; i < floats.count; ++i) kept[kept_count++] = entries_[floats.keys[i]];
  for (; entries_.size() > first_local; entries_.pop()) cells_[entries_.back().slot] = entries_.back().outer;
  for (uint32_t i = 0; i < kRankEntries; ++i) {
    uint32_t& uses = entries_[region_.first_entry + i].count;
    uses = limited(uses + limited(entries_[region.first_entry + i].count * kLoopWeight));
  }
  entries_.truncate(region.first_entry);
  region_.calls = limited(region_.calls + limited(region.calls * kLoopWeight));
  region_.incomplete |= region.incomplete || kept_count < count;
  for (unsigned i = 0; i < kept_count; ++i) {
    if (Tables at = tables(); !need_entry(at, kept[i].slot)) return false;
    Entry& entry = entries_[cells_[kept[i].slot]];
    entry.count = limited(entry.count + limited(kept[i].count * kLoopWeight));
    entry.written |= kept[i].written;
  }
  return true;
}

}  // namespace umber::interp
