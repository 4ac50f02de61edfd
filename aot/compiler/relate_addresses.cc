#include "aot/compiler/relate_addresses.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DepthFirstIterator.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Operator.h>

#include <optional>

#include "aot/compiler/module_translator.h"
#include "runtime/memory_block.h"

namespace umber::aot {
namespace {

/// How far from an access its neighbour may be. Half of what is reserved behind the reach of address and offset, because it may be
/// moved before the access that vouches for it.
constexpr int64_t kFar = 32 * 1024;
static_assert(kFar <= kGuardInFront && kFar <= (kGuardedReach - (uint64_t{1} << 33)) / 2 && kFar < kMemoryHole);
/// How many accesses with a common part of their addresses are remembered.
constexpr size_t kRemembered = 8;

/// A load or store at root + zext(index) + offset.
struct Access {
  llvm::Instruction* instruction;
  llvm::Value* root;
  llvm::ZExtInst* index;
  llvm::APInt offset;
};

std::optional<Access> access_of(llvm::Instruction& instruction, const llvm::DataLayout& layout) {
  llvm::Value* at = llvm::getLoadStorePointerOperand(&instruction);
  if (at == nullptr || !is_memory_access(instruction)) return std::nullopt;
  llvm::MapVector<llvm::Value*, llvm::APInt> indices;
  Access access{&instruction, nullptr, nullptr, llvm::APInt(64, 0)};
  while (auto* sum = llvm::dyn_cast<llvm::GEPOperator>(at)) {
    if (!sum->collectOffset(layout, 64, indices, access.offset)) return std::nullopt;
    at = sum->getPointerOperand();
  }
  if (indices.size() != 1 || !indices.front().second.isOne()) return std::nullopt;
  access.root = at;
  access.index = llvm::dyn_cast<llvm::ZExtInst>(indices.front().first);
  if (access.index == nullptr || !access.index->getSrcTy()->isIntegerTy(32) || access.offset.getActiveBits() > 32) return std::nullopt;
  return access;
}

class Relating {
 public:
  Relating(llvm::Function& function, llvm::FunctionAnalysisManager& analyses, bool faulting)
      : faulting_(faulting),
        layout_(function.getParent()->getDataLayout()),
        tree_(analyses.getResult<llvm::DominatorTreeAnalysis>(function)),
        evolution_(analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)) {}

  bool run() {
    bool changed = false;
    for (llvm::DomTreeNode* node : llvm::depth_first(tree_.getRootNode())) {
      for (llvm::Instruction& instruction : *node->getBlock()) {
        const std::optional<Access> access = access_of(instruction, layout_);
        if (!access) continue;
        if (relate(*access, evolution_.getSCEV(access->index->getOperand(0)))) changed = true;
      }
    }
    return changed;
  }

 private:
  struct Known {
    Access access;
    int64_t constant;
  };

  /// Expresses the access's index by that of an earlier one near it, or remembers it for later ones.
  bool relate(const Access& access, const llvm::SCEV* index) {
    const auto [rest, constant] = without_constant(index);
    llvm::SmallVector<Known, 2>& known = known_[rest];
    for (const Known& earlier : known) {
      const int64_t distance = constant - earlier.constant;
      if (distance > kFar || distance < -kFar || earlier.access.root != access.root) continue;
      if (distance < 0 && faulting_ && !access.offset.isZero()) continue;
      if (!tree_.dominates(earlier.access.instruction, access.instruction)) continue;
      if (earlier.access.index == access.index) return false;
      llvm::IRBuilder<> builder(access.instruction);
      llvm::Value* at = builder.CreateInBoundsGEP(builder.getInt8Ty(), access.root, earlier.access.index);
      const llvm::APInt offset = access.offset + llvm::APInt(64, static_cast<uint64_t>(distance), true);
      if (!offset.isZero()) at = builder.CreateInBoundsGEP(builder.getInt8Ty(), at, builder.getInt(offset));
      access.instruction->setOperand(llvm::isa<llvm::LoadInst>(access.instruction) ? 0 : 1, at);
      return true;
    }
    if (known.size() < kRemembered) known.push_back({access, constant});
    return false;
  }

  /// An index as something and a constant.
  std::pair<const llvm::SCEV*, int64_t> without_constant(const llvm::SCEV* index) {
    const int64_t constant = constant_of(index, 4);
    return {constant == 0 ? index : evolution_.getMinusSCEV(index, evolution_.getConstant(index->getType(), static_cast<uint64_t>(constant))), constant};
  }
  /// What is constant of a sum; an induction variable has it in its start.
  static int64_t constant_of(const llvm::SCEV* sum, unsigned depth) {
    if (const auto* constant = llvm::dyn_cast<llvm::SCEVConstant>(sum)) return constant->getAPInt().getSExtValue();
    if (depth == 0) return 0;
    if (const auto* recurrence = llvm::dyn_cast<llvm::SCEVAddRecExpr>(sum)) return constant_of(recurrence->getStart(), depth - 1);
    int64_t total = 0;
    if (const auto* terms = llvm::dyn_cast<llvm::SCEVAddExpr>(sum)) {
      for (const llvm::SCEV* term : terms->operands()) total += constant_of(term, depth - 1);
    }
    return total;
  }

  const bool faulting_;
  const llvm::DataLayout& layout_;
  llvm::DominatorTree& tree_;
  llvm::ScalarEvolution& evolution_;
  llvm::DenseMap<const llvm::SCEV*, llvm::SmallVector<Known, 2>> known_;
};

}  // namespace

llvm::PreservedAnalyses RelateAddresses::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (!Relating(function, analyses, faulting_).run()) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  preserved.preserve<llvm::DominatorTreeAnalysis>();
  preserved.preserve<llvm::LoopAnalysis>();
  return preserved;
}

}  // namespace umber::aot
