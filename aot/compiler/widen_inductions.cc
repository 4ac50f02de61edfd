#include "aot/compiler/widen_inductions.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include "aot/compiler/module_translator.h"

namespace umber::aot {

llvm::ZExtInst* index_of(llvm::Instruction& access) {
  llvm::Value* at = llvm::getLoadStorePointerOperand(&access);
  if (at == nullptr || !is_memory_access(access)) return nullptr;
  while (auto* sum = llvm::dyn_cast<llvm::GetElementPtrInst>(at)) {
    if (sum->getNumIndices() != 1) return nullptr;
    auto* index = llvm::dyn_cast<llvm::ZExtInst>(sum->getOperand(1));
    if (index != nullptr && index->getSrcTy()->isIntegerTy(32) && index->getType()->isIntegerTy(64)) return index;
    at = sum->getPointerOperand();
  }
  return nullptr;
}

llvm::PHINode* WideCounters::of(const llvm::Loop& loop, int64_t step) {
  llvm::PHINode*& counter = counters_[{&loop, step}];
  if (counter != nullptr) return counter;
  llvm::IRBuilder<> builder(loop.getHeader(), loop.getHeader()->begin());
  counter = builder.CreatePHI(builder.getInt64Ty(), 2, "wide");
  builder.SetInsertPoint(loop.getLoopLatch()->getTerminator());
  llvm::Value* next = builder.CreateAdd(counter, builder.getInt64(static_cast<uint64_t>(step)), "wide.next", false, true);
  counter->addIncoming(builder.getInt64(0), loop.getLoopPreheader());
  counter->addIncoming(next, loop.getLoopLatch());
  return counter;
}

namespace {

class Widening {
 public:
  Widening(llvm::Function& function, llvm::FunctionAnalysisManager& analyses)
      : evolution_(analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)),
        expander_(evolution_, function.getParent()->getDataLayout(), "wide") {}

  bool run(llvm::Function& function) {
    llvm::MapVector<llvm::ZExtInst*, const llvm::SCEVAddRecExpr*> found;
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      llvm::ZExtInst* index = index_of(instruction);
      if (index == nullptr || found.contains(index)) continue;
      const auto* recurrence = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution_.getSCEV(index));
      if (recurrence != nullptr && can_widen(*recurrence, *index)) found.insert({index, recurrence});
    }
    for (const auto& [index, recurrence] : found) replace(*index, *recurrence);
    return !found.empty();
  }

 private:
  bool can_widen(const llvm::SCEVAddRecExpr& recurrence, const llvm::ZExtInst& index) {
    const llvm::Loop* loop = recurrence.getLoop();
    if (!recurrence.isAffine() || !llvm::isa<llvm::SCEVConstant>(recurrence.getStepRecurrence(evolution_))) return false;
    if (loop->getLoopLatch() == nullptr || loop->getLoopPreheader() == nullptr || !loop->contains(&index)) return false;
    return expander_.isSafeToExpandAt(recurrence.getStart(), loop->getLoopPreheader()->getTerminator());
  }

  void replace(llvm::ZExtInst& index, const llvm::SCEVAddRecExpr& recurrence) {
    const llvm::Loop* loop = recurrence.getLoop();
    llvm::Value* start = expander_.expandCodeFor(recurrence.getStart(), nullptr, loop->getLoopPreheader()->getTerminator());
    llvm::IRBuilder<> builder(&index);
    const auto* step = llvm::cast<llvm::SCEVConstant>(recurrence.getStepRecurrence(evolution_));
    llvm::Value* sum = builder.CreateAdd(counters_.of(*loop, step->getAPInt().getSExtValue()), start);
    evolution_.forgetValue(&index);
    index.replaceAllUsesWith(sum);
  }

  llvm::ScalarEvolution& evolution_;
  llvm::SCEVExpander expander_;
  WideCounters counters_;
};

}  // namespace

llvm::PreservedAnalyses WidenInductions::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (!Widening(function, analyses).run(function)) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace umber::aot
