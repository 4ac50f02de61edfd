#include "aot/compiler/loop_count.h"

#include <llvm/Analysis/ScalarEvolutionExpressions.h>

#include "aot/compiler/bounds_checks.h"

namespace umber::aot {
namespace {

bool is_counted(const llvm::SCEV* count, llvm::Loop& loop, llvm::ScalarEvolution& evolution) {
  return !llvm::isa<llvm::SCEVCouldNotCompute>(count) && count->getType()->getIntegerBitWidth() <= 32 && evolution.isLoopInvariant(count, &loop);
}

/// Of a loop that ends when a counter of 32 bits equals something that stays.
std::optional<LoopCount> count_to_equality(llvm::Loop& loop, llvm::BasicBlock& exiting, llvm::ScalarEvolution& evolution) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(exiting.getTerminator());
  auto* comparison = branch == nullptr || !branch->isConditional() ? nullptr : llvm::dyn_cast<llvm::ICmpInst>(branch->getCondition());
  if (comparison == nullptr || !comparison->isEquality() || !comparison->getOperand(0)->getType()->isIntegerTy(32)) return std::nullopt;
  const bool ends_if_equal = comparison->getPredicate() == llvm::ICmpInst::ICMP_EQ;
  if (loop.contains(branch->getSuccessor(ends_if_equal ? 0 : 1))) return std::nullopt;
  const llvm::SCEV* end = evolution.getSCEV(comparison->getOperand(1));
  const auto* counter = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(comparison->getOperand(0)));
  if (counter == nullptr) {
    end = evolution.getSCEV(comparison->getOperand(0));
    counter = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(comparison->getOperand(1)));
  }
  if (counter == nullptr || counter->getLoop() != &loop || !counter->isAffine() || !evolution.isLoopInvariant(end, &loop)) return std::nullopt;
  const auto* step = llvm::dyn_cast<llvm::SCEVConstant>(counter->getStepRecurrence(evolution));
  if (step == nullptr || step->isZero()) return std::nullopt;
  const bool rises = step->getAPInt().isStrictlyPositive();
  const llvm::SCEV* distance = rises ? evolution.getMinusSCEV(end, counter->getStart()) : evolution.getMinusSCEV(counter->getStart(), end);
  const llvm::SCEV* by = evolution.getConstant(step->getAPInt().abs());
  return LoopCount{evolution.getUDivExpr(distance, by), evolution.getURemExpr(distance, by), comparison};
}

}  // namespace

std::optional<LoopCount> count_of(llvm::Loop& loop, llvm::DominatorTree& tree, llvm::ScalarEvolution& evolution) {
  llvm::SmallVector<llvm::BasicBlock*, 8> exiting;
  loop.getExitingBlocks(exiting);
  llvm::erase_if(exiting, [&](llvm::BasicBlock* block) { return BoundsCheck::of(*block) || !tree.dominates(block, loop.getLoopLatch()); });
  for (llvm::BasicBlock* block : exiting) {
    const llvm::SCEV* count = evolution.getExitCount(&loop, block);
    if (is_counted(count, loop, evolution)) return LoopCount{count};
  }
  for (llvm::BasicBlock* block : exiting)
    if (const std::optional<LoopCount> count = count_to_equality(loop, *block, evolution)) return count;
  return std::nullopt;
}

}  // namespace umber::aot
