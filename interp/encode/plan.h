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
};

class Plan {
 public:
  explicit Plan(Allocator& allocator)
      : regions_(allocator), born_(allocator), cells_(allocator), entries_(allocator), outer_(allocator), to_slot_(allocator),
        label_loops_(allocator), local_classes_(allocator) {}

  /// False: out of memory.
  [[nodiscard]] bool make(const ir::Function& function);

  /// Of loop `idx`; kNoIndex: of the function outside loops. Valid until the next make.
  [[nodiscard]] const RegionPlan& region(uint32_t loop_idx) const {
    return regions_[loop_idx == wasm::kNoIndex ? regions_.size() - 1 : loop_idx];
  }
  /// The result of instruction `idx` belongs into its slot: it is an argument of a call, or lives long.
  [[nodiscard]] bool to_slot(uint32_t inst_idx) const { return to_slot_[inst_idx] != 0; }
  /// The loop around a label; kNoIndex if there is none.
  [[nodiscard]] uint32_t loop_of_label(uint32_t label) const { return label_loops_[label]; }

 private:
  /// Uses of a local in an open region. Entries of a region lie together, inner regions' on top; the first one of all is for what is
  /// of no interest. A region's first kRankEntries count uses of temporaries instead: of each class, by how many are live below them.
  struct Entry {
    uint32_t slot;
    uint32_t count;  ///< temporaries count twice
    int32_t outer;   ///< the entry of the same local before this one; 0: none
    uint32_t written;
  };
  static constexpr uint32_t kRanks = kRegs + 1;  ///< the last: more than there are registers, of no interest
  static constexpr uint32_t kRankEntries = 2 * kRanks;
  struct Open {
    uint32_t loop = 0;
    uint32_t end = 0;  ///< index behind its last instruction
    uint32_t first_entry = 0;
    uint32_t calls = 0;
    bool incomplete = false;  ///< entries were dropped: any local may be written
  };

  /// What every instruction needs, at hand while nothing grows and the region stays.
  struct Tables {
    int32_t* born;  ///< of slot 0
    int32_t* cells;
    Entry* entries;
    uint8_t* to_slot;
    uint32_t local_slots;
    uint32_t spare;
    int32_t first_entry;
  };

  [[nodiscard]] bool begin(const ir::Function& function);
  [[nodiscard]] bool begin_slots(const ir::Function& function);
  [[nodiscard]] Tables tables();
  [[nodiscard]] bool open_region(uint32_t loop, uint32_t end);
  [[nodiscard]] bool close_loop();
  [[nodiscard]] bool visit(Tables& at, const ir::Inst& inst, uint32_t idx);
  [[nodiscard]] bool visit_special(const ir::Inst& inst, uint32_t idx);
  [[nodiscard]] bool visit_any(const ir::Inst& inst, uint32_t idx);
  [[nodiscard]] bool use(Tables& at, ir::Operand operand, int32_t oldest, bool keeps);
  [[nodiscard]] bool define(Tables& at, uint32_t slot, uint32_t reg_class, int32_t idx);
  [[nodiscard]] bool need_entry(Tables& at, uint32_t slot);
  [[nodiscard, gnu::noinline]] bool add_entry(uint32_t slot);
  [[nodiscard]] int32_t oldest_at(uint32_t idx) const;
  void pick(const Open& region, RegionPlan& out) const;
  [[nodiscard]] bool hand_on(const Open& region);

  const ir::Function* function_ = nullptr;
  uint32_t local_slots_ = 0;
  uint32_t spare_ = 0;           ///< the slot behind all: constants and absent operands count as this temporary, which is dead
  uint32_t last_call_ = 0;       ///< index of the last call so far
  Vec<RegionPlan> regions_;
  Vec<int32_t> born_;            ///< by slot, kBelow of none first: the instruction that defines an integer, the negative of one that
                                 ///< defines a float; 0 of anything but a temporary that waits to be read
  Vec<int32_t> cells_;           ///< by slot: a local's entry; of a temporary, kTemporaryCell + which of a region's first entries counts it
  Vec<Entry> entries_;
  Open region_;                  ///< the innermost open one
  Vec<Open> outer_;
  Vec<uint8_t> to_slot_;         ///< by instruction; the first one, Entry, has no result: what concerns none is said of it
  Vec<uint32_t> label_loops_;
  Vec<RegClass> local_classes_;  ///< by the first slot of a local
};

}  // namespace umber::interp
