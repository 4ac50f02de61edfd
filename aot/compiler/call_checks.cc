#include "aot/compiler/call_checks.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Local.h>

#include <map>
#include <vector>

#include "aot/compiler/bounds_checks.h"
#include "aot/compiler/routine_stubs.h"

namespace umber::aot {
namespace {

/// What a routine subtracts in one instruction.
constexpr uint64_t kMaxLast = 2047;
/// A routine takes 10 to 14 bytes, and saves some eight at each use. From so many uses on one of a distance pays, and from so many on one for
/// each register, of which about five occur.
constexpr size_t kUsesOfRoutine = 2;
constexpr size_t kUsesOfRegisters = 50;

/// The routines subtract from the size of memory 0, which so must be the distance at least.
bool has_routine(const BoundsCheck& check) {
  return check.memory() == 0 && check.index()->getType()->isIntegerTy(32) && check.size()->getType()->isIntegerTy(32) && check.last() <= kMaxLast &&
         check.least() > check.last() && lone_trap(*check.beyond(), TrapKind::MemoryOutOfBounds) != nullptr;
}

/// The operand's register becomes part of the routine's name.
llvm::InlineAsm* call_of(const llvm::Triple& triple, llvm::FunctionType* type, uint64_t last, bool in_fixed) {
  const bool is_riscv = triple.isRISCV();
  const std::string code = (is_riscv ? "call t0, " : "bl ") + check_symbol(last) + "$0";
  const char* registers = is_riscv ? (in_fixed ? "{a5},~{t0},~{t1}" : "r,~{t0},~{t1}") : in_fixed ? "{r3},~{r12},~{lr},~{cc}" : "l,~{r12},~{lr},~{cc}";
  return llvm::InlineAsm::get(type, code, registers, true);
}

void make_call(BoundsCheck& check, const llvm::Triple& triple, bool in_fixed) {
  llvm::Value* index = check.index();
  llvm::Type* i32 = index->getType();
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(i32->getContext()), {i32}, false);
  llvm::Value* condition = check.branch().getCondition();
  replace_by_call(check.branch(), call_of(triple, type, check.last(), in_fixed), index);
  llvm::RecursivelyDeleteTriviallyDeadInstructions(condition);
}

}  // namespace

llvm::CallInst* lone_trap(llvm::BasicBlock& block, TrapKind kind) {
  auto* call = llvm::dyn_cast<llvm::CallInst>(block.getFirstNonPHIOrDbg());
  const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
  const bool is_trap = block.getSinglePredecessor() != nullptr && callee != nullptr && callee->getName() == trap_symbol(kind);
  return is_trap && llvm::isa<llvm::UnreachableInst>(call->getNextNonDebugInstruction()) ? call : nullptr;
}

llvm::CallInst* replace_by_call(llvm::BranchInst& branch, llvm::InlineAsm* routine, llvm::Value* operand) {
  llvm::BasicBlock* trap = branch.getSuccessor(0);
  llvm::BasicBlock* going_on = branch.getSuccessor(1);
  llvm::IRBuilder<> builder(&branch);
  builder.SetCurrentDebugLocation(trap->getFirstNonPHIOrDbg()->getDebugLoc());
  llvm::CallInst* call = builder.CreateCall(routine->getFunctionType(), routine, {operand});
  call->setDoesNotThrow();
  call->addFnAttr(llvm::Attribute::NoMerge);  // its address tells where it is
  llvm::BranchInst* plain = builder.CreateBr(going_on);
  plain->setDebugLoc(branch.getDebugLoc());
  branch.eraseFromParent();
  llvm::DeleteDeadBlock(trap);
  llvm::MergeBlockIntoPredecessor(going_on);
  return call;
}

llvm::PreservedAnalyses CallChecks::run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
  const llvm::Triple triple(module.getTargetTriple());
  std::vector<BoundsCheck> checks;
  std::map<uint64_t, size_t> uses;
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      const std::optional<BoundsCheck> check = BoundsCheck::of(block);
      if (!check || !has_routine(*check)) continue;
      checks.push_back(*check);
      ++uses[check->last()];
    }
  }
  for (BoundsCheck& check : checks) {
    const size_t count = uses[check.last()];
    if (count >= kUsesOfRoutine) make_call(check, triple, count < kUsesOfRegisters);
  }
  return llvm::PreservedAnalyses::none();
}

}  // namespace umber::aot
