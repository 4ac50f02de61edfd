#include "aot/compiler/faulting_loads.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include "aot/compiler/module_translator.h"

namespace umber::aot {

llvm::PreservedAnalyses KeepFaultingLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  // What has effects is alive, and what something alive uses.
  llvm::SmallPtrSet<llvm::Instruction*, 32> alive;
  llvm::SmallVector<llvm::Instruction*, 64> work;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (!instruction.isTerminator() && !instruction.mayHaveSideEffects()) continue;
    alive.insert(&instruction);
    work.push_back(&instruction);
  }
  while (!work.empty()) {
    for (llvm::Value* operand : work.pop_back_val()->operands()) {
      auto* instruction = llvm::dyn_cast<llvm::Instruction>(operand);
      if (instruction != nullptr && alive.insert(instruction).second) work.push_back(instruction);
    }
  }
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (load != nullptr && !alive.contains(load) && is_memory_access(*load)) load->setVolatile(true);
  }
  return llvm::PreservedAnalyses::all();
}

}  // namespace umber::aot
