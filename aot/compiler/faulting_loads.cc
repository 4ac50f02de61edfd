#include "aot/compiler/faulting_loads.h"

#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/DemandedBits.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/PatternMatch.h>

#include "aot/compiler/module_translator.h"

namespace umber::aot {
namespace {

/// What a pin assumes of a load's value: that it is defined, which is so.
constexpr const char* kPin = "noundef";

/// Passes that make one load of two may leave it without a tag.
bool may_access_memory(const llvm::Instruction& instruction) {
  if (!llvm::isa<llvm::LoadInst, llvm::StoreInst>(instruction)) return false;
  return !instruction.hasMetadata(llvm::LLVMContext::MD_tbaa) || is_memory_access(instruction);
}

llvm::SmallVector<llvm::LoadInst*, 32> memory_loads(llvm::Function& function) {
  llvm::SmallVector<llvm::LoadInst*, 32> loads;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (load != nullptr && is_memory_access(*load)) loads.push_back(load);
  }
  return loads;
}

/// The value that a pin holds; null if the instruction is none.
llvm::Value* pinned_by(const llvm::Instruction& instruction) {
  const auto* assume = llvm::dyn_cast<llvm::AssumeInst>(&instruction);
  if (assume == nullptr || assume->getNumOperandBundles() != 1 || assume->getOperandBundleAt(0).getTagName() != kPin) return nullptr;
  return assume->getOperandBundleAt(0).Inputs[0];
}

llvm::PreservedAnalyses same_blocks() {
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

/// Which values are certain to be used once they have been computed, before their loop's next round: by something with an effect, itself or
/// through others. Passes move no such value to where it is used. A selection may become a branch.
class NeededValues {
 public:
  NeededValues(llvm::Function& function, llvm::FunctionAnalysisManager& analyses)
      : ends_(analyses.getResult<llvm::PostDominatorTreeAnalysis>(function)), loops_(analyses.getResult<llvm::LoopAnalysis>(function)) {
    llvm::SmallVector<const llvm::Instruction*, 64> work;
    for (const llvm::Instruction& instruction : llvm::instructions(function))
      if (has_effect(instruction)) work.push_back(&instruction);
    while (!work.empty()) {
      const llvm::Instruction* user = work.pop_back_val();
      for (const llvm::Use& use : user->operands()) {
        const auto* value = llvm::dyn_cast<llvm::Instruction>(use.get());
        if (value != nullptr && is_certain(*value, use) && needed_.insert(value).second) work.push_back(value);
      }
    }
  }

  [[nodiscard]] bool contains(const llvm::Value* value) const {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    return instruction == nullptr || needed_.contains(instruction);
  }

 private:
  static bool has_effect(const llvm::Instruction& instruction) {
    return instruction.isTerminator() || (instruction.mayHaveSideEffects() && !instruction.isDroppable()) || may_access_memory(instruction);
  }

  [[nodiscard]] bool is_certain(const llvm::Instruction& value, const llvm::Use& use) const {
    const auto* user = llvm::cast<llvm::Instruction>(use.getUser());
    if (llvm::isa<llvm::SelectInst>(user) && use.getOperandNo() != 0 && !user->getType()->isVectorTy()) return false;
    const auto* phi = llvm::dyn_cast<llvm::PHINode>(user);
    const llvm::BasicBlock* at = phi != nullptr ? phi->getIncomingBlock(use) : user->getParent();
    const llvm::Loop* loop = loops_.getLoopFor(value.getParent());
    if (loop != nullptr && !loop->contains(user->getParent())) return false;
    return at == value.getParent() || ends_.dominates(at, value.getParent());
  }

  const llvm::PostDominatorTree& ends_;
  const llvm::LoopInfo& loops_;
  llvm::DenseSet<const llvm::Instruction*> needed_;
};

/// The values whose end somebody wants: an access lies outside with its last byte, if with any, so it may only become narrower where
/// that one stays. Instruction selection sees one block, and no further than kDepth.
class WantedEnds {
 public:
  explicit WantedEnds(llvm::DemandedBits& bits) : bits_(bits) {}

  [[nodiscard]] bool contains(llvm::Value& value, unsigned depth = 0) const {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(&value);
    if (instruction == nullptr) return true;
    if (depth == kDepth) return false;
    if (value.getType()->isIntegerTy() && value.getType()->getIntegerBitWidth() > 8 && bits_.getDemandedBits(instruction).countl_zero() >= 8) return false;
    return llvm::any_of(value.uses(), [&](const llvm::Use& use) { return wants(*llvm::cast<llvm::Instruction>(use.getUser()), use, depth); });
  }

 private:
  static constexpr unsigned kDepth = 8;

  [[nodiscard]] bool wants(llvm::Instruction& user, const llvm::Use& use, unsigned depth) const {
    if (user.isDroppable()) return false;
    if (llvm::isa<llvm::BitCastInst>(user)) return contains(user, depth + 1);
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(use->getType());
    if (vector == nullptr || user.getParent() != llvm::cast<llvm::Instruction>(use.get())->getParent()) return true;
    const uint64_t last = vector->getNumElements() - 1;
    if (llvm::isa<llvm::InsertElementInst>(user)) return false;  // stored where it was loaded, only the element would be
    if (const auto* extract = llvm::dyn_cast<llvm::ExtractElementInst>(&user)) {
      const auto* lane = llvm::dyn_cast<llvm::ConstantInt>(extract->getIndexOperand());
      return lane != nullptr && lane->equalsInt(last) && contains(user, depth + 1);
    }
    if (const auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&user)) {
      return llvm::is_contained(shuffle->getShuffleMask(), static_cast<int>(use.getOperandNo() == 0 ? last : 2 * last + 1));
    }
    return llvm::isa<llvm::PHINode, llvm::CallBase>(user) || !user.getType()->isVectorTy() || contains(user, depth + 1);
  }

  llvm::DemandedBits& bits_;
};

/// A store that changes only some of the bytes that it has loaded, the last not among them: `p[0] |= 1` would become an access of one byte.
bool leaves_end(const llvm::StoreInst& store) {
  using namespace llvm::PatternMatch;
  const auto is_loaded = m_Load(m_Value());  // from there or elsewhere
  llvm::Value* changed = const_cast<llvm::Value*>(store.getValueOperand());
  const llvm::APInt* constant = nullptr;
  uint64_t lane = 0;
  if (match(changed, m_c_Or(m_And(is_loaded, m_APInt(constant)), m_Value()))) return constant->countl_one() >= 8;
  if (match(changed, m_And(is_loaded, m_APInt(constant)))) return constant->countl_one() >= 8;
  if (match(changed, m_Or(is_loaded, m_APInt(constant))) || match(changed, m_Xor(is_loaded, m_APInt(constant)))) return constant->countl_zero() >= 8;
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(changed->getType());
  return vector != nullptr && match(changed, m_InsertElt(is_loaded, m_Value(), m_ConstantInt(lane))) && lane + 1 != vector->getNumElements();
}

}  // namespace

llvm::PreservedAnalyses PinLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  for (llvm::LoadInst* load : memory_loads(function)) {
    llvm::IRBuilder<> behind(load->getNextNode());
    behind.CreateAssumption(behind.getTrue(), {llvm::OperandBundleDef(kPin, llvm::ArrayRef<llvm::Value*>(load))});
  }
  return llvm::PreservedAnalyses::none();
}

llvm::PreservedAnalyses UnpinNeededLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const NeededValues needed(function, analyses);
  const WantedEnds ends(analyses.getResult<llvm::DemandedBitsAnalysis>(function));
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
    llvm::Value* value = pinned_by(instruction);
    if (value != nullptr && needed.contains(value) && ends.contains(*value)) instruction.eraseFromParent();
  }
  return same_blocks();
}

llvm::PreservedAnalyses KeepFaults::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const NeededValues needed(function, analyses);
  for (llvm::Instruction& instruction : llvm::make_early_inc_range(llvm::instructions(function)))
    if (pinned_by(instruction) != nullptr) instruction.eraseFromParent();
  const WantedEnds ends(analyses.getResult<llvm::DemandedBitsAnalysis>(function));
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (!may_access_memory(instruction)) continue;
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    if (load != nullptr && (!needed.contains(load) || !ends.contains(*load))) load->setVolatile(true);
    if (store != nullptr && leaves_end(*store)) store->setVolatile(true);
  }
  return same_blocks();
}

llvm::PreservedAnalyses KeepAllLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  for (llvm::LoadInst* load : memory_loads(function)) load->setVolatile(true);
  return same_blocks();
}

}  // namespace umber::aot
