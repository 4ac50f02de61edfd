// Labels, branches, fuel, return and select.

#include <llvm/IR/MDBuilder.h>

#include "aot/compiler/function_translator.h"

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

void FunctionTranslator::publish_budget() {
  if (budget_ == nullptr) return;
  llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i8, context_, offset_of(ContextField::Budget, module_.pointer_bytes()));
  module_.annotate(builder_.CreateStore(builder_.CreateLoad(types_.i64, budget_), at), Storage::Budget);
}

void FunctionTranslator::fetch_budget() {
  if (budget_ == nullptr) return;
  const uint32_t offset = offset_of(ContextField::Budget, module_.pointer_bytes());
  builder_.CreateStore(load_field(context_, offset, types_.i64, Storage::Budget, false), budget_);
}

/// budget -= weight; below zero the runtime looks at fuel, deadline and requests.
void FunctionTranslator::charge(uint32_t weight) {
  if (budget_ == nullptr || weight == 0) return;
  llvm::Value* left = builder_.CreateSub(builder_.CreateLoad(types_.i64, budget_), builder_.getInt64(weight));
  builder_.CreateStore(left, budget_);
  llvm::BasicBlock* spent = new_block("spent");
  llvm::BasicBlock* going_on = new_block();
  llvm::MDBuilder metadata(types_.context);
  builder_.CreateCondBr(builder_.CreateICmpSLT(left, builder_.getInt64(0)), spent, going_on, metadata.createUnlikelyBranchWeights());
  builder_.SetInsertPoint(spent);
  call_trapping(NativeHelper::budget_spent, {});
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
