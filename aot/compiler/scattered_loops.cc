#include "aot/compiler/scattered_loops.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/LoopUtils.h>

namespace umber::aot {
namespace {

constexpr uint64_t kFar = 256;  ///< bytes from one iteration's access to the next one's; guests' compilers unroll four times

bool is_scattered(llvm::Instruction& access, const llvm::Loop& loop, llvm::ScalarEvolution& evolution) {
  llvm::Value* at = llvm::getLoadStorePointerOperand(&access);
  if (at == nullptr) return false;
  const auto* address = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(at));
  if (address == nullptr || address->getLoop() != &loop) return false;
  const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(address->getStepRecurrence(evolution));
  return step != nullptr && step->getAPInt().abs().ugt(kFar);
}

}  // namespace

llvm::PreservedAnalyses ScatteredLoops::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::ScalarEvolution& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  for (llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    if (!loop->isInnermost()) continue;
    const auto has_scattered = [&](llvm::BasicBlock* block) {
      return llvm::any_of(*block, [&](llvm::Instruction& instruction) { return is_scattered(instruction, *loop, evolution); });
    };
    if (llvm::any_of(loop->blocks(), has_scattered)) llvm::addStringMetadataToLoop(loop, "llvm.loop.vectorize.enable", 0);
  }
  return llvm::PreservedAnalyses::all();
}

}  // namespace umber::aot
