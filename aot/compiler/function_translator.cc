#include "aot/compiler/function_translator.h"

#include <llvm/IR/MDBuilder.h>

#include <cstddef>

namespace umber::aot {

FunctionTranslator::FunctionTranslator(ModuleTranslator& module, const ir::Function& function, llvm::Function& llvm_function)
    : module_(module),
      types_(module.types()),
      function_(function),
      llvm_function_(llvm_function),
      builder_(module.types().context),
      entry_(llvm::BasicBlock::Create(module.types().context, "entry", &llvm_function)),
      context_(llvm_function.getArg(0)),
      blocks_(function.labels.size()) {}

void FunctionTranslator::translate() {
  enter();
  for (const ir::Inst& inst : function_.insts) {
    inst_ = &inst;
    const bool done = translate_control(inst) || translate_call(inst) || translate_variable(inst) || translate_numeric(inst) ||
                      translate_conversion(inst) || translate_memory_access(inst) || translate_bulk(inst);
    if (!done) trap_always(TrapKind::Unsupported);
  }
  // What follows a trap or a branch without a label is never reached.
  for (llvm::BasicBlock& block : llvm_function_)
    if (block.getTerminator() == nullptr) new llvm::UnreachableInst(types_.context, &block);
}

/// Variables live in `entry`, code starts in a block of its own behind it.
void FunctionTranslator::enter() {
  builder_.SetInsertPoint(llvm::BasicBlock::Create(types_.context, "body", &llvm_function_));
  uint32_t slot = 0;
  const size_t param_count = module_.wasm().func_type(function_.func_idx).params.size();
  for (size_t i = 0; i < function_.locals.size(); ++i) {
    const ir::Type type = ir::type_of(function_.locals[i]);
    llvm::Value* initial = llvm::Constant::getNullValue(types_.of(type));
    if (i < param_count) initial = llvm_function_.getArg(static_cast<unsigned>(i) + 1);
    write(slot, type, initial);
    slot += ir::slots_of(type);
  }
  llvm::IRBuilder<> at_entry(entry_);
  at_entry.CreateBr(builder_.GetInsertBlock());
}

llvm::AllocaInst* FunctionTranslator::variable(uint32_t slot, ir::Type type) {
  llvm::AllocaInst*& variable = variables_[{slot, type}];
  if (variable == nullptr) {
    llvm::IRBuilder<> at_entry(entry_, entry_->begin());
    variable = at_entry.CreateAlloca(types_.of(type));
  }
  return variable;
}

llvm::Value* FunctionTranslator::constant(uint32_t constant_idx, ir::Type type) {
  const uint64_t low = function_.constants[constant_idx];
  switch (type) {
    case ir::Type::I32: return builder_.getInt32(static_cast<uint32_t>(low));
    case ir::Type::I64:
    case ir::Type::Ref: return builder_.getInt64(low);
    case ir::Type::F32:
      return llvm::ConstantFP::get(types_.context, llvm::APFloat(llvm::APFloat::IEEEsingle(), llvm::APInt(32, static_cast<uint32_t>(low))));
    case ir::Type::F64: return llvm::ConstantFP::get(types_.context, llvm::APFloat(llvm::APFloat::IEEEdouble(), llvm::APInt(64, low)));
    case ir::Type::V128: {
      const uint64_t halves[] = {low, function_.constants[constant_idx + 1]};
      return llvm::ConstantExpr::getBitCast(llvm::ConstantDataVector::get(types_.context, llvm::ArrayRef<uint64_t>(halves)), types_.v128);
    }
  }
  return nullptr;
}

llvm::Value* FunctionTranslator::read(ir::Operand operand, ir::Type type) {
  if (operand.is_constant()) return constant(operand.constant_idx(), type);
  return builder_.CreateLoad(types_.of(type), variable(operand.slot(), type));
}

void FunctionTranslator::write(uint32_t slot, ir::Type type, llvm::Value* value) {
  builder_.CreateStore(value, variable(slot, type));
}

llvm::Value* FunctionTranslator::context_field(size_t offset, llvm::Type* type) {
  llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i8, context_, offset);
  return builder_.CreateLoad(type, at);
}

llvm::Value* FunctionTranslator::call_helper(NativeHelper helper, std::initializer_list<llvm::Value*> arguments) {
  const unsigned pointer_bytes = module_.llvm().getDataLayout().getPointerSize();
  llvm::Value* table = context_field(offsetof(VmContext, helpers), types_.ptr);
  llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i8, table, static_cast<uint64_t>(helper) * pointer_bytes);
  llvm::Value* callee = builder_.CreateLoad(types_.ptr, at);
  std::vector<llvm::Value*> all = {context_, builder_.getInt64(guest_place(function_.func_idx, inst_->offset))};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return builder_.CreateCall(module_.helper_type(helper), callee, all);
}

void FunctionTranslator::trap_always(TrapKind kind) {
  call_helper(NativeHelper::trap, {builder_.getInt32(static_cast<uint32_t>(kind))});
  builder_.CreateUnreachable();
  builder_.SetInsertPoint(llvm::BasicBlock::Create(types_.context, "dead", &llvm_function_));
}

void FunctionTranslator::trap_if(llvm::Value* condition, TrapKind kind) {
  auto* trapping = llvm::BasicBlock::Create(types_.context, "trap", &llvm_function_);
  auto* going_on = llvm::BasicBlock::Create(types_.context, "", &llvm_function_);
  llvm::MDBuilder metadata(types_.context);
  builder_.CreateCondBr(condition, trapping, going_on, metadata.createUnlikelyBranchWeights());
  builder_.SetInsertPoint(trapping);
  call_helper(NativeHelper::trap, {builder_.getInt32(static_cast<uint32_t>(kind))});
  builder_.CreateUnreachable();
  builder_.SetInsertPoint(going_on);
}

}  // namespace umber::aot
