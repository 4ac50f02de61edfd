#include "aot/compiler/address_ranges.h"

#include <llvm/Analysis/ScalarEvolutionExpressions.h>

#include <algorithm>

namespace umber::aot {
namespace {

constexpr unsigned kMaxRanges = 8;          ///< comparisons in front of a loop
constexpr int64_t kMaxSpread = 1 << 20;     ///< of indices in one range
constexpr uint64_t kMaxLast = INT32_MAX;

bool can_remake_at(llvm::Value* value, const llvm::Loop& loop, unsigned depth) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || !loop.contains(instruction)) return true;
  if (depth == 0 || !llvm::isa<llvm::LoadInst, llvm::GetElementPtrInst>(instruction)) return false;
  return llvm::all_of(instruction->operands(), [&](llvm::Value* operand) { return can_remake_at(operand, loop, depth - 1); });
}

}  // namespace

bool can_remake(llvm::Value* value, const llvm::Loop& loop) {
  constexpr unsigned kDepth = 4;
  return can_remake_at(value, loop, kDepth);
}

llvm::Value* remake(llvm::Value* value, const llvm::Loop& loop, llvm::IRBuilder<>& builder) {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || !loop.contains(instruction)) return value;
  llvm::Instruction* copy = instruction->clone();
  for (llvm::Use& operand : copy->operands()) operand.set(remake(operand.get(), loop, builder));
  return builder.Insert(copy);
}

std::optional<AddressRanges::Pattern> AddressRanges::pattern_of(llvm::Value* index) {
  Pattern pattern{evolution_.getSCEV(index), 0};
  if (const auto* rising = llvm::dyn_cast<llvm::SCEVAddRecExpr>(pattern.start); rising != nullptr && rising->getLoop() == &loop_) {
    const auto* by = llvm::dyn_cast<llvm::SCEVConstant>(rising->getStepRecurrence(evolution_));
    if (by == nullptr || !rising->isAffine() || by->getAPInt().abs().ugt(kMaxStep)) return std::nullopt;
    pattern = {rising->getStart(), by->getAPInt().getSExtValue()};
  }
  if (!evolution_.isLoopInvariant(pattern.start, &loop_)) return std::nullopt;
  return pattern;
}

/// From the range's start to the pattern's, if that is a small constant.
std::optional<int64_t> AddressRanges::distance(const AddressRange& range, const Pattern& pattern) {
  if (range.step != pattern.step) return std::nullopt;
  const auto* constant = llvm::dyn_cast<llvm::SCEVConstant>(evolution_.getMinusSCEV(pattern.start, range.start));
  if (constant == nullptr) return std::nullopt;
  const int64_t distance = constant->getAPInt().getSExtValue();
  return std::abs(distance) <= kMaxSpread ? std::optional(distance) : std::nullopt;
}

bool AddressRanges::add(const AddressRange& range) {
  if (ranges_.size() == kMaxRanges) return false;
  ranges_.push_back(range);
  return true;
}

bool AddressRanges::cover(const BoundsCheck& check) {
  if (check.index()->getType()->getIntegerBitWidth() != 32 || check.last() > kMaxLast || !can_remake(check.size(), loop_)) return false;
  const std::optional<Pattern> pattern = pattern_of(check.index());
  if (!pattern) return false;
  const auto last = static_cast<int64_t>(check.last());
  for (AddressRange& range : ranges_) {
    const std::optional<int64_t> from_start = range.size == nullptr || range.memory != check.memory() ? std::nullopt : distance(range, *pattern);
    if (!from_start) continue;
    const int64_t low = std::min(range.low, *from_start);
    const int64_t reach = std::max(range.reach, *from_start + last);
    if (static_cast<uint64_t>(reach - low) > kMaxLast) continue;
    range.low = low;
    range.reach = reach;
    return true;
  }
  return add({pattern->start, pattern->step, 0, last, check.size(), check.memory(), check.least()});
}

std::optional<RangedIndex> AddressRanges::keep_from_wrapping(llvm::Value* index) {
  const std::optional<Pattern> pattern = pattern_of(index);
  if (!pattern) return std::nullopt;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    AddressRange& range = ranges_[i];
    const std::optional<int64_t> from_start = distance(range, *pattern);
    if (!from_start) continue;
    if (range.size == nullptr) {
      range.low = std::min(range.low, *from_start);
      range.reach = std::max(range.reach, *from_start);
    } else if (*from_start < range.low || *from_start > range.reach) {
      continue;
    }
    return RangedIndex{i, *from_start};
  }
  if (!add({pattern->start, pattern->step, 0, 0, nullptr, 0, 0})) return std::nullopt;
  return RangedIndex{ranges_.size() - 1, 0};
}

bool AddressRanges::can_expand(llvm::SCEVExpander& expander, llvm::Instruction* at) const {
  return llvm::all_of(ranges_, [&](const AddressRange& range) { return expander.isSafeToExpandAt(range.start, at); });
}

/// Nothing here overflows: a step has 15 bits, the count 32, or 16 where addresses have 32.
llvm::Value* AddressRanges::is_outside(AddressRange& range, llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander) {
  llvm::Value* size = range.size == nullptr ? builder.getInt64(uint64_t{1} << 32) : remake(range.size, loop_, builder);
  llvm::Type* type = size->getType();
  const llvm::SCEV* low = evolution_.getAddExpr(range.start, evolution_.getConstant(range.start->getType(), static_cast<uint64_t>(range.low), true));
  llvm::Value* start = expander.expandCodeFor(low, low->getType(), &*builder.GetInsertPoint());
  range.first = builder.CreateZExt(start, type);
  llvm::Value* span = builder.CreateMul(builder.CreateZExt(count, type), llvm::ConstantInt::get(type, static_cast<uint64_t>(std::abs(range.step))));
  const auto reach = static_cast<uint64_t>(range.reach - range.low);
  llvm::Value* last = llvm::ConstantInt::get(type, reach);
  if (range.step > 0) return create_comparison(builder, range.first, builder.CreateAdd(last, span), size, false);
  llvm::Value* outside = create_comparison(builder, range.first, last, size, range.size == nullptr || range.least > reach);
  return range.step == 0 ? outside : builder.CreateOr(outside, builder.CreateICmpULT(range.first, span));
}

llvm::Value* AddressRanges::is_outside(llvm::Value* count, llvm::IRBuilder<>& builder, llvm::SCEVExpander& expander) {
  llvm::Value* outside = builder.getFalse();
  for (AddressRange& range : ranges_) outside = builder.CreateOr(outside, is_outside(range, count, builder, expander));
  return outside;
}

}  // namespace umber::aot
