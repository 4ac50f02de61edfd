#include "aot/compiler/faulting_loads.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include "aot/compiler/module_translator.h"

namespace umber::aot {
namespace {

/// The callee's loads die when it is inlined where nobody wants its result, unless something seems to read that.
void use_result(llvm::CallInst& call) {
  auto* signature = llvm::FunctionType::get(llvm::Type::getVoidTy(call.getContext()), {call.getType()}, false);
  llvm::IRBuilder<> behind(call.getNextNode());
  behind.SetCurrentDebugLocation(call.getDebugLoc());
  behind.CreateCall(signature, llvm::InlineAsm::get(signature, "", "X", true), {&call})->setDoesNotThrow();
}

/// Where control comes from and goes to, behind blocks that hold nothing.
std::pair<const llvm::BasicBlock*, const llvm::BasicBlock*> way_to(const llvm::BasicBlock* from, const llvm::BasicBlock* to) {
  constexpr unsigned kMostEmpty = 16;
  for (unsigned i = 0; i < kMostEmpty && to->size() == 1 && to->getSingleSuccessor() != nullptr; ++i) {
    from = to;
    to = to->getSingleSuccessor();
  }
  return {from, to};
}

/// A branch whose ways all come to the same: LLVM will drop it, and what it depends on.
bool is_pointless(const llvm::Instruction& branch) {
  if (!branch.isTerminator() || branch.getNumSuccessors() < 2) return false;
  const auto [first_from, first_to] = way_to(branch.getParent(), branch.getSuccessor(0));
  for (unsigned i = 1; i < branch.getNumSuccessors(); ++i) {
    const auto [from, to] = way_to(branch.getParent(), branch.getSuccessor(i));
    if (to != first_to) return false;
    for (const llvm::PHINode& phi : to->phis())
      if (phi.getIncomingValueForBlock(from) != phi.getIncomingValueForBlock(first_from)) return false;
  }
  return true;
}

}  // namespace

llvm::PreservedAnalyses KeepFaultingLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  // What has effects is alive, and what something alive uses.
  llvm::SmallPtrSet<llvm::Instruction*, 32> alive;
  llvm::SmallVector<llvm::Instruction*, 64> work;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if ((!instruction.isTerminator() && !instruction.mayHaveSideEffects()) || is_pointless(instruction)) continue;
    alive.insert(&instruction);
    work.push_back(&instruction);
  }
  while (!work.empty()) {
    for (llvm::Value* operand : work.pop_back_val()->operands()) {
      auto* instruction = llvm::dyn_cast<llvm::Instruction>(operand);
      if (instruction != nullptr && alive.insert(instruction).second) work.push_back(instruction);
    }
  }
  llvm::SmallVector<llvm::CallInst*, 8> unread;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
    const bool may_be_inlined = call != nullptr && call->getCalledFunction() != nullptr && !call->getCalledFunction()->isIntrinsic();
    const bool has_plain_result = may_be_inlined && (call->getType()->isIntegerTy() || call->getType()->isFloatingPointTy());
    const auto is_alive = [&](llvm::User* user) { return alive.contains(llvm::cast<llvm::Instruction>(user)); };
    if (has_plain_result && llvm::none_of(call->users(), is_alive) && !call->isMustTailCall()) unread.push_back(call);
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (load != nullptr && !alive.contains(load) && is_memory_access(*load)) load->setVolatile(true);
  }
  for (llvm::CallInst* call : unread) use_result(*call);
  return llvm::PreservedAnalyses::all();
}

}  // namespace umber::aot
