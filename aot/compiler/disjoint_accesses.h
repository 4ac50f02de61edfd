// Which accesses of a loop can't touch the same bytes, asked in front of the loop. LLVM asks such questions itself where it vectorises, but pointer by
// pointer: of a loop that its compiler has unrolled, a store to p and a load from p + 8 then always seem to overlap. Here the accesses that
// differ by a constant are one group; LLVM relates those exactly, and is told that the groups are disjoint.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <vector>

#include "aot/compiler/address_ranges.h"

namespace umber::aot {

class DisjointAccesses {
 public:
  DisjointAccesses(llvm::Loop& loop, AddressRanges& ranges) : loop_(loop), ranges_(ranges) {}

  /// Groups the accesses of a loop without branches, before AddressRanges::is_outside is asked; false if nothing can be said of them or LLVM
  /// does as well alone.
  bool find();
  /// Whether groups overlap in `count` + 1 iterations in which no range wraps. Of addresses of 64 bits.
  llvm::Value* overlap(llvm::Value* count, llvm::IRBuilder<>& builder);
  /// Marks the accesses as what they are if nothing overlaps.
  void annotate();

 private:
  struct Access {
    llvm::Instruction* instruction;
    int64_t distance;
  };
  /// Bytes from `low` to `end` beyond the range's start in the first iteration.
  struct Group {
    size_t range;
    int64_t low;
    int64_t end;
    bool is_written;
    std::vector<Access> accesses;
  };
  bool add(llvm::Instruction& instruction);
  [[nodiscard]] bool is_unrolled(const Group& group) const;
  /// Whether the two are compared: a constant distance is LLVM's to judge, and loads may overlap.
  [[nodiscard]] bool matters(const Group& a, const Group& b) const { return a.range != b.range && (a.is_written || b.is_written); }

  llvm::Loop& loop_;
  AddressRanges& ranges_;
  std::vector<Group> groups_;
};

}  // namespace umber::aot
