#include "aot/compiler/disjoint_accesses.h"

#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>

#include "aot/compiler/module_translator.h"
#include "aot/compiler/widen_inductions.h"

namespace umber::aot {
namespace {

constexpr size_t kMaxGroups = 8;
constexpr int64_t kNear = 256;        ///< bytes between accesses of one group
constexpr unsigned kMaxPairs = 10;    ///< comparisons in front of a loop

/// What constants add to the access's address.
std::optional<int64_t> offset_of(llvm::Instruction& access) {
  int64_t offset = 0;
  llvm::Value* at = llvm::getLoadStorePointerOperand(&access);
  while (auto* sum = llvm::dyn_cast<llvm::GetElementPtrInst>(at)) {
    if (sum->getNumIndices() != 1 || !sum->getSourceElementType()->isIntegerTy(8)) return std::nullopt;
    if (auto* constant = llvm::dyn_cast<llvm::ConstantInt>(sum->getOperand(1))) {
      if (constant->getValue().getActiveBits() > 32) return std::nullopt;
      offset += constant->getSExtValue();
    } else if (!llvm::isa<llvm::ZExtInst>(sum->getOperand(1))) {
      return std::nullopt;
    }
    at = sum->getPointerOperand();
  }
  return offset;
}

int64_t bytes_of(llvm::Instruction& access) {
  return static_cast<int64_t>(access.getDataLayout().getTypeStoreSize(llvm::getLoadStoreType(&access)).getFixedValue());
}

}  // namespace

bool DisjointAccesses::add(llvm::Instruction& instruction) {
  const std::optional<int64_t> offset = offset_of(instruction);
  if (!offset || instruction.isVolatile() || instruction.isAtomic()) return false;
  llvm::ZExtInst* index = index_of(instruction);
  llvm::Value* zero = llvm::ConstantInt::get(llvm::Type::getInt32Ty(instruction.getContext()), 0);
  const std::optional<RangedIndex> ranged = ranges_.keep_from_wrapping(index == nullptr ? zero : index->getOperand(0));
  if (!ranged) return false;
  const int64_t distance = ranged->distance + *offset;
  const int64_t end = distance + bytes_of(instruction);
  const bool is_written = llvm::isa<llvm::StoreInst>(instruction);
  for (Group& group : groups_) {
    if (group.range != ranged->range || end < group.low - kNear || distance > group.end + kNear) continue;
    group.low = std::min(group.low, distance);
    group.end = std::max(group.end, end);
    group.is_written |= is_written;
    group.accesses.push_back({&instruction, distance});
    return true;
  }
  if (groups_.size() == kMaxGroups) return false;
  groups_.push_back({ranged->range, distance, end, is_written, {{&instruction, distance}}});
  return true;
}

bool DisjointAccesses::is_unrolled(const Group& group) const {
  return group.is_written && llvm::any_of(group.accesses, [&](const Access& access) { return access.distance != group.accesses[0].distance; });
}

bool DisjointAccesses::find() {
  for (llvm::BasicBlock* block : loop_.blocks()) {
    for (llvm::Instruction& instruction : *block) {
      if (!instruction.mayReadOrWriteMemory() || llvm::isa<llvm::IntrinsicInst>(instruction)) continue;
      if (is_memory_access(instruction) ? !add(instruction) : instruction.mayWriteToMemory()) return false;
    }
  }
  unsigned pairs = 0;
  for (const Group& a : groups_)
    for (const Group& b : groups_) pairs += &a < &b && matters(a, b);
  return pairs > 0 && pairs <= kMaxPairs && llvm::any_of(groups_, [&](const Group& group) { return is_unrolled(group); });
}

llvm::Value* DisjointAccesses::overlap(llvm::Value* count, llvm::IRBuilder<>& builder) {
  std::vector<std::pair<llvm::Value*, llvm::Value*>> bytes;
  for (const Group& group : groups_) {
    const AddressRange& range = ranges_[group.range];
    const auto constant = [&](int64_t value) { return builder.getInt64(static_cast<uint64_t>(value)); };
    llvm::Value* low = builder.CreateAdd(range.first, constant(group.low - range.low));
    llvm::Value* end = builder.CreateAdd(range.first, constant(group.end - range.low));
    llvm::Value* span = builder.CreateMul(builder.CreateZExt(count, builder.getInt64Ty()), constant(std::abs(range.step)));
    if (range.step < 0) low = builder.CreateSub(low, span);
    else end = builder.CreateAdd(end, span);
    bytes.emplace_back(low, end);
  }
  llvm::Value* any = builder.getFalse();
  for (size_t a = 0; a < groups_.size(); ++a) {
    for (size_t b = a + 1; b < groups_.size(); ++b) {
      if (!matters(groups_[a], groups_[b])) continue;
      llvm::Value* meet = builder.CreateAnd(builder.CreateICmpSLT(bytes[a].first, bytes[b].second), builder.CreateICmpSLT(bytes[b].first, bytes[a].second));
      any = builder.CreateOr(any, meet);
    }
  }
  return any;
}

void DisjointAccesses::annotate() {
  llvm::LLVMContext& context = loop_.getHeader()->getContext();
  llvm::MDBuilder metadata(context);
  llvm::MDNode* domain = metadata.createAnonymousAliasScopeDomain();
  std::vector<llvm::Metadata*> scopes;
  for (size_t i = 0; i < groups_.size(); ++i) scopes.push_back(metadata.createAnonymousAliasScope(domain));
  for (size_t a = 0; a < groups_.size(); ++a) {
    std::vector<llvm::Metadata*> others;
    for (size_t b = 0; b < groups_.size(); ++b)
      if (matters(groups_[a], groups_[b])) others.push_back(scopes[b]);
    for (const Access& access : groups_[a].accesses) {
      access.instruction->setMetadata(llvm::LLVMContext::MD_alias_scope, llvm::MDNode::get(context, scopes[a]));
      access.instruction->setMetadata(llvm::LLVMContext::MD_noalias, llvm::MDNode::get(context, others));
    }
  }
}

}  // namespace umber::aot
