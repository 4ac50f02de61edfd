#include "aot/compiler/merge_checks.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/IR/Dominators.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <vector>

#include "aot/compiler/bounds_checks.h"

namespace umber::aot {
namespace {

/// Instructions that a widened check may look over, and copy.
constexpr unsigned kMaxSpan = 48;

using Key = std::pair<llvm::Value*, uint64_t>;  // index, memory

Key key_of(const BoundsCheck& check) { return {check.index(), check.memory()}; }

/// Index and least size alone say that the check passes.
bool always_passes(const BoundsCheck& check, llvm::ScalarEvolution& evolution) {
  const llvm::APInt most = evolution.getUnsignedRangeMax(evolution.getSCEV(check.index()));
  return check.least() > check.last() && most.ult(check.least() - check.last());
}

/// Walks the dominator tree with what is known to be covered on the way; removes checks that say nothing new.
class Covered {
 public:
  explicit Covered(llvm::DominatorTree& tree) : tree_(tree) {}
  void remove_redundant();

 private:
  struct Visit {
    llvm::DomTreeNode* node;
    size_t undo;  ///< length of undo_ to go back to when the node is left
    bool is_left;
  };
  void enter(llvm::DomTreeNode& node);
  void cover(const Key& key, uint64_t bytes);

  llvm::DominatorTree& tree_;
  llvm::DenseMap<Key, uint64_t> covered_;  ///< last() + 1
  std::vector<std::pair<Key, uint64_t>> undo_;
  std::vector<BoundsCheck> redundant_;
};

void Covered::cover(const Key& key, uint64_t bytes) {
  uint64_t& known = covered_[key];
  if (bytes <= known) return;
  undo_.push_back({key, known});
  known = bytes;
}

void Covered::enter(llvm::DomTreeNode& node) {
  llvm::BasicBlock* block = node.getBlock();
  if (llvm::BasicBlock* before = block->getSinglePredecessor()) {
    const std::optional<BoundsCheck> passed = BoundsCheck::of(*before);
    if (passed && passed->inside() == block && passed->beyond() != block) cover(key_of(*passed), passed->last() + 1);
  }
  const std::optional<BoundsCheck> check = BoundsCheck::of(*block);
  if (check && covered_.lookup(key_of(*check)) > check->last()) redundant_.push_back(*check);
}

void Covered::remove_redundant() {
  std::vector<Visit> work = {{tree_.getRootNode(), 0, false}};
  while (!work.empty()) {
    Visit& visit = work.back();
    if (visit.is_left) {
      for (; undo_.size() > visit.undo; undo_.pop_back()) covered_[undo_.back().first] = undo_.back().second;
      work.pop_back();
      continue;
    }
    visit.is_left = true;
    visit.undo = undo_.size();
    llvm::DomTreeNode* node = visit.node;
    enter(*node);
    for (llvm::DomTreeNode* child : node->children()) work.push_back({child, 0, false});
  }
  for (BoundsCheck& check : redundant_) check.remove();
}

/// Where a block goes if nothing traps; null if it does not end with a check or go on to one block.
llvm::BasicBlock* next_of(llvm::BasicBlock& block) {
  if (const std::optional<BoundsCheck> check = BoundsCheck::of(block)) return check->inside() == check->beyond() ? nullptr : check->inside();
  return block.getSingleSuccessor();
}

using Branches = llvm::SmallPtrSet<llvm::BranchInst*, 16>;

/// The code behind `first` that always follows it, up to the last check that is on the same index and reaches farther.
class Chain {
 public:
  Chain(const BoundsCheck& first, bool may_copy_effects) : first_(first), reach_(first.last()) { follow(may_copy_effects); }
  [[nodiscard]] bool is_useful() const { return length_ != 0; }
  /// Adds to `removed` the checks that thereby fell away.
  void widen(Branches& removed);

 private:
  void follow(bool may_copy_effects);
  llvm::BasicBlock* copy_from_first();

  BoundsCheck first_;
  uint64_t reach_;
  std::vector<llvm::BasicBlock*> blocks_;  ///< behind the first check
  size_t length_ = 0;                      ///< of blocks_, as far as it is useful
};

void Chain::follow(bool may_copy_effects) {
  unsigned span = 0;
  llvm::BasicBlock* before = first_.branch().getParent();
  llvm::BasicBlock* block = next_of(*before);
  for (; block != nullptr && block->getSinglePredecessor() == before && block != first_.branch().getParent(); block = next_of(*block)) {
    for (llvm::Instruction& instruction : *block) {
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (++span > kMaxSpan || llvm::isa<llvm::PHINode>(instruction)) return;
      if (call != nullptr && !call->doesNotAccessMemory()) return;
      if (!may_copy_effects && instruction.mayHaveSideEffects()) return;
    }
    blocks_.push_back(block);
    const std::optional<BoundsCheck> check = BoundsCheck::of(*block);
    if (check && key_of(*check) == key_of(first_) && check->last() > reach_) {
      reach_ = check->last();
      length_ = blocks_.size();
    }
    before = block;
  }
}

/// The first check as it was, and a copy of the blocks; behind the last check of the copy nothing follows.
llvm::BasicBlock* Chain::copy_from_first() {
  llvm::Function& function = *first_.branch().getFunction();
  llvm::LLVMContext& context = function.getContext();
  auto* exact = llvm::BasicBlock::Create(context, "exact", &function);
  auto* nowhere = llvm::BasicBlock::Create(context, "nowhere", &function);
  new llvm::UnreachableInst(context, nowhere);
  llvm::ValueToValueMapTy values;
  llvm::SmallVector<llvm::BasicBlock*, 8> copies;
  for (size_t i = 0; i < length_; ++i) {
    copies.push_back(llvm::CloneBasicBlock(blocks_[i], values, ".exact", &function));
    values[blocks_[i]] = copies.back();
  }
  values[next_of(*blocks_[length_ - 1])] = nowhere;
  for (size_t i = 0; i < length_; ++i) {
    const std::optional<BoundsCheck> check = BoundsCheck::of(*blocks_[i]);
    if (!check) continue;
    for (llvm::PHINode& phi : check->beyond()->phis()) {
      llvm::Value* incoming = phi.getIncomingValueForBlock(blocks_[i]);
      llvm::Value* mapped = values.lookup(incoming);
      phi.addIncoming(mapped != nullptr ? mapped : incoming, copies[i]);
    }
  }
  llvm::remapInstructionsInBlocks(copies, values);
  llvm::Instruction* predicate = llvm::cast<llvm::Instruction>(first_.branch().getCondition())->clone();
  predicate->insertInto(exact, exact->end());
  auto* branch = llvm::BranchInst::Create(first_.beyond(), copies[0], predicate, exact);
  branch->setDebugLoc(first_.branch().getDebugLoc());
  return exact;
}

void Chain::widen(Branches& removed) {
  llvm::BasicBlock* origin = first_.branch().getParent();
  llvm::BasicBlock* trap = first_.beyond();
  llvm::BasicBlock* exact = copy_from_first();
  first_.widen(reach_);
  trap->replacePhiUsesWith(origin, exact);
  first_.branch().setSuccessor(0, exact);
  for (size_t i = 0; i < length_; ++i) {
    std::optional<BoundsCheck> check = BoundsCheck::of(*blocks_[i]);
    if (!check || key_of(*check) != key_of(first_)) continue;
    removed.insert(&check->branch());
    check->remove();
  }
}

}  // namespace

llvm::PreservedAnalyses MergeChecks::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  std::vector<BoundsCheck> checks;
  for (llvm::BasicBlock& block : function)
    if (const std::optional<BoundsCheck> check = BoundsCheck::of(block)) checks.push_back(*check);
  if (checks.empty()) return llvm::PreservedAnalyses::all();
  auto& evolution = analyses.getResult<llvm::ScalarEvolutionAnalysis>(function);
  std::vector<BoundsCheck> needless;
  std::vector<BoundsCheck> needed;
  for (const BoundsCheck& check : checks) (always_passes(check, evolution) ? needless : needed).push_back(check);
  for (BoundsCheck& check : needless) check.remove();
  Branches removed;
  for (const BoundsCheck& check : needed) {
    if (copies_ == Copies::Nothing || removed.contains(&check.branch())) continue;
    if (Chain chain(check, copies_ == Copies::Code); chain.is_useful()) chain.widen(removed);
  }
  llvm::DominatorTree tree(function);
  Covered(tree).remove_redundant();
  return llvm::PreservedAnalyses::none();
}

}  // namespace umber::aot
