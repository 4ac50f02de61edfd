// Calls: direct within the module, through imports, through tables and references, and tail calls. A function reference may
// belong to anybody: code of this very instance is called as a native function, everything else through Func::entry.

#include <llvm/IR/MDBuilder.h>

#include <algorithm>

#include "aot/compiler/function_translator.h"
#include "aot/compiler/import_stubs.h"

namespace umber::aot {
namespace {

constexpr uint32_t kOften = 1000;  ///< weight of a callee that is known, against 1 for all else

uint32_t slots_of(std::span<const wasm::ValType> types) {
  uint32_t slots = 0;
  for (const wasm::ValType type : types) slots += type.slots();
  return slots;
}

}  // namespace

std::vector<llvm::Value*> FunctionTranslator::read_arguments(const Inst& inst, const wasm::FuncType& type) {
  const std::span<const uint32_t> operands = function_.list(inst.c.bits());
  std::vector<llvm::Value*> arguments;
  for (size_t i = 0; i < operands.size(); ++i) arguments.push_back(read(operands[i], ir::type_of(type.params[i])));
  return arguments;
}

/// Room on the machine stack for values that travel in frame slots.
llvm::Value* FunctionTranslator::frame_slots(uint32_t slots) {
  llvm::IRBuilder<> at_entry(entry_, entry_->begin());
  llvm::AllocaInst* room = at_entry.CreateAlloca(llvm::ArrayType::get(types_.i64, std::max(slots, 1u)));
  room->setAlignment(llvm::Align(8));
  return room;
}

void FunctionTranslator::store_slots(llvm::Value* slots, std::span<const wasm::ValType> types, std::span<llvm::Value* const> values) {
  uint32_t slot = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    llvm::Value* value = values[i];
    if (value->getType() == types_.i32) value = builder_.CreateZExt(value, types_.i64);
    builder_.CreateAlignedStore(value, builder_.CreateConstInBoundsGEP1_64(types_.i64, slots, slot), llvm::Align(8));
    slot += types[i].slots();
  }
}

void FunctionTranslator::load_slots(llvm::Value* slots, std::span<const wasm::ValType> types, uint32_t dst) {
  uint32_t slot = 0;
  for (const wasm::ValType type : types) {
    llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i64, slots, slot);
    write(dst + slot, ir::type_of(type), builder_.CreateAlignedLoad(types_.of(type), at, llvm::Align(8)));
    slot += type.slots();
  }
}

void FunctionTranslator::call_native(const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments, uint32_t dst,
                                     bool may_throw, bool is_charged, llvm::Value* index) {
  std::vector<llvm::Value*> all = {context_};
  llvm::Value* results = type.results.size() > 1 ? frame_slots(slots_of(type.results)) : nullptr;
  if (results != nullptr) all.push_back(results);
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (is_charged) publish_budget();
  llvm::CallInst* call = module_.call(builder_, type, code, all, index);
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);  // every call is a frame of the backtrace
  if (is_charged) fetch_budget();
  refresh_references();
  if (may_throw) check_thrown();
  if (type.results.size() == 1) write(dst, ir::type_of(type.results[0]), call);
  if (results != nullptr) load_slots(results, type.results, dst);
}

/// The callee's results are this function's, so they go where this function's go.
void FunctionTranslator::tail_call_native(const wasm::FuncType& type, llvm::Value* code, std::span<llvm::Value* const> arguments) {
  std::vector<llvm::Value*> all = {context_};
  if (results_ != nullptr) all.push_back(results_);
  all.insert(all.end(), arguments.begin(), arguments.end());
  publish_budget();
  llvm::CallInst* call = module_.call(builder_, type, code, all);
  call->setTailCallKind(module_.convention() == llvm::CallingConv::Tail ? llvm::CallInst::TCK_MustTail : llvm::CallInst::TCK_Tail);
  if (call->getType()->isVoidTy()) {
    builder_.CreateRetVoid();
  } else {
    builder_.CreateRet(call);
  }
}

void FunctionTranslator::call_through_entry(const wasm::FuncType& type, llvm::Value* func, std::span<llvm::Value* const> arguments,
                                            uint32_t dst) {
  llvm::Value* values = frame_slots(std::max(slots_of(type.params), slots_of(type.results)));
  store_slots(values, type.params, arguments);
  call_trapping(NativeHelper::call, {func, values});
  refresh_references();
  check_thrown();
  load_slots(values, type.results, dst);
}

void FunctionTranslator::call_import(const Inst& inst, const wasm::FuncType& type, std::span<llvm::Value* const> arguments) {
  if (!module_.options().small_code || !has_import_stub(module_.wasm(), inst.imm, module_.pointer_bytes()))
    return call_through_entry(type, context_entry(ContextField::ImportedFuncs, inst.imm), arguments, inst.dst);
  publish_budget();
  llvm::Value* result = module_.call_import(builder_, inst.imm, arguments, context_);
  fetch_budget();
  refresh_references();
  check_thrown();
  if (!type.results.empty()) write(inst.dst, ir::type_of(type.results[0]), builder_.CreateBitCast(result, types_.of(type.results[0])));
}

/// A tail call that leaves the instance takes native stack until it returns.
void FunctionTranslator::return_through_entry(const wasm::FuncType& type, llvm::Value* func, std::span<llvm::Value* const> arguments) {
  llvm::Value* values = frame_slots(std::max(slots_of(type.params), slots_of(type.results)));
  store_slots(values, type.params, arguments);
  call_trapping(NativeHelper::call, {func, values});
  publish_budget();
  if (type.results.size() == 1) {
    builder_.CreateRet(builder_.CreateAlignedLoad(types_.of(type.results[0]), values, llvm::Align(8)));
    return;
  }
  for (uint32_t slot = 0; results_ != nullptr && slot < slots_of(type.results); ++slot) {
    llvm::Value* value = builder_.CreateAlignedLoad(types_.i64, builder_.CreateConstInBoundsGEP1_64(types_.i64, values, slot), llvm::Align(8));
    builder_.CreateAlignedStore(value, builder_.CreateConstInBoundsGEP1_64(types_.i64, results_, slot), llvm::Align(8));
  }
  builder_.CreateRetVoid();
}

/// Whether a function is of this very instance. Another one's needs the budget moved to its context.
llvm::Value* FunctionTranslator::is_own(llvm::Value* func) {
  llvm::Value* owner = load_field(func, offset_of(FuncField::Ctx, module_.pointer_bytes()), types_.ptr, Storage::Runtime, true);
  return builder_.CreateICmpEQ(owner, context_);
}

llvm::Value* FunctionTranslator::native_code(llvm::Value* func) {
  return load_field(func, offset_of(FuncField::Target, module_.pointer_bytes()), types_.ptr, Storage::Runtime, true);
}

void FunctionTranslator::call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func) {
  const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
  llvm::BasicBlock* own = new_block("own");
  llvm::BasicBlock* other = new_block("other");
  llvm::BasicBlock* done = new_block();
  builder_.CreateCondBr(is_own(func), own, other);
  builder_.SetInsertPoint(own);
  call_native(type, native_code(func), arguments, inst.dst, true);
  builder_.CreateBr(done);
  builder_.SetInsertPoint(other);
  call_through_entry(type, func, arguments, inst.dst);
  branch_to(done);
}

void FunctionTranslator::tail_call_func(const Inst& inst, const wasm::FuncType& type, llvm::Value* func) {
  const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
  llvm::BasicBlock* own = new_block("own");
  llvm::BasicBlock* other = new_block("other");
  builder_.CreateCondBr(is_own(func), own, other);
  builder_.SetInsertPoint(own);
  tail_call_native(type, native_code(func), arguments);
  builder_.SetInsertPoint(other);
  return_through_entry(type, func, arguments);
}

llvm::Value* FunctionTranslator::constant_element(const Inst& inst, llvm::GlobalVariable* elements) {
  return builder_.CreateGEP(types_.i64, elements, read_index(inst.a, module_.wasm().tables[inst.imm].type.limits));
}

/// Through a table that never changes: continues in a block where the element has exactly this type, and returns its code.
/// The insertion point afterwards is that block; `otherwise` is where all else goes, to be checked like any table's.
llvm::Value* FunctionTranslator::constant_callee(const Inst& inst, llvm::GlobalVariable* elements, llvm::BasicBlock* otherwise) {
  llvm::Value* index = read_index(inst.a, module_.wasm().tables[inst.imm].type.limits);
  trap_if(builder_.CreateICmpUGE(index, builder_.getInt64(module_.constant_table_size(inst.imm))), TrapKind::UndefinedElement);
  llvm::Value* element = constant_element(inst, elements);
  llvm::BasicBlock* matches = new_block("known");
  llvm::Value* type_idx = load_field(element, 0, types_.i32, Storage::Runtime, true);
  builder_.CreateCondBr(builder_.CreateICmpEQ(type_idx, builder_.getInt32(module_.wasm().types[inst.aux].canonical)), matches, otherwise);
  builder_.SetInsertPoint(matches);
  llvm::Value* distance = load_field(element, 4, types_.i32, Storage::Runtime, true);
  return builder_.CreateGEP(types_.i8, elements, module_.pointer_bytes() == 8 ? builder_.CreateSExt(distance, types_.i64) : distance);
}

/// Direct calls of the few functions that an element can be; continues where it is none of them.
void FunctionTranslator::call_known(const Inst& inst, const wasm::FuncType& type, llvm::BasicBlock* done) {
  const std::span<const KnownCallee> callees = module_.take_known_callees(inst.imm, inst.aux, function_.func_idx);
  if (callees.empty()) return;
  llvm::Value* index = read(inst.a, address_type_of(module_.wasm().tables[inst.imm].type.limits));
  const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
  llvm::BasicBlock* unknown = new_block("unknown");
  llvm::SwitchInst* cases = builder_.CreateSwitch(index, unknown, static_cast<unsigned>(callees.size()));
  std::vector<uint32_t> weights = {1};
  for (const KnownCallee& callee : callees) {
    llvm::BasicBlock* known = new_block("callee");
    cases->addCase(llvm::cast<llvm::ConstantInt>(llvm::ConstantInt::get(index->getType(), callee.index)), known);
    weights.push_back(kOften);
    builder_.SetInsertPoint(known);
    call_native(type, module_.function(callee.func_idx), arguments, inst.dst, module_.may_throw(callee.func_idx), !module_.is_uncharged(callee.func_idx));
    builder_.CreateBr(done);
  }
  cases->setMetadata(llvm::LLVMContext::MD_prof, llvm::MDBuilder(types_.context).createBranchWeights(weights));
  builder_.SetInsertPoint(unknown);
}

void FunctionTranslator::call_indirect(const Inst& inst) {
  const wasm::FuncType& type = module_.wasm().types[inst.aux].func;
  llvm::GlobalVariable* elements = module_.constant_table(inst.imm);
  if (elements == nullptr) return call_func(inst, type, table_callee(inst));
  if (llvm::Value* routine = module_.table_routine(inst.imm, inst.aux)) {
    llvm::Value* index = builder_.CreateIntToPtr(read(inst.a, ir::Type::I32), types_.ptr);  // LLVM wants a pointer
    return call_native(type, routine, read_arguments(inst, type), inst.dst, true, true, index);
  }
  llvm::BasicBlock* otherwise = new_block("otherwise");
  llvm::BasicBlock* done = new_block();
  call_known(inst, type, done);
  llvm::Value* code = constant_callee(inst, elements, otherwise);
  call_native(type, code, read_arguments(inst, type), inst.dst, true);
  builder_.CreateBr(done);
  builder_.SetInsertPoint(otherwise);
  if (module_.is_plain(inst.imm)) {
    // Null, or of another type, and the constant tells which.
    llvm::Value* type_idx = load_field(constant_element(inst, elements), 0, types_.i32, Storage::Runtime, true);
    trap_if(builder_.CreateICmpEQ(type_idx, builder_.getInt32(wasm::kNoIndex)), TrapKind::UninitializedElement);
    builder_.CreateBr(trap_block(TrapKind::IndirectCallTypeMismatch));
    builder_.SetInsertPoint(done);
    return;
  }
  call_func(inst, type, table_callee(inst));
  branch_to(done);
}

void FunctionTranslator::return_call_indirect(const Inst& inst) {
  const wasm::FuncType& type = module_.wasm().types[inst.aux].func;
  if (llvm::GlobalVariable* elements = module_.constant_table(inst.imm)) {
    llvm::BasicBlock* otherwise = new_block("otherwise");
    llvm::Value* code = constant_callee(inst, elements, otherwise);
    tail_call_native(type, code, read_arguments(inst, type));
    builder_.SetInsertPoint(otherwise);
  }
  tail_call_func(inst, type, table_callee(inst));
}

/// The function in a table's element, its type checked: equal types at once, subtypes by the runtime.
llvm::Value* FunctionTranslator::table_callee(const Inst& inst) {
  const wasm::Table& table = module_.wasm().tables[inst.imm];
  llvm::Value* at = table_element(inst.imm, read_index(inst.a, table.type.limits), TrapKind::UndefinedElement);
  llvm::Value* ref = load_field(at, 0, types_.i64, Storage::Runtime, false);
  trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), TrapKind::UninitializedElement);
  llvm::Value* func = builder_.CreateIntToPtr(ref, types_.ptr);
  llvm::Value* type_id = load_field(func, offset_of(FuncField::TypeId, module_.pointer_bytes()), types_.i32, Storage::Runtime, true);
  llvm::Value* expected = load_field(context_field(ContextField::TypeIds, types_.ptr), inst.aux * 4, types_.i32, Storage::Context, true);
  llvm::BasicBlock* differs = new_block("differs");
  llvm::BasicBlock* matches = new_block();
  builder_.CreateCondBr(builder_.CreateICmpEQ(type_id, expected), matches, differs);
  builder_.SetInsertPoint(differs);
  call_trapping(NativeHelper::check_type, {func, builder_.getInt32(inst.aux)});
  branch_to(matches);
  return func;
}

llvm::Value* FunctionTranslator::ref_callee(const Inst& inst) {
  llvm::Value* ref = read(inst.a, ir::Type::Ref);
  trap_if(builder_.CreateICmpEQ(ref, builder_.getInt64(kNullRef)), TrapKind::NullFunctionReference);
  return builder_.CreateIntToPtr(ref, types_.ptr);
}

bool FunctionTranslator::translate_call(const Inst& inst) {
  const wasm::Module& wasm = module_.wasm();
  switch (inst.op) {
    case ir::Op::Call: {
      const wasm::FuncType& type = wasm.func_type(inst.imm);
      const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
      if (wasm.is_imported_func(inst.imm)) {
        call_import(inst, type, arguments);
      } else {
        call_native(type, module_.function(inst.imm), arguments, inst.dst, module_.may_throw(inst.imm), !module_.is_uncharged(inst.imm));
      }
      return true;
    }
    case ir::Op::CallIndirect: call_indirect(inst); return true;
    case ir::Op::CallRef: call_func(inst, wasm.types[inst.aux].func, ref_callee(inst)); return true;
    default: return false;
  }
}

bool FunctionTranslator::translate_tail_call(const Inst& inst) {
  const wasm::Module& wasm = module_.wasm();
  switch (inst.op) {
    case ir::Op::ReturnCall: {
      const wasm::FuncType& type = wasm.func_type(inst.imm);
      const std::vector<llvm::Value*> arguments = read_arguments(inst, type);
      if (wasm.is_imported_func(inst.imm)) {
        return_through_entry(type, context_entry(ContextField::ImportedFuncs, inst.imm), arguments);
      } else {
        tail_call_native(type, module_.function(inst.imm), arguments);
      }
      return true;
    }
    case ir::Op::ReturnCallIndirect: return_call_indirect(inst); return true;
    case ir::Op::ReturnCallRef: tail_call_func(inst, wasm.types[inst.aux].func, ref_callee(inst)); return true;
    default: return false;
  }
}

}  // namespace umber::aot
