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

/// LLVM's outliner, which runs for small cores, must not move calls into functions of its own: a return address there has no place. It leaves
/// alone what has a label.
class LabelCalls : public llvm::MachineFunctionPass {
 public:
  static char ID;
  LabelCalls() : MachineFunctionPass(ID) {}
  bool runOnMachineFunction(llvm::MachineFunction& function) override;
};

}  // namespace umber::aot
