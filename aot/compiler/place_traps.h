// Where small code wants traps: directly behind the branch that goes round them. LLVM moves cold blocks to a function's end, and a branch
// there is the long one: four bytes instead of two on Thumb, six instead of two on x86. Next to its only predecessor a trap's call is
// jumped over by the short one. The price is a taken branch where all is well, so only -Os and -Oz do it.
#pragma once

#include <llvm/CodeGen/MachineFunctionPass.h>

namespace umber::aot {

class PlaceTraps : public llvm::MachineFunctionPass {
 public:
  static char ID;
  PlaceTraps() : MachineFunctionPass(ID) {}
  bool runOnMachineFunction(llvm::MachineFunction& function) override;
};

/// LLVM's outliner, which runs for small cores and at -Oz, must not move what may trap or is a frame of the backtrace into functions of its
/// own, which have no places. It leaves alone what has a label: calls, and accesses to linear memory.
class LabelCalls : public llvm::MachineFunctionPass {
 public:
  static char ID;
  /// `accesses_fault`: there are guard regions, or may be.
  explicit LabelCalls(bool accesses_fault) : MachineFunctionPass(ID), accesses_fault_(accesses_fault) {}
  bool runOnMachineFunction(llvm::MachineFunction& function) override;

 private:
  const bool accesses_fault_;
};

}  // namespace umber::aot
