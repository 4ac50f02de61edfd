// A forward data-flow over the set of defined temporaries. One pass in instruction order sees every forward edge before its
// label. A back edge may lack temporaries that its header had on entry (stale ones that nobody reads): the header's set
// shrinks to what both have, and the pass is repeated until no set shrinks any more.
#include "decoder/ir/verify_values.h"

#include "decoder/ir/handler_order.h"
#include "decoder/ir/shape.h"

namespace umber::ir {
namespace {

constexpr uint8_t kUndefined = 0xff;

/// The temporaries that are defined at one point: by slot for lookup, and as a list for iteration.
class DefinedSet {
 public:
  struct Entry {
    uint32_t slot;
    Type type;
  };

  explicit DefinedSet(Allocator& allocator) : types_(allocator), positions_(allocator), entries_(allocator) {}

  [[nodiscard]] bool reset(uint32_t slots) {
    entries_.clear();
    types_.clear();
    if (!types_.resize(slots) || !positions_.resize(slots) || !entries_.reserve(slots)) return false;
    for (uint8_t& type : types_) type = kUndefined;
    return true;
  }
  void clear() {
    for (const Entry& entry : entries_) types_[entry.slot] = kUndefined;
    entries_.clear();
  }
  [[nodiscard]] bool has(uint32_t slot, Type type) const { return types_[slot] == static_cast<uint8_t>(type); }
  void define(uint32_t slot, Type type) {
    if (slot > 0 && has(slot - 1, Type::V128)) remove(slot - 1);
    for (uint32_t i = 0; i < slots_of(type); ++i) remove(slot + i);
    types_[slot] = static_cast<uint8_t>(type);
    positions_[slot] = static_cast<uint32_t>(entries_.size());
    (void)entries_.push({slot, type});  // reserved
  }
  void remove(uint32_t slot) {
    if (types_[slot] == kUndefined) return;
    types_[slot] = kUndefined;
    const Entry moved = entries_.back();
    entries_.pop();
    if (moved.slot == slot) return;
    entries_[positions_[slot]] = moved;
    positions_[moved.slot] = positions_[slot];
  }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }

 private:
  Vec<uint8_t> types_;
  Vec<uint32_t> positions_;
  Vec<Entry> entries_;
};

/// A stored set: a range of a pool.
struct Snapshot {
  uint32_t first = 0;
  uint32_t count = 0;
  bool reached = false;
};

using Pool = Vec<DefinedSet::Entry>;

Status save(Pool& pool, Snapshot& snapshot, const DefinedSet& set) {
  snapshot = {static_cast<uint32_t>(pool.size()), static_cast<uint32_t>(set.entries().size()), true};
  return pool.append(set.entries()) ? Status() : Error::out_of_memory("verifying IR");
}

/// Drops from the snapshot what is not in `set`; true if that was anything.
bool intersect(Pool& pool, Snapshot& snapshot, const DefinedSet& set) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < snapshot.count; ++i) {
    const DefinedSet::Entry entry = pool[snapshot.first + i];
    if (set.has(entry.slot, entry.type)) pool[snapshot.first + kept++] = entry;
  }
  const bool dropped = kept != snapshot.count;
  snapshot.count = kept;
  return dropped;
}

void load(DefinedSet& set, const Pool& pool, const Snapshot& snapshot) {
  set.clear();
  for (uint32_t i = 0; i < snapshot.count; ++i) set.define(pool[snapshot.first + i].slot, pool[snapshot.first + i].type);
}

class ValueVerifier {
 public:
  ValueVerifier(const Function& function, Allocator& allocator)
      : function_(function), defined_(allocator), landing_(allocator), local_types_(allocator), at_label_(allocator), at_header_(allocator),
        in_handler_(allocator), pool_(allocator), header_pool_(allocator), order_(allocator), open_(allocator) {}

  Status run();

 private:
  template <class... Parts>
  Error error(uint32_t idx, const Parts&... parts) const;
  Status prepare();
  Status run_pass();
  Status step(uint32_t idx);
  Status enter_mark(uint32_t idx);
  Status read(uint32_t idx, Operand operand, Type type);
  Status write(uint32_t idx, uint32_t slot, Type type);
  Status reach(uint32_t label, const DefinedSet& set);
  Status reach_targets(const Inst& inst);
  Status open_handlers(uint32_t idx);
  Status close_handlers(uint32_t idx);
  Status land(const Catch& clause, const HandlerRange& range, const Snapshot& thrown);

  const Function& function_;
  DefinedSet defined_;
  DefinedSet landing_;           ///< scratch: what is defined where an exception lands
  Vec<uint8_t> local_types_;     ///< by slot; kUndefined inside a v128
  Vec<Snapshot> at_label_;       ///< by label, of this pass
  Vec<Snapshot> at_header_;      ///< by loop, of all passes
  Vec<Snapshot> in_handler_;     ///< by handler: what every throw inside has
  Pool pool_;
  Pool header_pool_;
  Vec<uint32_t> order_;
  Vec<uint32_t> open_;           ///< handlers around the current instruction, innermost last
  size_t next_handler_ = 0;
  bool live_ = false;
  bool shrunk_ = false;
};

template <class... Parts>
Error ValueVerifier::error(uint32_t idx, const Parts&... parts) const {
  const Inst& inst = function_.insts[idx];
  return Error::at(ErrorCode::Invalid, inst.offset, "IR of func ", function_.func_idx, ", operation ", idx, " ",
                   text_of(inst.op), ": ", parts...);
}

Status ValueVerifier::run() {
  UMBER_TRY(prepare());
  do {
    shrunk_ = false;
    UMBER_TRY(run_pass());
  } while (shrunk_);
  return {};
}

Status ValueVerifier::prepare() {
  for (wasm::ValType local : function_.locals) {
    if (!local_types_.push(static_cast<uint8_t>(type_of(local))) || (local.slots() == 2 && !local_types_.push(kUndefined)))
      return Error::out_of_memory("verifying IR");
  }
  if (!at_header_.resize(function_.loops.size())) return Error::out_of_memory("verifying IR");
  return order_handlers(function_, order_);
}

Status ValueVerifier::run_pass() {
  pool_.clear();
  at_label_.clear();
  in_handler_.clear();
  open_.clear();
  next_handler_ = 0;
  if (!defined_.reset(function_.frame_slots) || !landing_.reset(function_.frame_slots) ||
      !at_label_.resize(function_.labels.size()) ||
      !in_handler_.resize(function_.handlers.size()))
    return Error::out_of_memory("verifying IR");
  live_ = true;
  for (uint32_t i = 0; i < function_.insts.size(); ++i) {
    UMBER_TRY(close_handlers(i));
    UMBER_TRY(step(i));
  }
  return close_handlers(static_cast<uint32_t>(function_.insts.size()));
}

Status ValueVerifier::step(uint32_t idx) {
  const Inst& inst = function_.insts[idx];
  if (inst.op == Op::Label || inst.op == Op::LoopHeader) UMBER_TRY(enter_mark(idx));
  UMBER_TRY(open_handlers(idx));
  Status status;
  for_each_use(function_, inst, [&](Operand operand, Type type) {
    if (status.ok()) status = read(idx, operand, type);
  });
  UMBER_TRY(status);
  if (!open_.empty()) {  // any instruction may throw
    Snapshot& thrown = in_handler_[open_.back()];
    if (thrown.reached) (void)intersect(pool_, thrown, defined_);
  }
  UMBER_TRY(reach_targets(inst));
  for_each_result(function_, inst, [&](uint32_t slot, Type type) {
    if (status.ok()) status = write(idx, slot, type);
  });
  if (is_terminator(inst.op)) live_ = false;
  return status;
}

Status ValueVerifier::enter_mark(uint32_t idx) {
  const Inst& inst = function_.insts[idx];
  if (inst.op == Op::LoopHeader) {
    Snapshot& header = at_header_[inst.b.bits()];
    if (!header.reached) return save(header_pool_, header, defined_);
    (void)intersect(header_pool_, header, defined_);
    load(defined_, header_pool_, header);
    return {};
  }
  if (live_) UMBER_TRY(reach(inst.aux, defined_));
  if (!at_label_[inst.aux].reached) return error(idx, "nothing leads here");
  load(defined_, pool_, at_label_[inst.aux]);
  live_ = true;
  return {};
}

/// A temporary must be defined with that type; a read ends its life.
Status ValueVerifier::read(uint32_t idx, Operand operand, Type type) {
  if (!operand.is_slot()) return {};
  const uint32_t slot = operand.slot();
  if (slot < function_.local_slots) {
    if (local_types_[slot] == static_cast<uint8_t>(type)) return {};
    return error(idx, "slot ", slot, " is no local of that type");
  }
  if (!defined_.has(slot, type)) return error(idx, "reads slot ", slot, ", which is not defined with that type");
  if ((function_.insts[idx].flags & kKeepsOperands) == 0) defined_.remove(slot);
  return {};
}

Status ValueVerifier::write(uint32_t idx, uint32_t slot, Type type) {
  if (slot >= function_.local_slots) {
    defined_.define(slot, type);
    return {};
  }
  return local_types_[slot] == static_cast<uint8_t>(type) ? Status() : error(idx, "slot ", slot, " is no local of that type");
}

// ---- edges ---------------------------------------------------------------------------------------------------------

Status ValueVerifier::reach_targets(const Inst& inst) {
  const Shape& shape = shape_of(inst.op);
  if (shape.aux == Aux::Label) return reach(inst.aux, defined_);
  if (shape.imm == Imm::Labels)
    for (uint32_t label : function_.list(inst.imm)) UMBER_TRY(reach(label, defined_));
  return {};
}

/// An edge to `label` from here.
Status ValueVerifier::reach(uint32_t label, const DefinedSet& set) {
  const Inst& mark = function_.insts[function_.labels[label]];
  if (mark.op == Op::LoopHeader) {
    if (intersect(header_pool_, at_header_[mark.b.bits()], set)) shrunk_ = true;
    return {};
  }
  Snapshot& snapshot = at_label_[label];
  if (!snapshot.reached) return save(pool_, snapshot, set);
  (void)intersect(pool_, snapshot, set);
  return {};
}

// ---- exceptions ----------------------------------------------------------------------------------------------------

Status ValueVerifier::open_handlers(uint32_t idx) {
  for (; next_handler_ < order_.size() && function_.handlers[order_[next_handler_]].first == idx; ++next_handler_) {
    const uint32_t handler = order_[next_handler_];
    UMBER_TRY(save(pool_, in_handler_[handler], defined_));
    if (!open_.push(handler)) return Error::out_of_memory("verifying IR");
  }
  return {};
}

/// Ranges that end before `idx`: their clauses are edges, and what they do not catch reaches the range around them.
Status ValueVerifier::close_handlers(uint32_t idx) {
  while (!open_.empty() && function_.handlers[open_.back()].end == idx) {
    const uint32_t handler = open_.back();
    const HandlerRange& range = function_.handlers[handler];
    open_.pop();
    load(landing_, pool_, in_handler_[handler]);
    if (!open_.empty()) (void)intersect(pool_, in_handler_[open_.back()], landing_);
    for (const Catch& clause : function_.catches.subspan(range.first_catch, range.catch_count))
      UMBER_TRY(land(clause, range, in_handler_[handler]));
  }
  return {};
}

/// The edge of a clause: what every throw has, and the payload.
Status ValueVerifier::land(const Catch& clause, const HandlerRange& range, const Snapshot& thrown) {
  load(landing_, pool_, thrown);
  uint32_t slot = clause.dst;
  const auto define = [&](Type type) {
    if (slot < function_.local_slots || slot + slots_of(type) > function_.frame_slots) return false;
    landing_.define(slot, type);
    slot += slots_of(type);
    return true;
  };
  bool fits = true;
  if (clause.kind == CatchKind::Tag || clause.kind == CatchKind::TagRef) {
    const wasm::Module& module = *function_.module;
    for (wasm::ValType type : module.types[module.tags[clause.tag].type.type_idx].func.params)
      fits = fits && define(type_of(type));
  }
  if (clause.kind == CatchKind::TagRef || clause.kind == CatchKind::AllRef) fits = fits && define(Type::Ref);
  return fits ? reach(clause.label, landing_) : error(range.first, "a caught payload is out of range");
}

}  // namespace

Status verify_values(const Function& function, Allocator& allocator) { return ValueVerifier(function, allocator).run(); }

}  // namespace umber::ir
