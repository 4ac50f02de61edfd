// Calls: direct within the module, through imports, through tables and references, and tail calls.

#include <cstddef>

#include "aot/compiler/function_translator.h"

namespace umber::aot {

std::vector<llvm::Value*> FunctionTranslator::read_arguments(const Inst& inst, const wasm::FuncType& type) {
  const std::span<const uint32_t> operands = function_.list(inst.c.bits());
  std::vector<llvm::Value*> arguments;
  for (size_t i = 0; i < operands.size(); ++i) arguments.push_back(read(operands[i], ir::type_of(type.params[i])));
  return arguments;
}

void FunctionTranslator::write_results(const Inst& inst, const wasm::FuncType& type, llvm::Value* result) {
  uint32_t slot = inst.dst;
  for (unsigned i = 0; i < type.results.size(); ++i) {
    const ir::Type result_type = ir::type_of(type.results[i]);
    write(slot, result_type, type.results.size() == 1 ? result : builder_.CreateExtractValue(result, i));
    slot += ir::slots_of(result_type);
  }
}

/// Arguments into frame slots, the helper, results out of them.
llvm::Value* FunctionTranslator::call_through_entry(const wasm::FuncType& type, llvm::Value* func,
                                                    std::span<llvm::Value* const> arguments) {
  uint32_t param_slots = 0;
  uint32_t result_slots = 0;
  for (const wasm::ValType param : type.params) param_slots += param.slots();
  for (const wasm::ValType result : type.results) result_slots += result.slots();
  llvm::IRBuilder<> at_entry(entry_, entry_->begin());
  const uint32_t slots = std::max({param_slots, result_slots, 1u});
  llvm::AllocaInst* values = at_entry.CreateAlloca(llvm::ArrayType::get(types_.i64, slots));
  values->setAlignment(llvm::Align(16));
  uint32_t slot = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i64, values, slot);
    llvm::Value* value = arguments[i];
    if (value->getType() == types_.i32) value = builder_.CreateZExt(value, types_.i64);
    builder_.CreateAlignedStore(value, at, llvm::Align(8));
    slot += type.params[i].slots();
  }
  call_helper(NativeHelper::call, {func, values});
  if (type.results.empty()) return nullptr;
  llvm::Value* all = llvm::PoisonValue::get(types_.results(type));
  slot = 0;
  for (unsigned i = 0; i < type.results.size(); ++i) {
    llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i64, values, slot);
    llvm::Value* value = builder_.CreateAlignedLoad(types_.of(type.results[i]), at, llvm::Align(8));
    if (type.results.size() == 1) return value;
    all = builder_.CreateInsertValue(all, value, i);
    slot += type.results[i].slots();
  }
  return all;
}

/// A function reference: compiled code is called directly, anything else through its entry.
void FunctionTranslator::call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func) {
  const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
  const auto field = [&](size_t offset) {
    return builder_.CreateLoad(types_.ptr, builder_.CreateConstInBoundsGEP1_64(types_.i8, func, offset));
  };
  auto* direct = llvm::BasicBlock::Create(types_.context, "direct", &llvm_function_);
  auto* general = llvm::BasicBlock::Create(types_.context, "general", &llvm_function_);
  auto* done = llvm::BasicBlock::Create(types_.context, "", &llvm_function_);
  // Only functions of this very instance: another one's need its context's budget moved over.
  llvm::Value* same_instance = builder_.CreateICmpEQ(field(offsetof(Func, ctx)), context_);
  builder_.CreateCondBr(same_instance, direct, general);

  builder_.SetInsertPoint(direct);
  std::vector<llvm::Value*> with_context = {context_};
  with_context.insert(with_context.end(), arguments.begin(), arguments.end());
  llvm::Value* from_direct = builder_.CreateCall(types_.function(type), field(offsetof(Func, target)), with_context);
  llvm::BasicBlock* direct_end = builder_.GetInsertBlock();
  builder_.CreateBr(done);

  builder_.SetInsertPoint(general);
  llvm::Value* from_general = call_through_entry(type, func, arguments);
  llvm::BasicBlock* general_end = builder_.GetInsertBlock();
  builder_.CreateBr(done);

  builder_.SetInsertPoint(done);
  if (type.results.empty()) return;
  llvm::PHINode* result = builder_.CreatePHI(types_.results(type), 2);
  result->addIncoming(from_direct, direct_end);
  result->addIncoming(from_general, general_end);
  write_results(inst, type, result);
}

bool FunctionTranslator::translate_call(const Inst& inst) {
  const wasm::Module& wasm = module_.wasm();
  switch (inst.op) {
    case ir::Op::Call: {
      const wasm::FuncType& type = wasm.func_type(inst.imm);
      std::vector<llvm::Value*> arguments = read_arguments(inst, type);
      if (wasm.is_imported_func(inst.imm)) {
        llvm::Value* imports = context_field(offsetof(VmContext, imported_funcs), types_.ptr);
        llvm::Value* func = builder_.CreateLoad(types_.ptr, builder_.CreateConstInBoundsGEP1_64(types_.ptr, imports, inst.imm));
        write_results(inst, type, call_through_entry(type, func, arguments));
        return true;
      }
      arguments.insert(arguments.begin(), context_);
      write_results(inst, type, builder_.CreateCall(module_.function(inst.imm), arguments));
      return true;
    }
    case ir::Op::CallIndirect: {
      llvm::Value* element = read_index(inst.a, wasm.tables[inst.imm].type.limits);
      llvm::Value* func = call_helper(NativeHelper::indirect_callee, {builder_.getInt32(inst.imm), element, builder_.getInt32(inst.aux)});
      call_func(inst, wasm.types[inst.aux].func, func);
      return true;
    }
    case ir::Op::CallRef: {
      llvm::Value* ref = read(inst.a, ir::Type::Ref);
      trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(0)), TrapKind::NullFunctionReference);
      call_func(inst, wasm.types[inst.aux].func, builder_.CreateIntToPtr(ref, types_.ptr));
      return true;
    }
    default: return false;
  }
}

}  // namespace umber::aot
