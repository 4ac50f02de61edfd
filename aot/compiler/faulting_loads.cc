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
#include <llvm/Transforms/Utils/Local.h>

#include "aot/compiler/module_translator.h"

namespace umber::aot {
namespace {

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

/// An annotation: to every pass an effect that costs nothing, to the code generator nothing. Assumptions would be dropped with what only they use.
void pin(llvm::LoadInst& load) {
  llvm::IRBuilder<> behind(load.getNextNode());
  llvm::Value* bits = behind.CreateBitCast(&load, behind.getIntNTy(static_cast<unsigned>(load.getType()->getPrimitiveSizeInBits())));
  llvm::Value* none = llvm::ConstantPointerNull::get(behind.getPtrTy());
  behind.CreateIntrinsic(llvm::Intrinsic::annotation, {bits->getType(), none->getType()}, {bits, none, none, behind.getInt32(0)});
}

bool is_pin(const llvm::Instruction& instruction) {
  const auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return intrinsic != nullptr && intrinsic->getIntrinsicID() == llvm::Intrinsic::annotation;
}

llvm::Value* pinned_by(const llvm::Instruction& pin) {
  llvm::Value* value = pin.getOperand(0);
  const auto* cast = llvm::dyn_cast<llvm::BitCastInst>(value);
  return cast != nullptr ? cast->getOperand(0) : value;
}

void remove(llvm::Instruction& pin) {
  auto* bits = llvm::dyn_cast<llvm::BitCastInst>(pin.getOperand(0));
  pin.eraseFromParent();
  if (bits != nullptr && bits->use_empty()) bits->eraseFromParent();
}

llvm::SmallVector<llvm::Instruction*, 32> pins(llvm::Function& function) {
  llvm::SmallVector<llvm::Instruction*, 32> found;
  for (llvm::Instruction& instruction : llvm::instructions(function))
    if (is_pin(instruction)) found.push_back(&instruction);
  return found;
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
  /// What comes next: the code generator makes two branches of one on a conjunction, in the order it likes.
  enum class Next : uint8_t { Passes, CodeGenerator };

  NeededValues(llvm::Function& function, llvm::FunctionAnalysisManager& analyses, Next next)
      : next_(next), ends_(analyses.getResult<llvm::PostDominatorTreeAnalysis>(function)), loops_(analyses.getResult<llvm::LoopAnalysis>(function)) {
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
    return instruction.isTerminator() || (instruction.mayHaveSideEffects() && !is_pin(instruction)) || may_access_memory(instruction);
  }

  static bool is_used_once(const llvm::Instruction& value) {
    const auto counts = [](const llvm::User* user) {
      return !is_pin(*llvm::cast<llvm::Instruction>(llvm::isa<llvm::BitCastInst>(user) && user->hasOneUse() ? *user->user_begin() : user));
    };
    return llvm::count_if(value.users(), counts) == 1;
  }

  [[nodiscard]] bool is_certain(const llvm::Instruction& value, const llvm::Use& use) const {
    const auto* user = llvm::cast<llvm::Instruction>(use.getUser());
    if (llvm::isa<llvm::SelectInst>(user) && use.getOperandNo() != 0 && !user->getType()->isVectorTy()) return false;
    const bool is_conjunction = user->getOpcode() == llvm::Instruction::And || user->getOpcode() == llvm::Instruction::Or;
    if (next_ == Next::CodeGenerator && is_conjunction && user->getType()->isIntegerTy(1)) return false;
    const auto* phi = llvm::dyn_cast<llvm::PHINode>(user);
    const llvm::BasicBlock* at = phi != nullptr ? phi->getIncomingBlock(use) : user->getParent();
    // A value that only a phi uses may be computed behind it, on that way alone.
    if (phi != nullptr && is_used_once(value) && at->getSingleSuccessor() == nullptr) return false;
    const llvm::Loop* loop = loops_.getLoopFor(value.getParent());
    if (loop != nullptr && !loop->contains(user->getParent())) return false;
    return at == value.getParent() || ends_.dominates(at, value.getParent());
  }

  const Next next_;
  const llvm::PostDominatorTree& ends_;
  const llvm::LoopInfo& loops_;
  llvm::DenseSet<const llvm::Instruction*> needed_;
};

/// The values of which somebody wants the first byte and the last one: between them an access can't become narrower. (The last one lies outside
/// if any does; the first one if the address is in front of memory, because it was made from that of a neighbour.)
class WholeValues {
 public:
  explicit WholeValues(llvm::DemandedBits& bits) : bits_(bits) {}

  [[nodiscard]] bool contains(llvm::Value& value) const {
    const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value.getType());
    looked_at_ = 0;
    return is_wanted(value, {0, true}, 0) && is_wanted(value, {vector == nullptr ? 0 : vector->getNumElements() - 1, false}, 0);
  }

 private:
  static constexpr unsigned kDepth = 8;  // of instructions that only move lanes
  static constexpr unsigned kMostUses = 64;

  /// The first or the last byte of a lane; what is no vector has one lane.
  struct Part {
    unsigned lane;
    bool first;
  };

  [[nodiscard]] bool is_wanted(llvm::Value& value, Part part, unsigned depth) const {
    if (!llvm::isa<llvm::Instruction>(value)) return true;
    const auto wants_it = [&](llvm::Use& use) { return ++looked_at_ <= kMostUses && wants(*llvm::cast<llvm::Instruction>(use.getUser()), use, part, depth + 1); };
    return depth < kDepth && llvm::any_of(value.uses(), wants_it);
  }

  [[nodiscard]] bool wants(llvm::Instruction& user, llvm::Use& use, Part part, unsigned depth) const {
    if (is_pin(user)) return false;
    if (llvm::isa<llvm::BitCastInst>(user)) return bitcast_wants(user, use->getType()->getScalarSizeInBits(), part, depth);
    if (const auto* insert = llvm::dyn_cast<llvm::InsertElementInst>(&user)) {
      // Into a vector from memory: stored where that was loaded, only the element would be.
      const auto* lane = llvm::dyn_cast<llvm::ConstantInt>(insert->getOperand(2));
      return use.getOperandNo() == 1 && lane != nullptr && is_wanted(user, {static_cast<unsigned>(lane->getZExtValue()), part.first}, depth);
    }
    return use->getType()->isVectorTy() ? lane_is_wanted(user, use, part, depth) : scalar_is_wanted(use, part.first);
  }

  [[nodiscard]] bool scalar_is_wanted(llvm::Use& use, bool first) const {
    if (!use->getType()->isIntegerTy() || use->getType()->getIntegerBitWidth() <= 8 || !use.getUser()->getType()->isIntegerTy()) return true;
    const llvm::APInt wanted = bits_.getDemandedBits(&use);
    return first ? wanted.countr_zero() < 8 : wanted.countl_zero() < 8;
  }

  [[nodiscard]] bool lane_is_wanted(llvm::Instruction& user, const llvm::Use& use, Part part, unsigned depth) const {
    if (const auto* extract = llvm::dyn_cast<llvm::ExtractElementInst>(&user)) {
      const auto* lane = llvm::dyn_cast<llvm::ConstantInt>(extract->getIndexOperand());
      return lane != nullptr && lane->equalsInt(part.lane) && is_wanted(user, {0, part.first}, depth);
    }
    if (const auto* shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&user)) {
      const unsigned lanes = llvm::cast<llvm::FixedVectorType>(use->getType())->getNumElements();
      const int from = static_cast<int>(part.lane + (use.getOperandNo() == 1 ? lanes : 0));
      const llvm::ArrayRef<int> mask = shuffle->getShuffleMask();
      for (unsigned to = 0; to < mask.size(); ++to)
        if (mask[to] == from && is_wanted(user, {to, part.first}, depth)) return true;
      return false;
    }
    if (llvm::isa<llvm::PHINode, llvm::CallBase>(user) || !user.getType()->isVectorTy()) return true;
    if (llvm::isa<llvm::TruncInst>(user) && !part.first) return false;
    return is_wanted(user, {part.lane, part.first || llvm::isa<llvm::CastInst>(user)}, depth);
  }

  /// The part keeps its place in the bits; inside a wider lane it is nobody's.
  [[nodiscard]] bool bitcast_wants(llvm::Instruction& cast, unsigned from_bits, Part part, unsigned depth) const {
    const unsigned to_bits = cast.getType()->getScalarSizeInBits();
    if (from_bits < 8 || to_bits < 8) return true;
    const unsigned at = part.lane * from_bits + (part.first ? 0 : from_bits - 8);
    if (at % to_bits != (part.first ? 0 : to_bits - 8)) return false;
    return is_wanted(cast, {at / to_bits, part.first}, depth);
  }

  llvm::DemandedBits& bits_;
  mutable unsigned looked_at_ = 0;
};

bool have_same_address(const llvm::LoadInst& load, const llvm::StoreInst& store) {
  const llvm::DataLayout& layout = load.getModule()->getDataLayout();
  llvm::APInt from(64, 0), to(64, 0);
  const llvm::Value* a = load.getPointerOperand()->stripAndAccumulateConstantOffsets(layout, from, true);
  const llvm::Value* b = store.getPointerOperand()->stripAndAccumulateConstantOffsets(layout, to, true);
  const auto* sum = llvm::dyn_cast<llvm::GetElementPtrInst>(a);
  const auto* same = llvm::dyn_cast<llvm::GetElementPtrInst>(b);
  return from == to && (a == b || (sum != nullptr && same != nullptr && sum->isIdenticalTo(same)));
}

/// A store of what was loaded there, or of that with only some bytes changed, not both the first and the last: `p[0] |= 1` would become an access of
/// one byte, `p[0] = p[0]` none.
bool leaves_ends(const llvm::StoreInst& store) {
  using namespace llvm::PatternMatch;
  const auto is_loaded = m_Load(m_Value());  // from there or elsewhere
  llvm::Value* changed = const_cast<llvm::Value*>(store.getValueOperand());
  if (auto* cast = llvm::dyn_cast<llvm::BitCastInst>(changed)) changed = cast->getOperand(0);
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(changed)) return have_same_address(*load, store);
  const llvm::APInt* constant = nullptr;
  if (match(changed, m_And(is_loaded, m_APInt(constant))) || match(changed, m_c_Or(m_And(is_loaded, m_APInt(constant)), m_Value()))) {
    return constant->countl_one() >= 8 || constant->countr_one() >= 8;
  }
  if (match(changed, m_Or(is_loaded, m_APInt(constant))) || match(changed, m_Xor(is_loaded, m_APInt(constant)))) {
    return constant->countl_zero() >= 8 || constant->countr_zero() >= 8;
  }
  return match(changed, m_InsertElt(is_loaded, m_Value(), m_Value()));
}

}  // namespace

llvm::PreservedAnalyses PinLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  for (llvm::LoadInst* load : memory_loads(function)) pin(*load);
  return same_blocks();
}

llvm::PreservedAnalyses UnpinNeededLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  const NeededValues needed(function, analyses, NeededValues::Next::Passes);
  const WholeValues whole(analyses.getResult<llvm::DemandedBitsAnalysis>(function));
  for (llvm::Instruction* pin : pins(function)) {
    llvm::Value* value = pinned_by(*pin);
    if (needed.contains(value) && whole.contains(*value)) remove(*pin);
  }
  return same_blocks();
}

llvm::PreservedAnalyses KeepFaults::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  llvm::SmallVector<llvm::WeakTrackingVH, 16> unpinned;
  for (llvm::Instruction* pin : pins(function)) {
    unpinned.emplace_back(pinned_by(*pin));
    remove(*pin);
  }
  const NeededValues needed(function, analyses, NeededValues::Next::CodeGenerator);
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    if (load != nullptr && may_access_memory(*load) && !needed.contains(load)) load->setVolatile(true);
  }
  // What only pins used asks for no bits; loads are no longer dead.
  llvm::RecursivelyDeleteTriviallyDeadInstructionsPermissive(unpinned);
  const WholeValues whole(analyses.getResult<llvm::DemandedBitsAnalysis>(function));
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (!may_access_memory(instruction)) continue;
    auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
    auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    if (load != nullptr && !whole.contains(*load)) load->setVolatile(true);
    if (store != nullptr && leaves_ends(*store)) store->setVolatile(true);
  }
  return same_blocks();
}

llvm::PreservedAnalyses KeepAllLoads::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  for (llvm::LoadInst* load : memory_loads(function)) load->setVolatile(true);
  return same_blocks();
}

}  // namespace umber::aot
