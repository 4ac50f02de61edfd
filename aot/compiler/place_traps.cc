#include "aot/compiler/place_traps.h"

#include <llvm/CodeGen/MachineInstrBuilder.h>
#include <llvm/CodeGen/TargetInstrInfo.h>
#include <llvm/CodeGen/TargetSubtargetInfo.h>
#include <llvm/MC/MCContext.h>

#include <algorithm>

#include "aot/compiler/module_translator.h"

namespace umber::aot {
namespace {

/// Ends in a call that does not return, and only one block leads there.
bool is_trap(const llvm::MachineBasicBlock& block) {
  if (!block.succ_empty() || block.pred_size() != 1 || block.hasAddressTaken() || block.isEHPad() || block.empty()) return false;
  const auto last = block.getLastNonDebugInstr();
  return last != block.end() && last->isCall() && !last->isReturn();
}

/// Moves the block behind its predecessor, whose conditional branch then goes to the other successor.
bool place(llvm::MachineBasicBlock& trap, const llvm::TargetInstrInfo& instructions) {
  llvm::MachineBasicBlock& before = **trap.pred_begin();
  if (before.succ_size() != 2) return false;
  llvm::MachineBasicBlock* if_true = nullptr;
  llvm::MachineBasicBlock* if_false = nullptr;
  llvm::SmallVector<llvm::MachineOperand, 4> condition;
  if (instructions.analyzeBranch(before, if_true, if_false, condition) || condition.empty()) return false;
  llvm::MachineBasicBlock* other = *before.succ_begin() == &trap ? *std::next(before.succ_begin()) : *before.succ_begin();
  if (if_true == &trap && instructions.reverseBranchCondition(condition)) return false;
  const llvm::DebugLoc location = before.findBranchDebugLoc();
  instructions.removeBranch(before);
  trap.moveAfter(&before);
  instructions.insertBranch(before, other, nullptr, condition, location);
  return true;
}

}  // namespace

char PlaceTraps::ID = 0;

bool PlaceTraps::runOnMachineFunction(llvm::MachineFunction& function) {
  const llvm::TargetInstrInfo& instructions = *function.getSubtarget().getInstrInfo();
  llvm::SmallVector<llvm::MachineBasicBlock*, 16> traps;
  for (llvm::MachineBasicBlock& block : function)
    if (is_trap(block)) traps.push_back(&block);
  bool changed = false;
  for (llvm::MachineBasicBlock* trap : traps) changed |= place(*trap, instructions);
  return changed;
}

namespace {

/// Accesses linear memory, as far as is known.
bool may_fault(const llvm::MachineInstr& instruction) {
  if (!instruction.mayLoadOrStore() || instruction.isCall() || instruction.isReturn()) return false;
  return instruction.memoperands_empty() || std::ranges::any_of(instruction.memoperands(), [](const llvm::MachineMemOperand* operand) {
    const llvm::MDNode* tag = operand->getAAInfo().TBAA;
    return operand->getPseudoValue() == nullptr && (tag == nullptr || is_memory_tag(*tag));
  });
}

}  // namespace

char LabelCalls::ID = 0;

bool LabelCalls::runOnMachineFunction(llvm::MachineFunction& function) {
  const llvm::TargetInstrInfo& instructions = *function.getSubtarget().getInstrInfo();
  bool changed = false;
  for (llvm::MachineBasicBlock& block : function) {
    for (llvm::MachineInstr& instruction : block) {
      const bool has_place = (instruction.isCall() && !instruction.isTerminator()) || (accesses_fault_ && may_fault(instruction));
      if (!has_place) continue;
      llvm::BuildMI(block, instruction, instruction.getDebugLoc(), instructions.get(llvm::TargetOpcode::ANNOTATION_LABEL))
          .addSym(function.getContext().createTempSymbol());
      changed = true;
    }
  }
  return changed;
}

}  // namespace umber::aot
