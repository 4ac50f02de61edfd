#include "aot/compiler/bounds_checks.h"

#include <llvm/IR/Module.h>

namespace umber::aot {
namespace {

constexpr const char kPrefix[] = "umber.beyond.";

llvm::Function* declare_beyond(llvm::Module& module, llvm::Type* index, llvm::Type* size) {
  const std::string name = kPrefix + std::to_string(index->getIntegerBitWidth()) + "." + std::to_string(size->getIntegerBitWidth());
  if (llvm::Function* declared = module.getFunction(name)) return declared;
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* i64 = llvm::Type::getInt64Ty(context);
  auto* type = llvm::FunctionType::get(llvm::Type::getInt1Ty(context), {index, i64, size, i64, i64}, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
  function->setMemoryEffects(llvm::MemoryEffects::none());
  function->setDoesNotThrow();
  function->setWillReturn();
  return function;
}

void lower(llvm::CallInst& call) {
  llvm::IRBuilder<> builder(&call);
  llvm::Value* size = call.getArgOperand(2);
  const uint64_t last = llvm::cast<llvm::ConstantInt>(call.getArgOperand(1))->getZExtValue();
  const uint64_t least = llvm::cast<llvm::ConstantInt>(call.getArgOperand(4))->getZExtValue();
  llvm::Value* index = builder.CreateZExt(call.getArgOperand(0), size->getType());
  call.replaceAllUsesWith(create_comparison(builder, index, llvm::ConstantInt::get(size->getType(), last), size, least > last));
  call.eraseFromParent();
}

}  // namespace

bool is_beyond(const llvm::Value& value) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&value);
  const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
  return callee != nullptr && callee->getName().starts_with(kPrefix);
}

std::optional<BoundsCheck> BoundsCheck::of(llvm::BasicBlock& block) {
  auto* branch = llvm::dyn_cast_or_null<llvm::BranchInst>(block.getTerminator());
  if (branch == nullptr || !branch->isConditional() || !is_beyond(*branch->getCondition())) return std::nullopt;
  return BoundsCheck(*branch);
}

void BoundsCheck::widen(uint64_t last) {
  // Others may share the predicate.
  auto* wider = llvm::cast<llvm::CallInst>(predicate().clone());
  wider->insertBefore(branch_);
  wider->setArgOperand(1, llvm::ConstantInt::get(wider->getArgOperand(1)->getType(), last));
  branch_->setCondition(wider);
}

void BoundsCheck::remove() {
  llvm::BasicBlock* block = branch_->getParent();
  beyond()->removePredecessor(block);
  llvm::BranchInst* plain = llvm::BranchInst::Create(inside(), branch_);
  plain->setDebugLoc(branch_->getDebugLoc());
  branch_->eraseFromParent();
  branch_ = nullptr;
}

llvm::Value* create_beyond(llvm::IRBuilder<>& builder, llvm::Value* index, uint64_t last, llvm::Value* size, uint32_t memory, uint64_t least) {
  llvm::Function* function = declare_beyond(*builder.GetInsertBlock()->getModule(), index->getType(), size->getType());
  return builder.CreateCall(function, {index, builder.getInt64(last), size, builder.getInt64(memory), builder.getInt64(least)});
}

llvm::Value* create_comparison(llvm::IRBuilder<>& builder, llvm::Value* index, llvm::Value* last, llvm::Value* size, bool always_reaches) {
  // Only the index varies from access to access: the right side leaves loops wherever the size does.
  llvm::Value* end = always_reaches ? builder.CreateNUWSub(size, last) : builder.CreateBinaryIntrinsic(llvm::Intrinsic::usub_sat, size, last);
  return builder.CreateICmpUGE(index, end);
}

void lower_bounds_checks(llvm::Module& module) {
  for (llvm::Function& function : llvm::make_early_inc_range(module)) {
    if (!function.getName().starts_with(kPrefix)) continue;
    for (llvm::User* user : llvm::make_early_inc_range(function.users())) lower(*llvm::cast<llvm::CallInst>(user));
    function.eraseFromParent();
  }
}

}  // namespace umber::aot
