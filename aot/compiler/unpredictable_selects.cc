#include "aot/compiler/unpredictable_selects.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/PointerIntPair.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>

#include <optional>

namespace umber::aot {
namespace {

constexpr unsigned kMaxSearched = 32;    ///< instructions that a value is computed from
constexpr unsigned kMaxRemembered = 16;  ///< selects that follow each other in an unrolled loop

/// What a loop carries from round to round, and the selects made of it.
using Remembered = llvm::SmallPtrSet<const llvm::Value*, kMaxRemembered>;

enum class Way : uint8_t { Any, ThroughLoad };

/// Whether a value of the loop is computed from what is remembered, in this round or an earlier one, anyhow or by a load from there; none if
/// that takes too long to find.
std::optional<bool> depends(const llvm::Value& value, const Remembered& remembered, const llvm::Loop& loop, Way way) {
  // With each value whether somebody on the way loads from an address computed from it.
  using Step = llvm::PointerIntPair<const llvm::Value*, 1, bool>;
  llvm::SmallVector<Step, 16> work = {Step(&value, way == Way::Any)};
  llvm::SmallDenseSet<Step, kMaxSearched> seen;
  while (!work.empty()) {
    const Step step = work.pop_back_val();
    if (remembered.contains(step.getPointer())) {
      if (step.getInt()) return true;
      continue;
    }
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(step.getPointer());
    if (instruction == nullptr || !loop.contains(instruction) || !seen.insert(step).second) continue;
    if (seen.size() == kMaxSearched) return std::nullopt;
    const bool loaded = step.getInt() || llvm::isa<llvm::LoadInst>(instruction);
    for (const llvm::Value* operand : instruction->operands()) work.emplace_back(operand, loaded);
  }
  return false;
}

/// Adds the selects that keep what the loop remembers in `first`, or replace it by what has nothing to do with it if there it finds something better.
void find_searches(llvm::PHINode& first, const llvm::Loop& loop, llvm::SmallPtrSetImpl<const llvm::Value*>& found) {
  if (loop.getLoopLatch() == nullptr) return;
  Remembered remembered;
  remembered.insert(&first);
  llvm::SmallVector<llvm::Value*, 8> work = {&first};
  while (!work.empty()) {
    for (llvm::User* user : work.pop_back_val()->users()) {
      auto* select = llvm::dyn_cast<llvm::SelectInst>(user);
      if (select == nullptr || !loop.contains(select) || remembered.size() == kMaxRemembered) continue;
      const bool keeps_if_true = remembered.contains(select->getTrueValue());
      if (keeps_if_true == remembered.contains(select->getFalseValue())) continue;
      const llvm::Value& other = keeps_if_true ? *select->getFalseValue() : *select->getTrueValue();
      if (depends(*select->getCondition(), remembered, loop, Way::ThroughLoad) != true) continue;
      if (depends(other, remembered, loop, Way::Any) != false) continue;
      remembered.insert(select);
      work.push_back(select);
    }
  }
  if (remembered.contains(first.getIncomingValueForBlock(loop.getLoopLatch()))) found.insert(remembered.begin(), remembered.end());
}

/// Whether a value comes from memory in the loop.
bool is_datum(const llvm::Value& value, const llvm::Loop& loop) {
  llvm::SmallVector<const llvm::Value*, 16> work = {&value};
  llvm::SmallPtrSet<const llvm::Value*, kMaxSearched> seen;
  while (!work.empty() && seen.size() < kMaxSearched) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(work.pop_back_val());
    if (instruction == nullptr || !loop.contains(instruction) || !seen.insert(instruction).second) continue;
    if (llvm::isa<llvm::LoadInst>(instruction)) return true;
    for (const llvm::Value* operand : instruction->operands()) work.push_back(operand);
  }
  return false;
}

bool are_data(const llvm::Value& left, const llvm::Value& right, const llvm::Loop& loop) { return is_datum(left, loop) && is_datum(right, loop); }

void mark(llvm::SelectInst& select) {
  select.setMetadata(llvm::LLVMContext::MD_unpredictable, llvm::MDBuilder(select.getContext()).createUnpredictable());
}

/// A minimum or maximum, which the processor has no instruction for, as the select that code generation would make of it.
void expand(llvm::MinMaxIntrinsic& extreme) {
  llvm::IRBuilder<> builder(&extreme);
  llvm::Value* is_left = builder.CreateICmp(extreme.getPredicate(), extreme.getLHS(), extreme.getRHS());
  llvm::Value* select = builder.CreateSelect(is_left, extreme.getLHS(), extreme.getRHS());
  mark(*llvm::cast<llvm::SelectInst>(select));
  extreme.replaceAllUsesWith(select);
  extreme.eraseFromParent();
}

}  // namespace

llvm::PreservedAnalyses UnpredictableSelects::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const llvm::LoopInfo& loops = analyses.getResult<llvm::LoopAnalysis>(function);
  llvm::SmallPtrSet<const llvm::Value*, 16> searches;
  for (llvm::Loop* loop : loops.getLoopsInPreorder())
    for (llvm::PHINode& phi : loop->getHeader()->phis()) find_searches(phi, *loop, searches);
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    const llvm::Loop* loop = loops.getLoopFor(instruction.getParent());
    if (loop == nullptr || instruction.getType()->isVectorTy()) continue;
    if (auto* extreme = llvm::dyn_cast<llvm::MinMaxIntrinsic>(&instruction)) {
      if (are_data(*extreme->getLHS(), *extreme->getRHS(), *loop)) expand(*extreme);
      continue;
    }
    auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction);
    const auto* comparison = select == nullptr ? nullptr : llvm::dyn_cast<llvm::CmpInst>(select->getCondition());
    if (comparison == nullptr || searches.contains(select)) continue;
    if (are_data(*comparison->getOperand(0), *comparison->getOperand(1), *loop)) mark(*select);
  }
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace umber::aot
