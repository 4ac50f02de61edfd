#include "aot/compiler/thread_states.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/ValueHandle.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/SSAUpdater.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace umber::aot {
namespace {

constexpr unsigned kMaxSwitches = 8;        ///< of a function
constexpr unsigned kMaxRounds = 4;          ///< of a switch: places where cases meet
constexpr unsigned kMaxFunctionBlocks = 3000;
constexpr unsigned kMaxSearched = 256;      ///< blocks of a loop that are looked at
constexpr unsigned kMaxWay = 16;            ///< blocks that are copied for a constant
constexpr unsigned kMaxCopied = 512;        ///< instructions that are copied for a switch
constexpr unsigned kMaxUnfolded = 16;       ///< selects

using Blocks = llvm::SmallPtrSet<llvm::BasicBlock*, 32>;

/// The blocks from where `state` is decided to the switch on it, in an order in which each comes before those it goes to.
struct Way {
  llvm::PHINode* state;
  llvm::SwitchInst* dispatch;
  std::vector<llvm::BasicBlock*> blocks;
  unsigned instructions = 0;

  [[nodiscard]] llvm::BasicBlock* first() const { return state->getParent(); }
  [[nodiscard]] llvm::BasicBlock* last() const { return dispatch->getParent(); }
};

/// From the last block backwards, up to the first one, within the loop; empty if that are too many.
Blocks reaching(const Way& way, const llvm::Loop& loop) {
  Blocks found;
  llvm::SmallVector<llvm::BasicBlock*, 32> work = {way.last()};
  found.insert(way.last());
  while (!work.empty()) {
    llvm::BasicBlock* block = work.pop_back_val();
    if (block == way.first()) continue;
    for (llvm::BasicBlock* before : llvm::predecessors(block)) {
      if (!loop.contains(before) || !found.insert(before).second) continue;
      if (found.size() > kMaxSearched) return {};
      work.push_back(before);
    }
  }
  return found;
}

bool may_copy(const llvm::BasicBlock& block) {
  if (!llvm::isa<llvm::BranchInst, llvm::SwitchInst>(block.getTerminator())) return false;
  return llvm::all_of(block, [](const llvm::Instruction& instruction) {
    if (instruction.getType()->isTokenTy() || llvm::isa<llvm::AllocaInst>(instruction)) return false;
    const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
    return call == nullptr || (!call->cannotDuplicate() && !call->isConvergent());
  });
}

/// Fills in the blocks, by a depth-first walk that ends at the last one; false if they go round or are too many.
bool find_blocks(Way& way, const llvm::Loop& loop) {
  const Blocks useful = reaching(way, loop);
  if (!useful.contains(way.first())) return false;
  struct Visit {
    llvm::BasicBlock* block;
    unsigned next;
  };
  Blocks open, done;
  std::vector<Visit> stack = {{way.first(), 0}};
  open.insert(way.first());
  while (!stack.empty()) {
    llvm::BasicBlock* block = stack.back().block;
    const llvm::Instruction& end = *block->getTerminator();
    if (block == way.last() || stack.back().next == end.getNumSuccessors()) {
      way.blocks.push_back(block);
      way.instructions += static_cast<unsigned>(block->size());
      if (way.blocks.size() > kMaxWay || !may_copy(*block)) return false;
      done.insert(block);
      open.erase(block);
      stack.pop_back();
      continue;
    }
    llvm::BasicBlock* next = end.getSuccessor(stack.back().next++);
    if (next == way.first() || !useful.contains(next) || done.contains(next)) continue;
    if (!open.insert(next).second) return false;
    stack.push_back({next, 0});
  }
  std::reverse(way.blocks.begin(), way.blocks.end());
  return done.contains(way.last());
}

/// Whether all ways from the first to the last block lead through this one.
bool is_passed(const Way& way, const llvm::BasicBlock* through) {
  if (through == way.first() || through == way.last()) return true;
  const Blocks members(way.blocks.begin(), way.blocks.end());
  Blocks seen;
  llvm::SmallVector<llvm::BasicBlock*, 16> work = {way.first()};
  while (!work.empty()) {
    llvm::BasicBlock* block = work.pop_back_val();
    if (block == way.last()) return false;
    for (llvm::BasicBlock* next : llvm::successors(block))
      if (next != through && next != way.first() && members.contains(next) && seen.insert(next).second) work.push_back(next);
  }
  return true;
}

/// Whether `value`, used at the end of the way, is what the state was at its start: it comes through PHIs that all ways pass, each
/// behind the one it takes its value from.
bool carries_state(const Way& way, llvm::Value* value) {
  const Blocks members(way.blocks.begin(), way.blocks.end());
  const auto position = [&](const llvm::BasicBlock* block) { return std::find(way.blocks.begin(), way.blocks.end(), block) - way.blocks.begin(); };
  while (value != way.state) {
    auto* phi = llvm::dyn_cast<llvm::PHINode>(value);
    if (phi == nullptr || phi->getParent() == way.first() || !members.contains(phi->getParent()) || !is_passed(way, phi->getParent())) return false;
    llvm::Value* before = nullptr;
    for (unsigned i = 0; i < phi->getNumIncomingValues(); ++i) {
      if (!members.contains(phi->getIncomingBlock(i))) continue;
      if (before != nullptr && before != phi->getIncomingValue(i)) return false;
      before = phi->getIncomingValue(i);
    }
    auto* source = llvm::dyn_cast_or_null<llvm::PHINode>(before);
    if (source == nullptr || !members.contains(source->getParent()) || position(source->getParent()) >= position(phi->getParent())) return false;
    value = source;
  }
  return true;
}

/// A block on the edges from `before` to `block`.
llvm::BasicBlock* put_between(llvm::BasicBlock* before, llvm::BasicBlock* block) {
  auto* between = llvm::BasicBlock::Create(block->getContext(), "between", block->getParent(), block);
  llvm::BranchInst::Create(block, between)->setDebugLoc(before->getTerminator()->getDebugLoc());
  before->getTerminator()->replaceSuccessorWith(block, between);
  for (llvm::PHINode& phi : block->phis()) {
    llvm::Value* value = phi.getIncomingValueForBlock(before);
    while (phi.getBasicBlockIndex(before) >= 0) phi.removeIncomingValue(before, false);
    phi.addIncoming(value, between);
  }
  return between;
}

bool has_constant_arm(const llvm::SelectInst& select) {
  return llvm::isa<llvm::ConstantInt>(select.getTrueValue()) || llvm::isa<llvm::ConstantInt>(select.getFalseValue());
}

/// A state that depends on a condition: a branch on it instead, with a way of its own into the first block for either value.
bool unfold(llvm::PHINode& state, unsigned incoming) {
  auto* select = llvm::dyn_cast<llvm::SelectInst>(state.getIncomingValue(incoming));
  llvm::BasicBlock* before = state.getIncomingBlock(incoming);
  auto* jump = llvm::dyn_cast<llvm::BranchInst>(before->getTerminator());
  if (select == nullptr || !has_constant_arm(*select) || jump == nullptr || jump->isConditional()) return false;
  llvm::BasicBlock* block = state.getParent();
  llvm::BasicBlock* if_true = put_between(before, block);
  auto* if_false = llvm::BasicBlock::Create(block->getContext(), "between", block->getParent(), block);
  llvm::BranchInst::Create(block, if_false)->setDebugLoc(jump->getDebugLoc());
  for (llvm::PHINode& phi : block->phis()) phi.addIncoming(phi.getIncomingValueForBlock(if_true), if_false);
  state.setIncomingValueForBlock(if_true, select->getTrueValue());
  state.setIncomingValueForBlock(if_false, select->getFalseValue());
  // A condition that is poison may be selected on, but not branched on.
  auto* condition = new llvm::FreezeInst(select->getCondition(), "", jump);
  llvm::BranchInst::Create(if_true, if_false, condition, jump)->setDebugLoc(jump->getDebugLoc());
  jump->eraseFromParent();
  return true;
}

/// One way, and its copies.
class Threading {
 public:
  Threading(const Way& way, const llvm::Loop& loop) : way_(way), loop_(loop), members_(way.blocks.begin(), way.blocks.end()) {}
  /// Instructions copied.
  unsigned run(unsigned budget);

 private:
  using Entries = llvm::MapVector<llvm::ConstantInt*, llvm::SmallSetVector<llvm::BasicBlock*, 8>>;
  void separate_entries();
  Entries entries() const;
  void copy_for(llvm::ConstantInt* state, llvm::ArrayRef<llvm::BasicBlock*> from);
  void enter_copy(llvm::BasicBlock* copy, llvm::ArrayRef<llvm::BasicBlock*> from);
  void leave_copy(llvm::BasicBlock* original, llvm::BasicBlock* copy, llvm::ConstantInt* state);
  void repair_uses();

  const Way way_;
  const llvm::Loop& loop_;
  const Blocks members_;
  llvm::SmallPtrSet<llvm::BasicBlock*, 16> outside_;  ///< predecessors of the first block that are not in the loop
  std::deque<llvm::ValueToValueMapTy> copies_;
};

/// Every constant comes from a block of its own, outside the way.
void Threading::separate_entries() {
  llvm::PHINode& state = *way_.state;
  for (llvm::BasicBlock* before : llvm::predecessors(way_.first()))
    if (!loop_.contains(before)) outside_.insert(before);
  for (unsigned i = 0, unfolded = 0; i < state.getNumIncomingValues();) {
    llvm::BasicBlock* before = state.getIncomingBlock(i);
    if (members_.contains(before) && llvm::isa<llvm::ConstantInt>(state.getIncomingValue(i))) {
      put_between(before, way_.first());
    } else if (!members_.contains(before) && !outside_.contains(before) && unfolded < kMaxUnfolded && unfold(state, i)) {
      ++unfolded;
    } else {
      ++i;
      continue;
    }
    i = 0;
  }
}

Threading::Entries Threading::entries() const {
  Entries found;
  for (unsigned i = 0; i < way_.state->getNumIncomingValues(); ++i) {
    auto* constant = llvm::dyn_cast<llvm::ConstantInt>(way_.state->getIncomingValue(i));
    llvm::BasicBlock* before = way_.state->getIncomingBlock(i);
    if (constant != nullptr && !members_.contains(before) && !outside_.contains(before)) found[constant].insert(before);
  }
  return found;
}

/// Those blocks go to the copy of the first block, and no longer to itself.
void Threading::enter_copy(llvm::BasicBlock* copy, llvm::ArrayRef<llvm::BasicBlock*> from) {
  auto copied = copy->phis().begin();
  for (llvm::PHINode& phi : way_.first()->phis()) {
    llvm::PHINode& other = *copied++;
    while (other.getNumIncomingValues() != 0) other.removeIncomingValue(0u, false);
    for (llvm::BasicBlock* before : from) {
      while (phi.getBasicBlockIndex(before) >= 0) other.addIncoming(phi.removeIncomingValue(before, false), before);
    }
  }
  for (llvm::BasicBlock* before : from) before->getTerminator()->replaceSuccessorWith(way_.first(), copy);
}

/// Where a copy goes: to other copies on the way, else where the original goes; at the end to the state's case.
void Threading::leave_copy(llvm::BasicBlock* original, llvm::BasicBlock* copy, llvm::ConstantInt* state) {
  llvm::ValueToValueMapTy& values = copies_.back();
  llvm::Instruction* end = copy->getTerminator();
  if (original == way_.last()) {
    llvm::BasicBlock* next = way_.dispatch->findCaseValue(state)->getCaseSuccessor();
    llvm::BranchInst::Create(next, end)->setDebugLoc(end->getDebugLoc());
    end->eraseFromParent();
    for (llvm::PHINode& phi : next->phis()) phi.addIncoming(phi.getIncomingValueForBlock(original), copy);
    return;
  }
  for (unsigned i = 0; i < end->getNumSuccessors(); ++i) {
    llvm::BasicBlock* next = end->getSuccessor(i);
    if (next != way_.first() && members_.contains(next)) {
      end->setSuccessor(i, llvm::cast<llvm::BasicBlock>(values.lookup(next)));
    } else {
      for (llvm::PHINode& phi : next->phis()) phi.addIncoming(phi.getIncomingValueForBlock(original), copy);
    }
  }
}

void Threading::copy_for(llvm::ConstantInt* state, llvm::ArrayRef<llvm::BasicBlock*> from) {
  llvm::ValueToValueMapTy& values = copies_.emplace_back();
  llvm::Function& function = *way_.first()->getParent();
  for (llvm::BasicBlock* block : way_.blocks) values[block] = llvm::CloneBasicBlock(block, values, ".known", &function);
  for (llvm::BasicBlock* block : way_.blocks) {
    auto* copy = llvm::cast<llvm::BasicBlock>(values.lookup(block));
    for (llvm::Instruction& instruction : *copy) {
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) {
        if (block == way_.first()) continue;
        for (unsigned i = phi->getNumIncomingValues(); i-- != 0;) {
          if (members_.contains(phi->getIncomingBlock(i))) phi->setIncomingBlock(i, llvm::cast<llvm::BasicBlock>(values.lookup(phi->getIncomingBlock(i))));
          else phi->removeIncomingValue(i, false);
        }
        continue;
      }
      // What comes from another block is repair_uses' to say.
      for (llvm::Use& operand : instruction.operands()) {
        auto* used = llvm::dyn_cast<llvm::Instruction>(operand.get());
        if (used != nullptr && used->getParent() == block) operand.set(values.lookup(used));
      }
    }
  }
  for (llvm::BasicBlock* block : way_.blocks) leave_copy(block, llvm::cast<llvm::BasicBlock>(values.lookup(block)), state);
  enter_copy(llvm::cast<llvm::BasicBlock>(values.lookup(way_.first())), from);
}

/// Each value of the way now has several definitions.
void Threading::repair_uses() {
  for (llvm::BasicBlock* block : way_.blocks) {
    for (llvm::Instruction& value : *block) {
      llvm::SmallVector<llvm::Use*, 16> uses;
      for (llvm::Use& use : value.uses()) {
        auto* user = llvm::cast<llvm::Instruction>(use.getUser());
        if (llvm::isa<llvm::PHINode>(user) || user->getParent() != block) uses.push_back(&use);
      }
      if (uses.empty()) continue;
      llvm::SSAUpdater updater;
      updater.Initialize(value.getType(), value.getName());
      updater.AddAvailableValue(block, &value);
      for (llvm::ValueToValueMapTy& values : copies_) updater.AddAvailableValue(llvm::cast<llvm::BasicBlock>(values.lookup(block)), values.lookup(&value));
      for (llvm::Use* use : uses) updater.RewriteUse(*use);
    }
  }
}

unsigned Threading::run(unsigned budget) {
  separate_entries();
  const Entries all = entries();
  if (all.empty() || all.size() * way_.instructions > budget) return 0;
  for (const auto& [state, from] : all) copy_for(state, from.getArrayRef());
  repair_uses();
  return static_cast<unsigned>(all.size()) * way_.instructions;
}

/// The PHIs that the switch's operand comes through, which is one itself.
llvm::SmallSetVector<llvm::PHINode*, 8> states_of(const llvm::SwitchInst& dispatch) {
  constexpr unsigned kMost = 16;
  llvm::SmallSetVector<llvm::PHINode*, 8> found;
  if (auto* phi = llvm::dyn_cast<llvm::PHINode>(dispatch.getCondition())) found.insert(phi);
  for (unsigned i = 0; i < found.size() && found.size() < kMost; ++i) {
    for (llvm::Value* value : found[i]->incoming_values())
      if (auto* phi = llvm::dyn_cast<llvm::PHINode>(value)) found.insert(phi);
  }
  return found;
}

bool has_known_entry(const llvm::PHINode& state, const llvm::Loop& loop) {
  for (unsigned i = 0; i < state.getNumIncomingValues(); ++i) {
    const auto* select = llvm::dyn_cast<llvm::SelectInst>(state.getIncomingValue(i));
    const bool is_known = llvm::isa<llvm::ConstantInt>(state.getIncomingValue(i)) || (select != nullptr && has_constant_arm(*select));
    if (is_known && loop.contains(state.getIncomingBlock(i))) return true;
  }
  return false;
}

/// Instructions copied: 0 when there is nothing more to do.
unsigned thread_once(llvm::SwitchInst& dispatch, unsigned budget) {
  llvm::Function& function = *dispatch.getFunction();
  const llvm::DominatorTree tree(function);
  const llvm::LoopInfo loops(tree);
  const llvm::Loop* loop = loops.getLoopFor(dispatch.getParent());
  if (loop == nullptr) return 0;
  for (llvm::PHINode* state : states_of(dispatch)) {
    Way way{state, &dispatch, {}};
    if (!loop->contains(state->getParent()) || !has_known_entry(*state, *loop)) continue;
    if (!find_blocks(way, *loop) || !carries_state(way, dispatch.getCondition())) continue;
    if (const unsigned copied = Threading(way, *loop).run(budget); copied != 0) {
      llvm::EliminateUnreachableBlocks(function);
      return copied;
    }
  }
  return 0;
}

}  // namespace

llvm::PreservedAnalyses ThreadStates::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  if (function.size() > kMaxFunctionBlocks) return llvm::PreservedAnalyses::all();
  std::vector<llvm::WeakVH> switches;
  for (llvm::BasicBlock& block : function) {
    auto* dispatch = llvm::dyn_cast<llvm::SwitchInst>(block.getTerminator());
    if (dispatch != nullptr && llvm::isa<llvm::PHINode>(dispatch->getCondition()) && switches.size() < kMaxSwitches) switches.emplace_back(dispatch);
  }
  for (llvm::WeakVH& handle : switches) {
    unsigned copied = 0;
    for (unsigned round = 0; round < kMaxRounds; ++round) {
      auto* dispatch = llvm::dyn_cast_or_null<llvm::SwitchInst>(handle);
      const unsigned more = dispatch == nullptr ? 0 : thread_once(*dispatch, kMaxCopied - copied);
      if (more == 0) break;
      copied += more;
    }
  }
  return switches.empty() ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace umber::aot
