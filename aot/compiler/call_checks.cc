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
/// A routine takes 12 to 18 bytes, and saves two to six at each use. From so many uses on one of a distance pays, and from so many on one for
/// each register, of which about five occur.
constexpr size_t kUsesOfRoutine = 4;
constexpr size_t kUsesOfRegisters = 24;

/// The call of a trap's block that does nothing else; null for other blocks.
llvm::CallInst* lone_trap(llvm::BasicBlock& block) {
  auto* call = llvm::dyn_cast<llvm::CallInst>(block.getFirstNonPHIOrDbg());
  const llvm::Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
  const bool is_trap = callee != nullptr && callee->getName() == trap_symbol(TrapKind::MemoryOutOfBounds);
  return is_trap && llvm::isa<llvm::UnreachableInst>(call->getNextNonDebugInstruction()) ? call : nullptr;
}

/// The routines subtract from the size of memory 0, which so must be the distance at least.
bool has_routine(const BoundsCheck& check) {
  return check.memory() == 0 && check.index()->getType()->isIntegerTy(32) && check.size()->getType()->isIntegerTy(32) && check.last() <= kMaxLast &&
         check.least() > check.last() && check.beyond()->getSinglePredecessor() != nullptr && lone_trap(*check.beyond()) != nullptr;
}

/// The operand's register becomes part of the routine's name.
llvm::InlineAsm* call_of(const llvm::Triple& triple, llvm::FunctionType* type, uint64_t last, bool in_fixed) {
  const bool is_riscv = triple.isRISCV();
  const std::string code = (is_riscv ? "call t0, " : "bl ") + check_symbol(last) + "$0";
  const char* registers = is_riscv ? (in_fixed ? "={t1},0,~{t0},~{t2}" : "r,~{t0},~{t1}") : (in_fixed ? "={r12},0,~{lr},~{cc}" : "l,~{r12},~{lr},~{cc}");
  return llvm::InlineAsm::get(type, code, registers, true);
}

void make_call(BoundsCheck& check, const llvm::Triple& triple, bool in_fixed) {
  llvm::IRBuilder<> builder(&check.branch());
  llvm::BasicBlock* trap = check.beyond();
  builder.SetCurrentDebugLocation(lone_trap(*trap)->getDebugLoc());
  llvm::Type* i32 = builder.getInt32Ty();
  auto* type = llvm::FunctionType::get(in_fixed ? i32 : builder.getVoidTy(), {i32}, false);
  llvm::CallInst* call = builder.CreateCall(type, call_of(triple, type, check.last(), in_fixed), {check.index()});
  call->setDoesNotThrow();
  call->addFnAttr(llvm::Attribute::NoMerge);  // its address tells where it is
  llvm::Value* condition = check.branch().getCondition();
  llvm::BasicBlock* inside = check.inside();
  check.remove();
  llvm::RecursivelyDeleteTriviallyDeadInstructions(condition);
  llvm::DeleteDeadBlock(trap);
  llvm::MergeBlockIntoPredecessor(inside);
}

}  // namespace

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
