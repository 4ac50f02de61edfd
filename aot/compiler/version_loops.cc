#include "aot/compiler/version_loops.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/LCSSA.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include <vector>

#include "aot/compiler/address_ranges.h"
#include "aot/compiler/bounds_checks.h"
#include "aot/compiler/disjoint_accesses.h"
#include "aot/compiler/loop_count.h"
#include "aot/compiler/widen_inductions.h"

namespace umber::aot {
namespace {

constexpr unsigned kMaxCopied = 256;     ///< instructions of a loop that is copied
constexpr unsigned kMinIterations = 4;   ///< fewer are not worth them
constexpr unsigned kMinWidened = 8;      ///< if there are no checks to spare
constexpr uint64_t kMaxWeight = INT16_MAX;  ///< of an iteration

/// A poll in a loop's header: `difference` is budget - weight with its borrow, `checkpoint` the block for that.
struct Poll {
  llvm::BranchInst* branch;
  llvm::WithOverflowInst* difference;
  llvm::PHINode* budget;    ///< at the start of an iteration
  llvm::PHINode* left;      ///< behind the checkpoint
  llvm::BasicBlock* checkpoint;
};

std::optional<Poll> poll_of(llvm::Loop& loop) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(loop.getHeader()->getTerminator());
  if (branch == nullptr || !branch->isConditional() || !branch->hasMetadata(kPollMark)) return std::nullopt;
  auto* borrow = llvm::dyn_cast<llvm::ExtractValueInst>(branch->getCondition());
  auto* difference = borrow == nullptr ? nullptr : llvm::dyn_cast<llvm::WithOverflowInst>(borrow->getAggregateOperand());
  if (difference == nullptr) return std::nullopt;
  auto* weight = llvm::dyn_cast<llvm::ConstantInt>(difference->getRHS());
  auto* budget = llvm::dyn_cast<llvm::PHINode>(difference->getLHS());
  llvm::BasicBlock* checkpoint = branch->getSuccessor(0);
  if (weight == nullptr || weight->getValue().uge(kMaxWeight) || budget == nullptr || budget->getParent() != loop.getHeader()) return std::nullopt;
  // References that the checkpoint refreshes have a PHI too: such a poll stays where it is.
  llvm::BasicBlock* behind = checkpoint->getSingleSuccessor();
  if (behind == nullptr || behind != branch->getSuccessor(1) || behind->empty()) return std::nullopt;
  auto* left = llvm::dyn_cast<llvm::PHINode>(&behind->front());
  if (left == nullptr || llvm::isa<llvm::PHINode>(left->getNextNode())) return std::nullopt;
  return Poll{branch, difference, budget, left, checkpoint};
}

struct Analyses {
  llvm::LoopInfo& loops;
  llvm::DominatorTree& tree;
  llvm::ScalarEvolution& evolution;
};

class Versioning {
 public:
  Versioning(llvm::Loop& loop, const Analyses& analyses)
      : loop_(loop), analyses_(analyses), ranges_(loop, analyses.evolution), has_wide_addresses_(loop.getHeader()->getDataLayout().getPointerSizeInBits() == 64) {}
  void run(bool may_copy);

 private:
  void find_accesses();
  [[nodiscard]] bool is_straight() const;
  [[nodiscard]] bool is_worth_a_copy() const;
  bool can_expand_all();
  void version();
  void skip_to_slow(llvm::BasicBlock& entry, llvm::Value* count, llvm::BasicBlock& slow);
  llvm::BasicBlock* copy_loop(llvm::Value* is_slow, const char* suffix);
  void widen_addresses(llvm::Value* count);
  bool can_move_poll() const;
  void move_poll(llvm::Value* iterations);
  llvm::Value* expand_count(llvm::SCEVExpander& expander);
  void remove_poll_of_short_loop();

  llvm::Loop& loop_;
  const Analyses& analyses_;
  std::optional<LoopCount> count_;
  std::optional<Poll> poll_;         ///< to be moved in front of the loop
  AddressRanges ranges_;
  std::vector<BoundsCheck> checks_;  ///< that the ranges cover
  std::vector<std::pair<llvm::ZExtInst*, RangedIndex>> indices_;  ///< to be made 64-bit variables
  std::optional<DisjointAccesses> disjoint_;
  bool has_wide_addresses_;
  bool calls_ = false;
  unsigned size_ = 0;  ///< in instructions
};

/// A slow copy of the loop, to which the way into it forks; returns where it starts. LLVM leaves it as it is.
llvm::BasicBlock* Versioning::copy_loop(llvm::Value* is_slow, const char* suffix) {
  llvm::BasicBlock* fork = loop_.getLoopPreheader();
  llvm::DominatorTree& tree = analyses_.tree;
  llvm::BasicBlock* entry = llvm::SplitBlock(fork, fork->getTerminator(), &tree, &analyses_.loops, nullptr, "fast");
  llvm::ValueToValueMapTy values;
  llvm::SmallVector<llvm::BasicBlock*, 16> copies;
  llvm::Loop* copy = llvm::cloneLoopWithPreheader(entry, fork, &loop_, values, suffix, &analyses_.loops, &tree, copies);
  llvm::remapInstructionsInBlocks(copies, values);
  llvm::addStringMetadataToLoop(copy, "llvm.loop.vectorize.enable", 0);
  llvm::addStringMetadataToLoop(copy, "llvm.loop.unroll.disable");
  llvm::Instruction* jump = fork->getTerminator();
  llvm::MDBuilder metadata(fork->getContext());
  auto* branch = llvm::BranchInst::Create(copy->getLoopPreheader(), entry, is_slow, jump);
  branch->setMetadata(llvm::LLVMContext::MD_prof, metadata.createUnlikelyBranchWeights());
  branch->setDebugLoc(jump->getDebugLoc());
  jump->eraseFromParent();
  llvm::SmallVector<llvm::BasicBlock*, 8> outside;
  for (llvm::BasicBlock* block : loop_.blocks()) {
    for (llvm::DomTreeNode* child : tree.getNode(block)->children())
      if (!loop_.contains(child->getBlock())) outside.push_back(child->getBlock());
    for (llvm::BasicBlock* exit : llvm::successors(block)) {
      if (loop_.contains(exit)) continue;
      for (llvm::PHINode& phi : exit->phis()) {
        llvm::Value* incoming = phi.getIncomingValueForBlock(block);
        llvm::Value* mapped = values.lookup(incoming);
        phi.addIncoming(mapped != nullptr ? mapped : incoming, llvm::cast<llvm::BasicBlock>(values[block]));
      }
    }
  }
  for (llvm::BasicBlock* block : outside) tree.changeImmediateDominator(block, fork);
  return copy->getLoopPreheader();
}

bool Versioning::can_move_poll() const {
  const auto is_known = [&](llvm::Value* operand) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(operand);
    if (instruction != nullptr && instruction->getParent() == poll_->checkpoint) return true;
    auto* part = llvm::dyn_cast<llvm::ExtractValueInst>(operand);
    return (part != nullptr && part->getAggregateOperand() == poll_->difference) || can_remake(operand, loop_);
  };
  return llvm::all_of(*poll_->checkpoint, [&](llvm::Instruction& instruction) {
    return instruction.isTerminator() || llvm::all_of(instruction.operands(), is_known);
  });
}

/// Charges all iterations at once, in front of the loop, with the checkpoint there; none is left inside.
void Versioning::move_poll(llvm::Value* iterations) {
  llvm::BasicBlock* entry = loop_.getLoopPreheader();
  llvm::BasicBlock* behind = llvm::SplitBlock(entry, entry->getTerminator(), &analyses_.tree, &analyses_.loops, nullptr, "charged");
  auto* checkpoint = llvm::BasicBlock::Create(entry->getContext(), "spent", entry->getParent(), behind);
  analyses_.tree.addNewBlock(checkpoint, entry);
  if (llvm::Loop* outer = loop_.getParentLoop()) outer->addBasicBlockToLoop(checkpoint, analyses_.loops);
  llvm::IRBuilder<> builder(entry->getTerminator());
  builder.SetCurrentDebugLocation(poll_->branch->getDebugLoc());
  llvm::Type* type = poll_->budget->getType();
  llvm::Value* all = builder.CreateMul(builder.CreateZExtOrTrunc(iterations, type), poll_->difference->getRHS());
  llvm::Value* difference = builder.CreateBinaryIntrinsic(llvm::Intrinsic::usub_with_overflow, poll_->budget->getIncomingValueForBlock(behind), all);
  llvm::Value* left = builder.CreateExtractValue(difference, 0);
  builder.CreateCondBr(builder.CreateExtractValue(difference, 1), checkpoint, behind, llvm::MDBuilder(entry->getContext()).createUnlikelyBranchWeights());
  entry->getTerminator()->eraseFromParent();

  builder.SetInsertPoint(checkpoint);
  llvm::ValueToValueMapTy copies;
  for (llvm::Instruction& instruction : *poll_->checkpoint) {
    if (instruction.isTerminator()) break;
    llvm::Instruction* copy = instruction.clone();
    for (llvm::Use& operand : copy->operands()) {
      auto* part = llvm::dyn_cast<llvm::ExtractValueInst>(operand.get());
      if (llvm::Value* mapped = copies.lookup(operand.get())) operand.set(mapped);
      else if (part != nullptr && part->getAggregateOperand() == poll_->difference) operand.set(left);
      else operand.set(remake(operand.get(), loop_, builder));
    }
    builder.Insert(copy);
    copies[&instruction] = copy;
  }
  builder.CreateBr(behind);
  builder.SetInsertPoint(behind, behind->begin());
  llvm::PHINode* budget = builder.CreatePHI(type, 2);
  budget->addIncoming(left, entry);
  budget->addIncoming(copies.lookup(poll_->left->getIncomingValueForBlock(poll_->checkpoint)), checkpoint);
  poll_->budget->setIncomingValueForBlock(behind, budget);

  poll_->branch->setCondition(llvm::ConstantInt::getFalse(entry->getContext()));
  for (llvm::User* user : llvm::make_early_inc_range(poll_->difference->users())) {
    if (llvm::cast<llvm::ExtractValueInst>(user)->getIndices()[0] == 0) user->replaceAllUsesWith(poll_->budget);
  }
}

llvm::Value* Versioning::expand_count(llvm::SCEVExpander& expander) {
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  llvm::Value* count = expander.expandCodeFor(count_->times, count_->times->getType(), end);
  return llvm::IRBuilder<>(end).CreateZExtOrTrunc(count, llvm::Type::getInt32Ty(end->getContext()));
}

void Versioning::version() {
  llvm::BasicBlock* entry = loop_.getLoopPreheader();
  const llvm::DataLayout& layout = entry->getDataLayout();
  llvm::SCEVExpander expander(analyses_.evolution, layout, "range");
  llvm::Value* count = expand_count(expander);
  llvm::BasicBlock* fork = llvm::SplitBlock(entry, entry->getTerminator(), &analyses_.tree, &analyses_.loops, nullptr, "long");
  llvm::Instruction* end = fork->getTerminator();
  llvm::IRBuilder<> builder(end);
  llvm::Value* is_slow = builder.getFalse();
  if (poll_ || !has_wide_addresses_) is_slow = builder.CreateICmpUGE(count, builder.getInt32(kMaxUnpolled));
  if (count_->remainder != nullptr) {
    llvm::Value* remainder = expander.expandCodeFor(count_->remainder, count_->remainder->getType(), end);
    is_slow = builder.CreateOr(is_slow, builder.CreateIsNotNull(remainder));
  }
  is_slow = builder.CreateOr(is_slow, ranges_.is_outside(count, builder, expander));
  llvm::BasicBlock* slow = copy_loop(is_slow, ".slow");
  skip_to_slow(*entry, count, *slow);
  for (BoundsCheck& check : checks_) check.remove();
  if (has_wide_addresses_) widen_addresses(count);
  if (disjoint_) {
    llvm::IRBuilder<> fast(loop_.getLoopPreheader()->getTerminator());
    copy_loop(disjoint_->overlap(count, fast), ".overlap");
    disjoint_->annotate();
  }
  if (poll_) move_poll(llvm::IRBuilder<>(loop_.getLoopPreheader()->getTerminator()).CreateAdd(count, builder.getInt32(1)));
}

/// For few iterations nothing else is asked.
void Versioning::skip_to_slow(llvm::BasicBlock& entry, llvm::Value* count, llvm::BasicBlock& slow) {
  llvm::Instruction* jump = entry.getTerminator();
  llvm::IRBuilder<> builder(jump);
  const unsigned least = checks_.empty() && !poll_ ? kMinWidened : kMinIterations;
  builder.CreateCondBr(builder.CreateICmpULT(count, builder.getInt32(least - 1)), &slow, jump->getSuccessor(0));
  jump->eraseFromParent();
  analyses_.tree.insertEdge(&entry, &slow);
}

/// None of them wraps in the fast loop, and what ends it is told in 64 bits too.
void Versioning::widen_addresses(llvm::Value* count) {
  WideCounters counters;
  for (const auto& [index, ranged] : indices_) {
    const AddressRange& range = ranges_[ranged.range];
    llvm::IRBuilder<> builder(index);
    llvm::Value* from_first = builder.CreateAdd(counters.of(loop_, range.step), range.first);
    index->replaceAllUsesWith(builder.CreateAdd(from_first, builder.getInt64(static_cast<uint64_t>(ranged.distance - range.low))));
  }
  if (count_->end == nullptr) return;
  llvm::IRBuilder<> entry(loop_.getLoopPreheader()->getTerminator());
  llvm::Value* times = entry.CreateZExt(count, entry.getInt64Ty());
  count_->end->setOperand(0, counters.of(loop_, 1));
  count_->end->setOperand(1, times);
}

/// Of few iterations, known beforehand or at least bounded.
void Versioning::remove_poll_of_short_loop() {
  if (!poll_ || count_->remainder != nullptr || analyses_.evolution.getUnsignedRangeMax(count_->times).uge(kMaxUnpolled)) return;
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  llvm::SCEVExpander expander(analyses_.evolution, end->getDataLayout(), "range");
  if (!expander.isSafeToExpandAt(count_->times, end)) return;
  llvm::Value* iterations = llvm::IRBuilder<>(end).CreateAdd(expand_count(expander), llvm::ConstantInt::get(llvm::Type::getInt32Ty(end->getContext()), 1));
  move_poll(iterations);
  poll_.reset();
}

void Versioning::find_accesses() {
  llvm::ScalarEvolution& evolution = analyses_.evolution;
  for (llvm::BasicBlock* block : loop_.blocks()) {
    size_ += static_cast<unsigned>(block->size());
    if (const std::optional<BoundsCheck> check = BoundsCheck::of(*block); check && ranges_.cover(*check)) checks_.push_back(*check);
  }
  llvm::SmallPtrSet<llvm::ZExtInst*, 8> seen;
  for (llvm::BasicBlock* block : loop_.blocks()) {
    for (llvm::Instruction& instruction : *block) {
      if (llvm::isa<llvm::CallBase>(instruction) && !llvm::isa<llvm::IntrinsicInst>(instruction) && !is_beyond(instruction)) calls_ = true;
      llvm::ZExtInst* index = has_wide_addresses_ ? index_of(instruction) : nullptr;
      if (index == nullptr || !loop_.contains(index) || !seen.insert(index).second) continue;
      const auto* rising = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(index->getOperand(0)));
      if (rising == nullptr || rising->getLoop() != &loop_ || llvm::isa<llvm::SCEVAddRecExpr>(evolution.getSCEV(index))) continue;
      if (const std::optional<RangedIndex> ranged = ranges_.keep_from_wrapping(index->getOperand(0))) indices_.emplace_back(index, *ranged);
    }
  }
}

/// Whether nothing branches but the checks that fall away and the end.
bool Versioning::is_straight() const {
  return llvm::count_if(loop_.blocks(), [](llvm::BasicBlock* block) { return block->getTerminator()->getNumSuccessors() > 1; }) == static_cast<ptrdiff_t>(checks_.size() + 1);
}

bool Versioning::is_worth_a_copy() const {
  if (size_ > kMaxCopied) return false;
  return !checks_.empty() || poll_ || disjoint_ || (!indices_.empty() && !calls_);
}

bool Versioning::can_expand_all() {
  llvm::SCEVExpander expander(analyses_.evolution, loop_.getHeader()->getDataLayout(), "range");
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  if (count_->remainder != nullptr && !expander.isSafeToExpandAt(count_->remainder, end)) return false;
  return expander.isSafeToExpandAt(count_->times, end) && ranges_.can_expand(expander, end);
}

void Versioning::run(bool may_copy) {
  llvm::ScalarEvolution& evolution = analyses_.evolution;
  if (!loop_.isLoopSimplifyForm()) return;
  count_ = count_of(loop_, analyses_.tree, evolution);
  if (!count_) return;
  poll_ = poll_of(loop_);
  if (poll_ && !can_move_poll()) poll_.reset();
  remove_poll_of_short_loop();
  if (!may_copy || !loop_.isSafeToClone() || evolution.getUnsignedRangeMax(count_->times).ult(kMinIterations)) return;
  find_accesses();
  if (has_wide_addresses_ && is_straight() && !disjoint_.emplace(loop_, ranges_).find()) disjoint_.reset();
  if (!is_worth_a_copy() || !can_expand_all()) return;
  version();
  evolution.forgetTopmostLoop(&loop_);
}

}  // namespace

llvm::PreservedAnalyses VersionLoops::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const Analyses used{analyses.getResult<llvm::LoopAnalysis>(function), analyses.getResult<llvm::DominatorTreeAnalysis>(function),
                      analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)};
  std::vector<llvm::Loop*> innermost;
  for (llvm::Loop* loop : used.loops.getLoopsInPreorder())
    if (loop->isInnermost()) innermost.push_back(loop);
  for (llvm::Loop* loop : innermost) Versioning(*loop, used).run(may_copy_);
  return innermost.empty() ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

}  // namespace umber::aot
