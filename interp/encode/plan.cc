#include "interp/encode/plan.h"

#include <cstring>
#include <initializer_list>

#include "base/choose.h"
#include "decoder/ir/shape.h"
#include "interp/selection.h"

namespace umber::interp {

namespace {

/// A loop's body is assumed to run this often.
constexpr uint32_t kLoopWeight = 8;
constexpr uint32_t kMostUses = 1u << 24;
/// How many locals of each class a loop reports to the one around it: keeps deep nests linear.
constexpr unsigned kHandedOn = 24;
/// A temporary that is read more than so many instructions later leaves the registers to others.
constexpr uint32_t kLongLife = 10;
/// No instruction's number.
constexpr uint32_t kNoInst = 0xffff'ffff;
/// In Plan::pick, instead of an entry: a temporary.
constexpr uint32_t kTemporary = 0xffff'ffff;
/// What a temporary that is written and read once is worth, in uses of a local: it waits for what was just stored.
constexpr uint32_t kTemporaryWeight = 3;
/// What a call costs a local in a register: a save, a load.
constexpr uint32_t kCallCost = 2;

/// A count that is handed on or compared; a region's own count is at most this and a use for each instruction.
[[nodiscard]] uint32_t limited(uint32_t count) { return count < kMostUses ? count : kMostUses; }

/// In Plan::live_: no temporary that is waiting to be read. Far from any instruction's number, like the class that is added to it.
constexpr uint32_t kDead = 1u << 31;
constexpr unsigned kClassShift = 30;
[[nodiscard]] constexpr uint32_t inst_of(uint32_t defined) { return defined & ((1u << kClassShift) - 1); }
/// So many temporaries below one are looked at for its rank: all at once, so four at a time; what is too many does not count.
constexpr uint32_t kBelow = (kRegs + 3) / 4 * 4;
constexpr uint32_t kTooMany = kBelow - kRegs;

/// In Plan::entry_of_: what does not concern a local is counted here; and a local that has not been counted.
constexpr uint32_t kNobody = 0, kNoEntry = 1, kFirstEntry = 2;

[[nodiscard]] bool is_call(ir::Op op) { return op == ir::Op::Call || op == ir::Op::CallIndirect || op == ir::Op::CallRef; }
[[nodiscard]] bool is_tail_call(ir::Op op) {
  return op == ir::Op::ReturnCall || op == ir::Op::ReturnCallIndirect || op == ir::Op::ReturnCallRef;
}

/// Its operands are to lie side by side in their slots.
[[nodiscard]] bool wants_slots(ir::Op op) {
  return is_call(op) || is_tail_call(op) || op == ir::Op::StructNew || op == ir::Op::ArrayNewFixed;
}

/// Which results wait for the next instruction, so that they need no register (docs/interpreter.md, "Values wait"): what an operation
/// makes, and what it takes over. Only a guess about the second pass, for counting.
struct Folding {
  static constexpr uint8_t kTest = 1, kSum = 2, kShift = 4, kLoad = 8, kProduct = 16;
  struct Row {
    uint8_t makes;
    uint8_t takes;
  };
  Row rows[ir::kOpCount] = {};
};
constexpr Folding make_folding() {
  Folding table;
  const auto make = [&table](std::initializer_list<ir::Op> ops, uint8_t bits) {
    for (const ir::Op op : ops) table.rows[static_cast<unsigned>(op)].makes |= bits;
  };
  const auto take = [&table](std::initializer_list<ir::Op> ops, uint8_t bits) {
    for (const ir::Op op : ops) table.rows[static_cast<unsigned>(op)].takes |= bits;
  };
  for (unsigned i = 0; i < ir::kOpCount; ++i) {
    const Way way = kSelection.rows[i].way;
    if (way == Way::CompareInt || way == Way::CompareF32 || way == Way::CompareF64) table.rows[i].makes = Folding::kTest;
    if (way == Way::LoadInt || way == Way::LoadFloat || way == Way::StoreInt || way == Way::StoreFloat)
      table.rows[i].takes = Folding::kSum | Folding::kShift;
    if (way >= Way::VectorLoad && way <= Way::VectorStoreLane) table.rows[i].takes = Folding::kSum;
  }
  using ir::Op;
  make({Op::I32Eqz, Op::I64Eqz, Op::I32And, Op::I64And}, Folding::kTest);
  make({Op::I32Add}, Folding::kSum);
  make({Op::I32Shl, Op::I32ShrU, Op::I64Shl, Op::I64ShrU}, Folding::kShift);
  make({Op::I32Load, Op::I64Load, Op::F32Load, Op::F64Load}, Folding::kLoad);
  make({Op::F32Mul, Op::F64Mul}, Folding::kProduct);
  take({Op::BrIf, Op::BrUnless, Op::I32Eqz}, Folding::kTest);
  take({Op::I32And, Op::I64And}, Folding::kShift);
  take({Op::I32Add}, Folding::kSum | Folding::kShift);
  take({Op::I32Xor, Op::I32Or, Op::I64Add, Op::I64Xor}, Folding::kShift);
  take({Op::I32Add, Op::I32Sub, Op::I32And, Op::I32Or, Op::I32Xor, Op::I32Mul, Op::I64Add, Op::I64Xor}, Folding::kLoad);
  take({Op::F32Add, Op::F32Sub, Op::F64Add, Op::F64Sub}, Folding::kLoad | Folding::kProduct);
  take({Op::F32Mul, Op::F64Mul}, Folding::kLoad);
  return table;
}
constexpr Folding kFolding = make_folding();

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
  for (uint32_t i = 0; i < count; ++i) {
    while (i >= region_.end)
      if (!close_loop()) return false;
    if (!visit(function.insts[i], i)) return false;
  }
  while (!outer_.empty())
    if (!close_loop()) return false;
  pick(region_, regions_.back());
  return true;
}

bool Plan::make_blank(const ir::Function& function) {
  regions_.clear();
  to_slot_.clear();
  label_loops_.clear();
  if (!regions_.resize(function.loops.size() + 1) || !to_slot_.resize(function.insts.size()) || !label_loops_.resize(function.labels.size()))
    return false;
  for (uint32_t& loop : label_loops_) loop = wasm::kNoIndex;
  return true;
}

bool Plan::begin(const ir::Function& function) {
  function_ = &function;
  local_slots_ = function.local_slots;
  last_call_ = 0;
  made_ = 0;
  regions_.clear();
  entries_.clear();
  outer_.clear();
  live_.clear();
  entry_of_.clear();
  to_slot_.clear();
  local_classes_.clear();
  label_loops_.clear();
  const size_t temporaries = function.frame_slots - local_slots_;
  no_label_ = static_cast<uint32_t>(function.labels.size());
  if (!label_loops_.resize(no_label_ + size_t{1}) || !regions_.resize(function.loops.size() + 1) || !to_slot_.resize(function.insts.size()) ||
      !entry_of_.resize(local_slots_ + size_t{1}) || !local_classes_.resize(local_slots_) || !live_.resize(kBelow + temporaries) ||
      !ranks_.resize(temporaries) || !entries_.resize(kFirstEntry))
    return false;
  for (uint32_t& entry : entry_of_) entry = kNoEntry;
  entry_of_.back() = kNobody;
  temporaries_ = static_cast<uint32_t>(temporaries);
  uint32_t slot = 0;
  for (wasm::ValType type : function.locals) {
    local_classes_[slot] = class_of(ir::type_of(type));
    slot += type.slots();
  }
  for (uint32_t& defined : live_) defined = kDead;
  region_ = {};
  region_.loop = wasm::kNoIndex;
  region_.end = UINT32_MAX;
  region_.first_entry = static_cast<uint32_t>(entries_.size());
  return true;
}

bool Plan::open_loop(uint32_t loop) {
  if (!outer_.push(region_)) return false;
  region_ = {};
  region_.loop = loop;
  region_.end = function_->loops[loop].end;
  region_.first_entry = static_cast<uint32_t>(entries_.size());
  return true;
}

bool Plan::close_loop() {
  const Open closed = region_;
  pick(closed, regions_[closed.loop]);
  region_ = outer_.back();
  outer_.pop();
  return hand_on(closed);
}

/// The first use of a local in the innermost region. Vectors have no registers and come here every time.
bool Plan::add_entry(uint32_t slot, bool writes) {
  if (local_classes_[slot] == RegClass::None) return true;
  const uint32_t outer = entry_of_[slot];
  entry_of_[slot] = static_cast<uint32_t>(entries_.size());
  return entries_.push({slot, 1, outer, writes});
}

/// A use of an operand. A temporary defined before the instruction `oldest` leaves the registers to others, and that of the instruction
/// `folded` needs none. A constant or none, which is
/// as likely as a local, is counted as a local that nobody asks for: a wrong guess would cost more.
[[gnu::always_inline]] inline bool Plan::use(ir::Operand operand, uint32_t oldest, uint32_t folded, bool keeps) {
  const uint32_t number = operand.bits() - local_slots_;
  if (number >= temporaries_) return use_local(operand.bits(), false);
  const uint32_t defined = live_[kBelow + number];
  if (defined == kDead) return true;
  if (!keeps) live_[kBelow + number] = kDead;
  const uint32_t inst = inst_of(defined);
  const bool is_old = inst < oldest;
  to_slot_[inst] |= is_old ? 1 : 0;
  region_.ranks[defined >> kClassShift][ranks_[number]] += choose(is_old | (inst == folded), 0u, kTemporaryWeight);
  return true;
}

/// The result of the instruction `idx`; kNoSlot: it has none.
[[gnu::always_inline]] inline bool Plan::define(uint32_t slot, uint32_t reg_class, uint32_t idx) {
  const uint32_t number = slot - local_slots_;
  if (number >= temporaries_) return use_local(slot, true);
  if (reg_class == static_cast<uint32_t>(RegClass::None)) {
    live_[kBelow + number] = kDead;
    return true;
  }
  const uint32_t defined = idx | reg_class << kClassShift;
  ranks_[number] = static_cast<uint8_t>(rank_of(number, defined));
  live_[kBelow + number] = defined;
  return true;
}

/// How many young temporaries of the same class are live below: what a register is needed for besides this one.
[[gnu::always_inline]] inline unsigned Plan::rank_of(uint32_t number, uint32_t defined) const {
  const uint32_t* const below = &live_[number];
  using Four __attribute__((vector_size(16))) = uint32_t;
  constexpr Four kOfInterest = {kTooMany > 0 ? 0u : 1u, kTooMany > 1 ? 0u : 1u, kTooMany > 2 ? 0u : 1u, 1};
  Four ranks = {};
  for (uint32_t i = 0; i < kBelow; i += 4) {
    Four definitions;
    std::memcpy(&definitions, below + i, sizeof definitions);
    const Four young = reinterpret_cast<Four>(defined - definitions <= kLongLife);
    ranks += young & (i == 0 ? kOfInterest : Four{1, 1, 1, 1});
  }
  return ranks[0] + ranks[1] + ranks[2] + ranks[3];
}

[[gnu::always_inline]] inline bool Plan::visit(const ir::Inst& inst, uint32_t idx) {
  if (inst.op == ir::Op::LoopHeader) return open_loop(inst.b.bits());
  if (ir::shape_of(inst.op).list != ir::ListAt::No) return visit_list(inst, idx);
  label_loops_[choose(inst.op == ir::Op::Label, inst.aux, no_label_)] = region_.loop;
  const uint32_t long_ago = idx < kLongLife ? 0 : idx - kLongLife;
  const uint32_t oldest = long_ago > last_call_ ? long_ago : last_call_;
  const bool keeps = (inst.flags & ir::kKeepsOperands) != 0;
  const Folding::Row row = kFolding.rows[static_cast<unsigned>(inst.op)];
  const uint32_t folded = choose((made_ & row.takes) != 0, idx - 1, kNoInst);
  made_ = row.makes;
  // Fields that are no operands are none; several results come with lists.
  if (!use(inst.a, oldest, folded, keeps) || !use(inst.b, oldest, folded, keeps) || (inst.c.is_slot() && !use(inst.c, oldest, folded, keeps)))
    return false;
  return define(inst.dst, static_cast<uint32_t>(class_of(inst.type)), idx);
}

/// An instruction with an argument list: calls, objects, returns.
bool Plan::visit_list(const ir::Inst& inst, uint32_t idx) {
  made_ = 0;
  if (is_call(inst.op)) {
    ++region_.calls;
    last_call_ = idx;
  }
  const uint32_t long_ago = idx < kLongLife ? 0 : idx - kLongLife;
  const uint32_t oldest = wants_slots(inst.op) ? UINT32_MAX : long_ago > last_call_ ? long_ago : last_call_;
  const bool keeps = (inst.flags & ir::kKeepsOperands) != 0;
  bool ok = true;
  ir::for_each_use(*function_, inst, [&](ir::Operand operand) { ok = ok && use(operand, oldest, kNoInst, keeps); });
  ir::for_each_result(*function_, inst, [&](uint32_t slot, ir::Type type) {
    ok = ok && define(slot, static_cast<uint32_t>(is_call(inst.op) ? RegClass::None : class_of(type)), idx);
  });
  return ok;
}

/// The hottest locals and temporaries of each class get a register each; those of temporaries stay open.
void Plan::pick(const Open& region, RegionPlan& out) const {
  Largest<kIntRegs> ints;
  Largest<kFloatRegs> floats;
  const uint32_t calls_cost = limited(region.calls * kCallCost);
  for (size_t i = region.first_entry; i < entries_.size(); ++i) {
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
    if (region.ranks[0][rank] != 0) ints.offer(limited(region.ranks[0][rank]), kTemporary);
    if (region.ranks[1][rank] != 0) floats.offer(limited(region.ranks[1][rank]), kTemporary);
  }
  out = {};
  out.calls = region.calls != 0;
  const auto take = [&](const auto& largest, unsigned first, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const uint32_t entry = i < largest.count ? largest.keys[i] : kTemporary;
      out.locals[first + i] = entry == kTemporary ? ir::kNoSlot : entries_[entry].slot;
      if (entry != kTemporary && (entries_[entry].written || region.incomplete)) out.written |= 1u << (first + i);
      if (entry == kTemporary && i < largest.count) ++out.temporaries[first == 0 ? 0 : 1];
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
    auto& largest = local_classes_[entries_[i].slot] == RegClass::Int ? ints : floats;
    largest.offer(limited(entries_[i].count), static_cast<uint32_t>(i));
  }
  for (unsigned i = 0; i < ints.count; ++i) kept[kept_count++] = entries_[ints.keys[i]];
  for (unsigned i = 0; i < floats.count; ++i) kept[kept_count++] = entries_[floats.keys[i]];
  while (entries_.size() > region.first_entry) {
    entry_of_[entries_.back().slot] = entries_.back().outer;
    entries_.pop();
  }
  region_.calls = limited(region_.calls + limited(region.calls * kLoopWeight));
  region_.incomplete |= region.incomplete || kept_count < count;
  for (unsigned c = 0; c < 2; ++c)
    for (unsigned rank = 0; rank < kRegs; ++rank)
      region_.ranks[c][rank] = limited(region_.ranks[c][rank] + limited(region.ranks[c][rank] * kLoopWeight));
  for (unsigned i = 0; i < kept_count; ++i) {
    if (!use_local(kept[i].slot, kept[i].written)) return false;
    uint32_t& count = entries_[entry_of_[kept[i].slot]].count;
    count = limited(count - 1 + limited(kept[i].count * kLoopWeight));
  }
  return true;
}

}  // namespace umber::interp
