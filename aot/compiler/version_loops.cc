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
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include <vector>

#include "aot/compiler/bounds_checks.h"

namespace umber::aot {
namespace {

constexpr unsigned kMaxCopied = 256;     ///< instructions of a loop that is copied
constexpr unsigned kMaxRanges = 6;       ///< comparisons in front of it
constexpr unsigned kMinIterations = 4;   ///< fewer are not worth them
constexpr uint64_t kMaxStep = INT16_MAX; ///< times kMaxUnpolled fits into 31 bits
constexpr uint64_t kMaxLast = INT32_MAX;
constexpr uint64_t kMaxWeight = INT16_MAX;  ///< of an iteration

/// The accesses at start, start + step, … up to `last` bytes farther.
struct Range {
  const llvm::SCEV* start;
  int64_t step;
  uint64_t last;
  llvm::Value* size;
  uint64_t memory;
  uint64_t least;
};

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
  Versioning(llvm::Loop& loop, const Analyses& analyses) : loop_(loop), analyses_(analyses) {}
  void run(bool may_copy);

 private:
  const llvm::SCEV* iterations_at_most();
  bool add_range(const BoundsCheck& check);
  bool can_remake(llvm::Value* value, unsigned depth) const;
  llvm::Value* remake(llvm::Value* value, llvm::IRBuilder<>& builder);
  llvm::Value* is_outside(const Range& range, llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander);
  void copy_loop(llvm::Value* is_slow);
  bool can_move_poll() const;
  void move_poll(llvm::Value* iterations);
  llvm::Value* expand_count(llvm::SCEVExpander& expander);
  void version();
  void remove_poll_of_short_loop(bool is_short);
  bool can_expand_all();

  llvm::Loop& loop_;
  const Analyses& analyses_;
  const llvm::SCEV* count_ = nullptr;  ///< how often the loop goes back, at most
  std::optional<Poll> poll_;           ///< to be moved in front of the loop
  std::vector<BoundsCheck> checks_;    ///< that the ranges cover
  std::vector<Range> ranges_;
};

/// Of an exit that every iteration passes: the loop may still end earlier, by a trap or elsewhere.
const llvm::SCEV* Versioning::iterations_at_most() {
  llvm::ScalarEvolution& evolution = analyses_.evolution;
  llvm::SmallVector<llvm::BasicBlock*, 8> exiting;
  loop_.getExitingBlocks(exiting);
  for (llvm::BasicBlock* block : exiting) {
    if (BoundsCheck::of(*block) || !analyses_.tree.dominates(block, loop_.getLoopLatch())) continue;
    const llvm::SCEV* count = evolution.getExitCount(&loop_, block);
    if (llvm::isa<llvm::SCEVCouldNotCompute>(count) || count->getType()->getIntegerBitWidth() > 32) continue;
    if (evolution.isLoopInvariant(count, &loop_)) return count;
  }
  return nullptr;
}

/// Whether a size can be loaded in front of the loop too: it is a constant, or comes through constant places in the context.
bool Versioning::can_remake(llvm::Value* value, unsigned depth) const {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || !loop_.contains(instruction)) return true;
  if (depth == 0 || !llvm::isa<llvm::LoadInst, llvm::GetElementPtrInst>(instruction)) return false;
  return llvm::all_of(instruction->operands(), [&](llvm::Value* operand) { return can_remake(operand, depth - 1); });
}

llvm::Value* Versioning::remake(llvm::Value* value, llvm::IRBuilder<>& builder) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || !loop_.contains(instruction)) return value;
  llvm::Instruction* copy = instruction->clone();
  for (llvm::Use& operand : copy->operands()) operand.set(remake(operand.get(), builder));
  return builder.Insert(copy);
}

bool Versioning::add_range(const BoundsCheck& check) {
  constexpr unsigned kDepth = 4;
  llvm::ScalarEvolution& evolution = analyses_.evolution;
  if (check.index()->getType()->getIntegerBitWidth() != 32 || check.last() > kMaxLast || !can_remake(check.size(), kDepth)) return false;
  const llvm::SCEV* index = evolution.getSCEV(check.index());
  int64_t step = 0;
  if (const auto* rising = llvm::dyn_cast<llvm::SCEVAddRecExpr>(index); rising != nullptr && rising->getLoop() == &loop_) {
    const auto* by = llvm::dyn_cast<llvm::SCEVConstant>(rising->getStepRecurrence(evolution));
    if (by == nullptr || !rising->isAffine() || by->getAPInt().abs().ugt(kMaxStep)) return false;
    index = rising->getStart();
    step = by->getAPInt().getSExtValue();
  }
  if (!evolution.isLoopInvariant(index, &loop_)) return false;
  for (Range& range : ranges_) {
    if (range.start != index || range.step != step || range.memory != check.memory()) continue;
    range.last = std::max(range.last, check.last());
    return true;
  }
  if (ranges_.size() == kMaxRanges) return false;
  ranges_.push_back({index, step, check.last(), check.size(), check.memory(), check.least()});
  return true;
}

/// The count is below kMaxUnpolled, so nothing here overflows.
llvm::Value* Versioning::is_outside(const Range& range, llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander) {
  llvm::Value* size = remake(range.size, builder);
  llvm::Type* type = size->getType();
  llvm::Value* start = expander.expandCodeFor(range.start, range.start->getType(), &*builder.GetInsertPoint());
  llvm::Value* first = builder.CreateZExt(start, type);
  llvm::Value* span = builder.CreateMul(builder.CreateZExt(count, type), llvm::ConstantInt::get(type, static_cast<uint64_t>(std::abs(range.step))));
  llvm::Value* last = llvm::ConstantInt::get(type, range.last);
  if (range.step > 0) return create_comparison(builder, first, builder.CreateAdd(last, span), size, false);
  llvm::Value* outside = create_comparison(builder, first, last, size, range.least > range.last);
  return range.step == 0 ? outside : builder.CreateOr(outside, builder.CreateICmpULT(first, span));
}

/// A slow copy of the loop, to which the way into it forks.
void Versioning::copy_loop(llvm::Value* is_slow) {
  llvm::BasicBlock* fork = loop_.getLoopPreheader();
  llvm::DominatorTree& tree = analyses_.tree;
  llvm::BasicBlock* entry = llvm::SplitBlock(fork, fork->getTerminator(), &tree, &analyses_.loops, nullptr, "fast");
  llvm::ValueToValueMapTy values;
  llvm::SmallVector<llvm::BasicBlock*, 16> copies;
  llvm::Loop* copy = llvm::cloneLoopWithPreheader(entry, fork, &loop_, values, ".slow", &analyses_.loops, &tree, copies);
  llvm::remapInstructionsInBlocks(copies, values);
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
}

bool Versioning::can_move_poll() const {
  constexpr unsigned kDepth = 4;
  const auto is_known = [&](llvm::Value* operand) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(operand);
    if (instruction != nullptr && instruction->getParent() == poll_->checkpoint) return true;
    auto* part = llvm::dyn_cast<llvm::ExtractValueInst>(operand);
    return (part != nullptr && part->getAggregateOperand() == poll_->difference) || can_remake(operand, kDepth);
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
      else operand.set(remake(operand.get(), builder));
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
  llvm::Value* count = expander.expandCodeFor(count_, count_->getType(), end);
  return llvm::IRBuilder<>(end).CreateZExtOrTrunc(count, llvm::Type::getInt32Ty(end->getContext()));
}

void Versioning::version() {
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  llvm::IRBuilder<> builder(end);
  llvm::SCEVExpander expander(analyses_.evolution, end->getDataLayout(), "range");
  llvm::Value* count = expand_count(expander);
  llvm::Value* is_slow = builder.CreateICmpUGE(count, builder.getInt32(kMaxUnpolled));
  for (const Range& range : ranges_) is_slow = builder.CreateOr(is_slow, is_outside(range, count, builder, expander));
  llvm::Value* iterations = builder.CreateAdd(count, builder.getInt32(1));
  copy_loop(is_slow);
  for (BoundsCheck& check : checks_) check.remove();
  if (poll_) move_poll(iterations);
}

/// Of few iterations, known beforehand or at least bounded.
void Versioning::remove_poll_of_short_loop(bool is_short) {
  if (!poll_ || !is_short) return;
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  llvm::SCEVExpander expander(analyses_.evolution, end->getDataLayout(), "range");
  if (!expander.isSafeToExpandAt(count_, end)) return;
  llvm::Value* iterations = llvm::IRBuilder<>(end).CreateAdd(expand_count(expander), llvm::ConstantInt::get(llvm::Type::getInt32Ty(end->getContext()), 1));
  move_poll(iterations);
  poll_.reset();
}

bool Versioning::can_expand_all() {
  llvm::SCEVExpander expander(analyses_.evolution, loop_.getHeader()->getDataLayout(), "range");
  llvm::Instruction* end = loop_.getLoopPreheader()->getTerminator();
  const auto can_expand = [&](const llvm::SCEV* value) { return expander.isSafeToExpandAt(value, end); };
  return can_expand(count_) && llvm::all_of(ranges_, [&](const Range& range) { return can_expand(range.start); });
}

void Versioning::run(bool may_copy) {
  llvm::ScalarEvolution& evolution = analyses_.evolution;
  if (!loop_.isLoopSimplifyForm()) return;
  count_ = iterations_at_most();
  if (count_ == nullptr) return;
  poll_ = poll_of(loop_);
  if (poll_ && !can_move_poll()) poll_.reset();
  const llvm::APInt most = evolution.getUnsignedRangeMax(count_);
  remove_poll_of_short_loop(most.ult(kMaxUnpolled));
  if (!may_copy || !loop_.isSafeToClone() || most.ult(kMinIterations)) return;
  unsigned size = 0;
  for (llvm::BasicBlock* block : loop_.blocks()) {
    size += static_cast<unsigned>(block->size());
    if (const std::optional<BoundsCheck> check = BoundsCheck::of(*block); check && add_range(*check)) checks_.push_back(*check);
  }
  if (size > kMaxCopied || (checks_.empty() && !poll_) || !can_expand_all()) return;
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
