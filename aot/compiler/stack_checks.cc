#include "aot/compiler/stack_checks.h"

#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

#include "aot/compiler/call_checks.h"
#include "aot/compiler/routine_stubs.h"
#include "runtime/native_abi.h"

namespace umber::aot {
namespace {

constexpr const char kPredicate[] = "umber.stack.low";
/// The routine takes some 14 bytes and saves 6 to 10 at each use.
constexpr unsigned kUsesOfRoutine = 3;

/// The routine changes scratch registers only; on x86-64 it finds the context where functions are passed it.
llvm::InlineAsm* call_of(const llvm::Triple& triple, llvm::FunctionType* type) {
  const bool is_riscv = triple.isRISCV();
  const std::string call = is_riscv ? "call t0, " : triple.isX86() ? "callq " : "bl ";
  const char* registers = is_riscv ? "r,~{t0},~{t1}" : triple.isX86() ? "{r13},~{dirflag},~{fpsr},~{flags}" : "r,~{r12},~{lr},~{cc}";
  return llvm::InlineAsm::get(type, call + kStackCheck.str(), registers, true);
}

/// What the predicate says, computed in place.
void lower(llvm::CallInst& predicate) {
  llvm::IRBuilder<> builder(&predicate);
  const llvm::DataLayout& layout = predicate.getModule()->getDataLayout();
  llvm::Type* word = layout.getIntPtrType(builder.getContext());
  llvm::Value* frame = builder.CreateIntrinsic(llvm::Intrinsic::frameaddress, {builder.getPtrTy()}, {builder.getInt32(0)});
  llvm::Value* at = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), predicate.getArgOperand(0),
                                                       offset_of(ContextField::NativeStackEnd, layout.getPointerSize()));
  predicate.replaceAllUsesWith(builder.CreateICmpULT(builder.CreatePtrToInt(frame, word), builder.CreateLoad(word, at)));
}

}  // namespace

llvm::Value* create_stack_low(llvm::IRBuilder<>& builder, llvm::Value* context) {
  auto* type = llvm::FunctionType::get(builder.getInt1Ty(), {context->getType()}, false);
  auto* predicate = llvm::cast<llvm::Function>(builder.GetInsertBlock()->getModule()->getOrInsertFunction(kPredicate, type).getCallee());
  predicate->setMemoryEffects(llvm::MemoryEffects::none());
  predicate->setDoesNotThrow();
  predicate->setWillReturn();
  return builder.CreateCall(predicate, {context});
}

llvm::PreservedAnalyses StackChecks::run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
  llvm::Function* predicate = module.getFunction(kPredicate);
  if (predicate == nullptr) return llvm::PreservedAnalyses::all();
  const llvm::Triple triple(module.getTargetTriple());
  const bool is_worth_it = predicate->hasNUsesOrMore(kUsesOfRoutine);
  for (llvm::User* user : llvm::make_early_inc_range(predicate->users())) {
    auto* low = llvm::cast<llvm::CallInst>(user);
    auto* branch = low->hasOneUse() ? llvm::dyn_cast<llvm::BranchInst>(low->user_back()) : nullptr;
    if (is_worth_it && branch != nullptr && lone_trap(*branch->getSuccessor(0), TrapKind::StackOverflow) != nullptr) {
      llvm::Value* context = low->getArgOperand(0);
      auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(module.getContext()), {context->getType()}, false);
      low->replaceAllUsesWith(llvm::ConstantInt::getFalse(module.getContext()));
      replace_by_call(*branch, call_of(triple, type), context);
    } else {
      lower(*low);
    }
    low->eraseFromParent();
  }
  predicate->eraseFromParent();
  return llvm::PreservedAnalyses::none();
}

}  // namespace umber::aot
