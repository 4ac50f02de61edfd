// One function from IR to LLVM IR. A frame slot becomes one stack variable per type that it ever holds, which mem2reg turns into
// SSA; labels become basic blocks; everything else is a straight mapping, operation by operation, split by family over
// the translate_*.cc files. What code cannot do itself it calls through the context's table of helpers.
//
// The budget is such a variable too, so that a loop counts it down in a register; it is in the context whenever anything else
// may look at it: around calls and at the end.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <unordered_map>
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
  [[nodiscard]] bool needs_stack_check() const;
  void check_stack();

  // Families; each answers whether the operation was its own.
  bool translate_control(const Inst& inst);
  bool translate_call(const Inst& inst);
  bool translate_tail_call(const Inst& inst);
  bool translate_numeric(const Inst& inst);
  bool translate_float(const Inst& inst);
  bool translate_conversion(const Inst& inst);
  bool translate_wide(const Inst& inst);
  bool translate_memory_access(const Inst& inst);
  bool translate_bulk(const Inst& inst);
  bool translate_table(const Inst& inst);
  bool translate_variable(const Inst& inst);
  bool translate_lanes(const Inst& inst);
  bool translate_vector_integer(const Inst& inst);
  bool translate_vector_float(const Inst& inst);
  bool translate_vector_memory(const Inst& inst);
  bool translate_object_access(const Inst& inst);
  bool translate_allocation(const Inst& inst);
  bool translate_array_range(const Inst& inst);
  bool translate_cast(const Inst& inst);
  bool translate_exception(const Inst& inst);
  bool translate_atomic_access(const Inst& inst);
  bool translate_waiting(const Inst& inst);

  // Control.
  llvm::BasicBlock* new_block(const char* name = "");
  llvm::BasicBlock* block(uint32_t label);
  void charge(uint32_t weight);
  void branch_to(llvm::BasicBlock* target);
  void trap_if(llvm::Value* condition, TrapKind kind);
  void trap_always(TrapKind kind);
  llvm::BasicBlock* trap_block(TrapKind kind);
  void return_values(std::span<const uint32_t> operands);

  // Budget.
  llvm::Value* budget_in_context();
  void publish_budget();
  void fetch_budget();

  // Calls.
  std::vector<llvm::Value*> read_arguments(const Inst& inst, const wasm::FuncType& type);
  llvm::Value* frame_slots(uint32_t slots);
  void store_slots(llvm::Value* slots, std::span<const wasm::ValType> types, std::span<llvm::Value* const> values);
  void load_slots(llvm::Value* slots, std::span<const wasm::ValType> types, uint32_t dst);
  void call_native(const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments, uint32_t dst, bool may_throw,
                   bool is_charged = true, llvm::Value* index = nullptr);
  void tail_call_native(const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments);
  void call_import(const Inst& inst, const wasm::FuncType& type, std::span<llvm::Value* const> arguments);
  void call_through_entry(const wasm::FuncType& type, llvm::Value* func, std::span<llvm::Value* const> arguments, uint32_t dst);
  void return_through_entry(const wasm::FuncType& type, llvm::Value* func, std::span<llvm::Value* const> arguments);
  llvm::Value* is_own(llvm::Value* func);
  llvm::Value* native_code(llvm::Value* func);
  void call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func);
  void tail_call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func);
  void call_indirect(const Inst& inst);
  void return_call_indirect(const Inst& inst);
  void call_known(const Inst& inst, const wasm::FuncType& type, llvm::BasicBlock* done);
  llvm::Value* constant_element(const Inst& inst, llvm::GlobalVariable* elements);
  llvm::Value* constant_callee(const Inst& inst, llvm::GlobalVariable* elements, llvm::BasicBlock* otherwise);
  llvm::Value* table_callee(const Inst& inst);
  llvm::Value* ref_callee(const Inst& inst);
  llvm::CallInst* call_helper(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments);
  llvm::CallInst* call_trapping(NativeHelper helper, llvm::Value* offset, llvm::ArrayRef<llvm::Value*> arguments);
  /// At the instruction being translated; the budget is in the context meanwhile.
  void call_trapping(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments);
  /// Behind a helper that takes long and cannot end the run itself.
  void check_requests();

  // Memory.
  llvm::LoadInst* load_field(llvm::Value* object, uint32_t offset, llvm::Type* type, Storage storage, bool invariant);
  llvm::LoadInst* context_field(ContextField field, llvm::Type* type, bool invariant = true);
  /// Element `idx` of an array of pointers that the context points at.
  llvm::LoadInst* context_entry(ContextField array, uint32_t idx);
  llvm::Value* memory_size(uint32_t memory, llvm::Type* type);
  llvm::Value* memory_base(uint32_t memory);
  void check_bounds(uint32_t memory, llvm::Value* index, uint64_t offset, unsigned bytes);
  llvm::Value* effective_address(const Inst& inst, unsigned access_bytes);
  llvm::Value* load(const Inst& inst, llvm::Type* type);
  void store(const Inst& inst, llvm::Value* value);
  ir::Type address_type_of(const wasm::Limits& limits) const;
  llvm::Value* read_index(ir::Operand operand, const wasm::Limits& limits);
  void write_index(uint32_t dst, llvm::Value* value, const wasm::Limits& limits);
  llvm::Value* table_element(uint32_t table, llvm::Value* index, TrapKind trap_beyond);

  // Objects.
  /// How accesses after a collection are kept from using addresses computed before it.
  enum class Refresh : uint8_t { Never, AfterCalls, AtAccesses };
  void plan_references();
  llvm::Value* refresh(llvm::Value* ref, bool is_pinned);
  void refresh_references();
  llvm::Value* object_address(llvm::Value* ref, TrapKind kind);
  llvm::Value* array_length(llvm::Value* object);
  llvm::Value* element_address(const Inst& inst);
  llvm::Value* struct_field_address(const Inst& inst);
  llvm::Type* stored_type(wasm::ValType type) const;
  void load_object(const Inst& inst, llvm::Value* at, wasm::ValType stored, bool is_signed);
  void store_object(llvm::Value* at, wasm::ValType stored, llvm::Value* value);
  llvm::Value* read_stored(ir::Operand operand, wasm::ValType stored);
  llvm::Value* new_object(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments);
  llvm::Value* in_slots(llvm::Value* value, wasm::ValType stored);
  void new_struct(const Inst& inst);
  void new_fixed_array(const Inst& inst);
  llvm::Value* has_exact_type(llvm::Value* ref, uint32_t type_idx, llvm::BasicBlock* otherwise);
  llvm::Value* is_of_type(llvm::Value* ref, wasm::HeapType type);
  llvm::Value* passes(const Inst& inst, llvm::Value* ref);

  // Exceptions.
  void plan_handlers();
  void enter_handlers(uint32_t inst_idx);
  llvm::BasicBlock* landing_of(uint32_t handler);
  void check_thrown();
  void thrown();
  void emit_clause(const ir::Catch& clause, llvm::BasicBlock* otherwise);
  void emit_landings();

  // Atomics.
  llvm::Value* wide_address(const Inst& inst);
  void check_aligned(const Inst& inst, unsigned bytes);
  llvm::Value* access_atomically(const Inst& inst, AtomicOperation operation, llvm::Value* value, llvm::Value* replacement, unsigned bytes);

  // Numbers; scalars or vectors.
  enum class FloatOperation : uint8_t { Add, Sub, Mul, Div, Min, Max, Pmin, Pmax, Copysign, Abs, Neg, Ceil, Floor, Trunc, Nearest, Sqrt };
  llvm::Value* divide(llvm::Instruction::BinaryOps operation, llvm::Value* a, llvm::Value* b);
  llvm::Value* truncate(llvm::Value* value, llvm::IntegerType* type, bool is_signed);
  llvm::Value* truncate_saturating(llvm::Value* value, llvm::Type* type, bool is_signed);
  llvm::Value* demote(llvm::Value* value, llvm::Type* type);
  llvm::Value* fence(llvm::Value* value);
  llvm::Value* float_arithmetic(llvm::Instruction::BinaryOps operation, llvm::Value* a, llvm::Value* b);
  llvm::Value* round_to_integer(llvm::Intrinsic::ID intrinsic, llvm::Value* a);
  llvm::Value* float_minimum(llvm::Value* a, llvm::Value* b, bool is_maximum);
  llvm::Value* float_operation(FloatOperation operation, llvm::Value* a, llvm::Value* b);

  // Vectors.
  llvm::FixedVectorType* lanes(llvm::Type* lane) const;
  llvm::Value* read_lanes(ir::Operand operand, llvm::Type* lane);
  bool write_lanes(const Inst& inst, llvm::Value* vector);
  llvm::Value* half(llvm::Value* vector, bool high);
  llvm::Value* widen(llvm::Value* vector, bool is_signed);
  llvm::Value* add_neighbours(llvm::Value* vector);
  llvm::Value* narrow(llvm::Value* vector, bool to_signed);
  llvm::Value* swizzle(llvm::Value* a, llvm::Value* indices);

  ModuleTranslator& module_;
  const Types& types_;
  const ir::Function& function_;
  const wasm::FuncType& type_;
  llvm::Function& llvm_function_;
  llvm::DISubprogram* debug_scope_;
  llvm::IRBuilder<> builder_;
  llvm::BasicBlock* entry_;
  llvm::Value* context_;
  llvm::Value* results_ = nullptr;       ///< where several results go
  llvm::AllocaInst* budget_ = nullptr;   ///< null when it is not charged
  std::unordered_map<uint64_t, llvm::AllocaInst*> variables_;
  std::vector<llvm::AllocaInst*> references_;  ///< the variables of references
  Refresh refresh_ = Refresh::Never;
  std::vector<llvm::BasicBlock*> blocks_;
  /// A handler range: the one around it, and the block where its exceptions land, null if none can.
  struct Handler {
    uint32_t outer = wasm::kNoIndex;
    llvm::BasicBlock* landing = nullptr;
  };
  std::vector<Handler> handlers_;
  std::vector<uint32_t> handler_order_;  ///< as they are entered
  uint32_t next_handler_ = 0;            ///< in handler_order_
  uint32_t handler_ = wasm::kNoIndex;    ///< the innermost around inst_
  std::vector<uint32_t> landings_;       ///< still to be emitted
  llvm::BasicBlock* leaves_ = nullptr;   ///< leaves the function with an exception
  const Inst* inst_ = nullptr;  ///< being translated: the place of traps
};

}  // namespace umber::aot
