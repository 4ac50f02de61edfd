// One function from IR to LLVM IR. A frame slot becomes one stack variable per type that it ever holds, which mem2reg turns into
// SSA; labels become basic blocks; everything else is a straight mapping, operation by operation, split by family over
// the translate_*.cc files. What code cannot do itself it calls through the context's table of helpers.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <map>
#include <vector>

#include "aot/compiler/module_translator.h"

namespace umber::aot {

class FunctionTranslator {
 public:
  FunctionTranslator(ModuleTranslator& module, const ir::Function& function, llvm::Function& llvm_function);
  void translate();

 private:
  using Inst = ir::Inst;

  // Frame and operands.
  llvm::AllocaInst* variable(uint32_t slot, ir::Type type);
  llvm::Value* read(ir::Operand operand, ir::Type type);
  llvm::Value* read(uint32_t operand_bits, ir::Type type) { return read(ir::Operand::of_bits(operand_bits), type); }
  llvm::Value* constant(uint32_t constant_idx, ir::Type type);
  void write(uint32_t slot, ir::Type type, llvm::Value* value);
  void enter();

  // Families; each answers whether the operation was its own.
  bool translate_control(const Inst& inst);
  bool translate_call(const Inst& inst);
  bool translate_numeric(const Inst& inst);
  bool translate_conversion(const Inst& inst);
  bool translate_memory_access(const Inst& inst);
  bool translate_bulk(const Inst& inst);
  bool translate_variable(const Inst& inst);

  // Control.
  llvm::BasicBlock* block(uint32_t label);
  void charge(uint32_t weight);
  void branch_to(llvm::BasicBlock* target);
  void trap_if(llvm::Value* condition, TrapKind kind);
  void trap_always(TrapKind kind);
  void return_values(std::span<const uint32_t> operands);

  // Calls.
  std::vector<llvm::Value*> read_arguments(const Inst& inst, const wasm::FuncType& type);
  void write_results(const Inst& inst, const wasm::FuncType& type, llvm::Value* result);
  void call_native(const Inst& inst, const wasm::FuncType& type, llvm::Value* context, llvm::FunctionCallee callee);
  llvm::Value* call_through_entry(const wasm::FuncType& type, llvm::Value* func, std::span<llvm::Value* const> arguments);
  void call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func);
  llvm::Value* call_helper(NativeHelper helper, std::initializer_list<llvm::Value*> arguments);

  // Memory.
  llvm::Value* context_field(size_t offset, llvm::Type* type);
  llvm::Value* address(const Inst& inst, unsigned access_bytes);
  ir::Type address_type_of(const wasm::Limits& limits) const;
  llvm::Value* read_index(ir::Operand operand, const wasm::Limits& limits);

  // Numbers.
  llvm::Value* divide(llvm::Instruction::BinaryOps operation, llvm::Value* a, llvm::Value* b);
  llvm::Value* truncate(llvm::Value* value, llvm::IntegerType* type, bool is_signed, bool saturates);

  ModuleTranslator& module_;
  const Types& types_;
  const ir::Function& function_;
  llvm::Function& llvm_function_;
  llvm::IRBuilder<> builder_;
  llvm::BasicBlock* entry_;
  llvm::Value* context_;
  std::map<std::pair<uint32_t, ir::Type>, llvm::AllocaInst*> variables_;
  std::vector<llvm::BasicBlock*> blocks_;
  const Inst* inst_ = nullptr;  ///< being translated: the place of traps
};

}  // namespace umber::aot
