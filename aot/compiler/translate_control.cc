// Labels, branches, fuel, return and select.

#include <llvm/IR/MDBuilder.h>

#include "aot/compiler/function_translator.h"
#include "aot/compiler/version_loops.h"

namespace umber::aot {

llvm::BasicBlock* FunctionTranslator::block(uint32_t label) {
  llvm::BasicBlock*& found = blocks_[label];
  if (found == nullptr) found = llvm::BasicBlock::Create(types_.context, "label" + std::to_string(label), &llvm_function_);
  return found;
}

/// Ends the current block and goes on at `next`, falling through if the current block is still open.
void FunctionTranslator::branch_to(llvm::BasicBlock* next) {
  if (builder_.GetInsertBlock()->getTerminator() == nullptr) builder_.CreateBr(next);
  builder_.SetInsertPoint(next);
}

llvm::BasicBlock* FunctionTranslator::new_block(const char* name) {
  return llvm::BasicBlock::Create(types_.context, name, &llvm_function_);
}

/// The budget in the context, or its low half, which is all that a 32-bit processor counts: see sign_extend_budget of the loader.
llvm::Value* FunctionTranslator::budget_in_context() {
  return builder_.CreateConstInBoundsGEP1_64(types_.i8, context_, offset_of(ContextField::Budget, module_.pointer_bytes()));
}

void FunctionTranslator::publish_budget() {
  if (budget_ == nullptr) return;
  llvm::Value* left = builder_.CreateLoad(budget_->getAllocatedType(), budget_);
  module_.annotate(builder_.CreateStore(left, budget_in_context()), Storage::Budget);
}

void FunctionTranslator::fetch_budget() {
  if (budget_ == nullptr) return;
  llvm::LoadInst* left = builder_.CreateLoad(budget_->getAllocatedType(), budget_in_context());
  module_.annotate(left, Storage::Budget);
  builder_.CreateStore(left, budget_);
}

/// budget -= weight; below zero the runtime looks at fuel, deadline and requests. It changes nothing that code reads, but the
/// budget, which therefore is read by a volatile load behind it: all else may stay in registers.
void FunctionTranslator::charge(uint32_t weight) {
  if (budget_ == nullptr || weight == 0) return;
  llvm::Type* type = budget_->getAllocatedType();
  // The runtime never leaves it negative, so a borrow tells: one instruction subtracts and compares.
  llvm::Value* difference = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::usub_with_overflow, builder_.CreateLoad(type, budget_),
                                                           llvm::ConstantInt::get(type, weight));
  builder_.CreateStore(builder_.CreateExtractValue(difference, 0), budget_);
  llvm::BasicBlock* spent = new_block("spent");
  llvm::BasicBlock* going_on = new_block();
  llvm::MDBuilder metadata(types_.context);
  llvm::BranchInst* poll =
      builder_.CreateCondBr(builder_.CreateExtractValue(difference, 1), spent, going_on, metadata.createUnlikelyBranchWeights());
  if (module_.options().interruption == Interruption::Coarse && inst_->op == ir::Op::LoopHeader)
    poll->setMetadata(kPollMark, llvm::MDNode::get(types_.context, {}));
  builder_.SetInsertPoint(spent);
  llvm::CallInst* call = call_trapping(NativeHelper::budget_spent, builder_.getInt32(inst_->offset), {});
  call->setMemoryEffects(llvm::MemoryEffects::readOnly() | llvm::MemoryEffects::inaccessibleMemOnly());
  llvm::LoadInst* granted = builder_.CreateLoad(type, budget_in_context(), true);
  module_.annotate(granted, Storage::Budget);
  builder_.CreateStore(granted, budget_);
  refresh_references();
  branch_to(going_on);
}

void FunctionTranslator::return_values(std::span<const uint32_t> operands) {
  publish_budget();
  if (type_.results.size() == 1) {
    builder_.CreateRet(read(operands[0], ir::type_of(type_.results[0])));
    return;
  }
  std::vector<llvm::Value*> values;
  for (size_t i = 0; i < operands.size(); ++i) values.push_back(read(operands[i], ir::type_of(type_.results[i])));
  if (results_ != nullptr) store_slots(results_, type_.results, values);
  builder_.CreateRetVoid();
}

bool FunctionTranslator::translate_control(const Inst& inst) {
  switch (inst.op) {
    case ir::Op::Entry: charge(inst.imm); return true;
    case ir::Op::Label: branch_to(block(inst.aux)); return true;
    case ir::Op::LoopHeader:
      branch_to(block(inst.aux));
      charge(inst.imm);
      return true;
    case ir::Op::Br: builder_.CreateBr(block(inst.aux)); return true;
    case ir::Op::BrIf:
    case ir::Op::BrUnless: {
      llvm::BasicBlock* otherwise = new_block();
      llvm::Value* condition = builder_.CreateICmpNE(read(inst.a, ir::Type::I32), builder_.getInt32(0));
      const bool if_true = inst.op == ir::Op::BrIf;
      builder_.CreateCondBr(condition, if_true ? block(inst.aux) : otherwise, if_true ? otherwise : block(inst.aux));
      builder_.SetInsertPoint(otherwise);
      return true;
    }
    case ir::Op::BrTable: {
      const std::span<const uint32_t> labels = function_.list(inst.imm);
      llvm::SwitchInst* table = builder_.CreateSwitch(read(inst.a, ir::Type::I32), block(labels.back()), static_cast<unsigned>(labels.size() - 1));
      for (uint32_t i = 0; i + 1 < labels.size(); ++i) table->addCase(builder_.getInt32(i), block(labels[i]));
      return true;
    }
    case ir::Op::Return: return_values(function_.list(inst.imm)); return true;
    case ir::Op::Unreachable: trap_always(TrapKind::Unreachable); return true;
    case ir::Op::Copy: write(inst.dst, inst.type, read(inst.a, inst.type)); return true;
    case ir::Op::Select: {
      llvm::Value* condition = builder_.CreateICmpNE(read(inst.c, ir::Type::I32), builder_.getInt32(0));
      write(inst.dst, inst.type, builder_.CreateSelect(condition, read(inst.a, inst.type), read(inst.b, inst.type)));
      return true;
    }
    default: return false;
  }
}

}  // namespace umber::aot
