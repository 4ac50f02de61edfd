// The first of the two passes over a function's IR: which locals deserve registers, loop by loop, and which temporaries are
// better computed straight into their slots. No dataflow: uses are counted, each loop's hottest values are picked when the
// loop ends, and its counts are handed on to the loop around it, heavier by what a loop is assumed to repeat.
#pragma once

#include "base/vec.h"
#include "interp/encode/place.h"

namespace umber::interp {

/// What a region (a loop, or the function outside all loops) wants in registers.
struct RegionPlan {
  uint32_t locals[kRegs];   ///< IR slots, integers first, hottest first within each class; kNoSlot: leave it to temporaries
  uint32_t written = 0;     ///< bit i: locals[i] is written in the region
  uint8_t temporaries[2] = {};  ///< registers of each class that temporaries want
  bool calls = false;           ///< it calls something, behind which registers hold nothing
};

class Plan {
 public:
  explicit Plan(Allocator& allocator)
      : regions_(allocator), live_(allocator), ranks_(allocator), entries_(allocator), entry_of_(allocator), outer_(allocator),
        to_slot_(allocator), label_loops_(allocator), local_classes_(allocator) {}

  /// False: out of memory.
  [[nodiscard]] bool make(const ir::Function& function);
  /// The plan of code without registers, which has no wishes.
  [[nodiscard]] bool make_blank(const ir::Function& function);

  /// Of loop `idx`; kNoIndex: of the function outside loops. Valid until the next make.
  [[nodiscard]] const RegionPlan& region(uint32_t loop_idx) const {
    return regions_[loop_idx == wasm::kNoIndex ? regions_.size() - 1 : loop_idx];
  }
  /// The result of instruction `idx` belongs into its slot: it is an argument of a call, or lives long.
  [[nodiscard]] bool to_slot(uint32_t inst_idx) const { return to_slot_[inst_idx] != 0; }
  /// The loop around a label; kNoIndex if there is none.
  [[nodiscard]] uint32_t loop_of_label(uint32_t label) const { return label_loops_[label]; }

 private:
  /// Uses of a local in an open region. Entries of a region lie together, inner regions' on top; the first two of all are nobody's.
  struct Entry {
    uint32_t slot;
    uint32_t count;
    uint32_t outer;  ///< the entry of the same local before this one
    bool written;
  };
  struct Open {
    uint32_t loop = 0;
    uint32_t end = 0;  ///< index behind its last instruction
    uint32_t first_entry = 0;
    uint32_t calls = 0;
    uint32_t ranks[2][kRegs + 1] = {};  ///< uses of temporaries of each class, by how many are live below them; last: of no interest
    bool incomplete = false;        ///< entries were dropped: any local may be written
  };

  [[nodiscard]] bool begin(const ir::Function& function);
  [[nodiscard]] bool open_loop(uint32_t loop);
  [[nodiscard]] bool close_loop();
  [[nodiscard]] bool visit(const ir::Inst& inst, uint32_t idx);
  [[nodiscard]] bool visit_list(const ir::Inst& inst, uint32_t idx);
  [[nodiscard]] bool use(ir::Operand operand, uint32_t oldest, uint32_t folded, bool keeps);
  /// One use more of a local in the innermost region. Nothing for other numbers.
  [[nodiscard, gnu::always_inline]] bool use_local(uint32_t slot, bool writes) {
    const uint32_t entry = entry_of_[slot < local_slots_ ? slot : local_slots_];
    if (entry - 1 < region_.first_entry - 1) return add_entry(slot, writes);  // entry 0 is always good
    ++entries_[entry].count;
    entries_[entry].written |= writes;
    return true;
  }
  [[nodiscard, gnu::noinline]] bool add_entry(uint32_t slot, bool writes);
  [[nodiscard]] bool define(uint32_t slot, uint32_t reg_class, uint32_t idx);
  [[nodiscard]] unsigned rank_of(uint32_t number, uint32_t defined) const;
  void pick(const Open& region, RegionPlan& out) const;
  [[nodiscard]] bool hand_on(const Open& region);

  const ir::Function* function_ = nullptr;
  uint32_t local_slots_ = 0;
  uint32_t temporaries_ = 0;     ///< slots of temporaries
  uint32_t last_call_ = 0;       ///< index of the last call so far
  uint32_t made_ = 0;            ///< what the instruction before may leave waiting: Folding's bits
  Vec<RegionPlan> regions_;
  Vec<uint32_t> live_;           ///< by temporary, kBelow of none first: the instruction that defines it and its class, or kDead
  Vec<uint8_t> ranks_;           ///< by temporary: how many short-lived ones of its class are live below it
  Vec<Entry> entries_;
  Vec<uint32_t> entry_of_;       ///< by local slot; one more for all that is no local
  Open region_;                  ///< the innermost open one
  Vec<Open> outer_;
  Vec<uint8_t> to_slot_;
  Vec<uint32_t> label_loops_;    ///< by label; one more, unused
  uint32_t no_label_ = 0;        ///< its number
  Vec<RegClass> local_classes_;  ///< by the first slot of a local
};

}  // namespace umber::interp
