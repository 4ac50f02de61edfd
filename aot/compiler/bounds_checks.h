// An explicit bounds check as our own passes see it: a branch to the function's trap block on an opaque predicate
//
//     beyond(index, last, size, memory, least)
//
// which says that [index, index + last] does not lie in a memory of `size` bytes. Until it is lowered to a comparison nothing
// rewrites it, so that passes find checks, compare them and move them (merge_checks.h, version_loops.h). It is a function of its
// operands alone: the size was loaded where the check stands. Memories only grow, so a check that passed stays passed.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>

#include <optional>

namespace umber::aot {

class BoundsCheck {
 public:
  /// The check that ends the block, if one does.
  static std::optional<BoundsCheck> of(llvm::BasicBlock& block);

  [[nodiscard]] llvm::BranchInst& branch() const { return *branch_; }
  [[nodiscard]] llvm::Value* index() const { return predicate().getArgOperand(0); }
  /// Distance from the index to the access's last byte.
  [[nodiscard]] uint64_t last() const { return constant(1); }
  [[nodiscard]] llvm::Value* size() const { return predicate().getArgOperand(2); }
  [[nodiscard]] uint64_t memory() const { return constant(3); }
  /// Bytes that the memory has at least.
  [[nodiscard]] uint64_t least() const { return constant(4); }
  [[nodiscard]] llvm::BasicBlock* beyond() const { return branch_->getSuccessor(0); }
  [[nodiscard]] llvm::BasicBlock* inside() const { return branch_->getSuccessor(1); }

  void widen(uint64_t last);
  /// The check never fails: the branch becomes unconditional.
  void remove();

 private:
  explicit BoundsCheck(llvm::BranchInst& branch) : branch_(&branch) {}
  [[nodiscard]] llvm::CallInst& predicate() const { return *llvm::cast<llvm::CallInst>(branch_->getCondition()); }
  [[nodiscard]] uint64_t constant(unsigned operand) const { return llvm::cast<llvm::ConstantInt>(predicate().getArgOperand(operand))->getZExtValue(); }

  llvm::BranchInst* branch_;
};

/// The predicate; `index` has 32 or 64 bits, `size` at least as many. In a module with such calls lower_bounds_checks must run.
llvm::Value* create_beyond(llvm::IRBuilder<>& builder, llvm::Value* index, uint64_t last, llvm::Value* size, uint32_t memory, uint64_t least);

/// What the predicate computes: index >= size - last, and never less than 0 on the right.
llvm::Value* create_comparison(llvm::IRBuilder<>& builder, llvm::Value* index, llvm::Value* last, llvm::Value* size, bool always_reaches);

/// Whether an instruction is a predicate.
bool is_beyond(const llvm::Value& value);

/// Makes comparisons of all checks.
void lower_bounds_checks(llvm::Module& module);

}  // namespace umber::aot
