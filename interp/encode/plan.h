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
      : regions_(allocator), temporaries_(allocator), entries_(allocator), entry_of_(allocator), open_(allocator),
        to_slot_(allocator), label_loops_(allocator), local_types_(allocator) {}

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
  /// Type of a local, by its first slot.
  [[nodiscard]] ir::Type local_type(uint32_t slot) const { return local_types_[slot]; }

 private:
  /// Uses of a local in an open region. Entries of a region lie together, inner regions' on top.
  struct Entry {
    uint32_t slot;
    uint32_t count;
    uint32_t outer;  ///< the entry of the same local before this one
    bool written;
  };
  struct Open {
    uint32_t loop;
    uint32_t first_entry;
    uint32_t calls = 0;
    uint32_t ranks[2][kRegs] = {};  ///< uses of temporaries of each class, by how many are live below them
    bool incomplete = false;        ///< entries were dropped: any local may be written
  };
  struct Temporary {
    uint32_t inst = 0;      ///< that defines it
    uint32_t calls = 0;     ///< calls before that
    uint8_t reg_class = 0;  ///< RegClass; None: not live
    uint8_t rank = 0;       ///< short-lived temporaries of its class below it
  };
  static constexpr uint32_t kNone = 0xffff'ffff;

  [[nodiscard]] bool open_region(uint32_t loop);
  [[nodiscard]] bool close_region();
  [[nodiscard]] bool use_local(uint32_t slot, uint32_t count, bool writes);
  [[nodiscard]] bool use(const ir::Inst& inst, uint32_t idx, ir::Operand operand);
  [[nodiscard]] unsigned rank_of(uint32_t temporary, uint32_t idx, RegClass reg_class) const;
  [[nodiscard]] bool define(const ir::Inst& inst, uint32_t idx, uint32_t slot, ir::Type type);
  [[nodiscard]] bool visit(const ir::Inst& inst, uint32_t idx);
  void pick(const Open& region, RegionPlan& out) const;
  [[nodiscard]] bool hand_on(const Open& region);

  const ir::Function* function_ = nullptr;
  Vec<RegionPlan> regions_;
  Vec<Temporary> temporaries_;   ///< by slot - local_slots
  Vec<Entry> entries_;
  Vec<uint32_t> entry_of_;       ///< by local slot
  Vec<Open> open_;
  Vec<uint8_t> to_slot_;
  Vec<uint32_t> label_loops_;
  Vec<ir::Type> local_types_;
  uint32_t calls_ = 0;
};

}  // namespace umber::interp
