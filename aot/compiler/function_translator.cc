#include "aot/compiler/function_translator.h"

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/MDBuilder.h>

#include <algorithm>

#include "aot/compiler/stack_checks.h"

namespace umber::aot {

FunctionTranslator::FunctionTranslator(ModuleTranslator& module, const ir::Function& function, llvm::Function& llvm_function)
    : module_(module),
      types_(module.types()),
      function_(function),
      type_(module.wasm().func_type(function.func_idx)),
      llvm_function_(llvm_function),
      debug_scope_(module.debug_scope(function.func_idx, llvm_function)),
      builder_(module.types().context),
      entry_(llvm::BasicBlock::Create(module.types().context, "entry", &llvm_function)),
      context_(module.context_in(llvm_function, *entry_)),
      blocks_(function.labels.size()) {
  if (type_.results.size() > 1) results_ = llvm_function.getArg(module.first_parameter());
}

void FunctionTranslator::translate() {
  builder_.SetCurrentDebugLocation(llvm::DILocation::get(types_.context, module_.wasm().functions[function_.func_idx].body.offset, 0, debug_scope_));
  plan_references();
  plan_handlers();
  enter();
  for (const ir::Inst& inst : function_.insts) {
    inst_ = &inst;
    enter_handlers(static_cast<uint32_t>(&inst - function_.insts.data()));
    builder_.SetCurrentDebugLocation(llvm::DILocation::get(types_.context, inst.offset, 0, debug_scope_));
    const bool done = translate_control(inst) || translate_call(inst) || translate_tail_call(inst) || translate_variable(inst) ||
                      translate_numeric(inst) || translate_float(inst) || translate_conversion(inst) || translate_wide(inst) || translate_memory_access(inst) ||
                      translate_bulk(inst) || translate_table(inst) || translate_lanes(inst) || translate_vector_integer(inst) ||
                      translate_vector_float(inst) || translate_vector_memory(inst) || translate_object_access(inst) ||
                      translate_allocation(inst) || translate_array_range(inst) || translate_cast(inst) || translate_exception(inst) ||
                      translate_atomic_access(inst) || translate_waiting(inst);
    if (!done) trap_always(TrapKind::Unsupported);
  }
  emit_landings();
  // What follows a trap or a branch without a label is never reached.
  for (llvm::BasicBlock& block : llvm_function_)
    if (block.getTerminator() == nullptr) new llvm::UnreachableInst(types_.context, &block);
}

/// Variables live in `entry`, code starts in a block of its own behind it.
void FunctionTranslator::enter() {
  builder_.SetInsertPoint(new_block("body"));
  if (module_.options().charges_budget() && !module_.is_uncharged(function_.func_idx)) {
    llvm::IRBuilder<> at_entry(entry_);
    // The runtime keeps it within 32 bits, so a 32-bit processor counts the low half down.
    budget_ = at_entry.CreateAlloca(module_.pointer_bytes() == 8 ? types_.i64 : types_.i32, nullptr, "budget");
    fetch_budget();
  }
  const unsigned first_param = module_.first_parameter() + (results_ == nullptr ? 0 : 1);
  uint32_t slot = 0;
  for (size_t i = 0; i < function_.locals.size(); ++i) {
    const ir::Type type = ir::type_of(function_.locals[i]);
    llvm::Value* initial = llvm::Constant::getNullValue(types_.of(type));
    if (i < type_.params.size()) initial = llvm_function_.getArg(static_cast<unsigned>(i) + first_param);
    write(slot, type, initial);
    slot += ir::slots_of(type);
  }
  static constexpr ir::Inst kStart{};
  inst_ = function_.insts.empty() ? &kStart : &function_.insts[0];
  if (needs_stack_check()) check_stack();
  llvm::IRBuilder<> at_entry(entry_);
  at_entry.CreateBr(&*std::next(llvm_function_.begin()));
}

/// The caller's check, or the first one, covers all that is shallow.
bool FunctionTranslator::needs_stack_check() const {
  if (function_.frame_slots > kShallowSlots) return true;
  if (module_.is_shallow(function_.func_idx)) return false;
  return std::ranges::any_of(function_.insts, [](const ir::Inst& inst) { return is_call(inst.op); });
}

/// The frame pointer stands for the stack pointer: unlike that, LLVM knows that it is a constant of the function.
void FunctionTranslator::check_stack() {
  if (module_.options().small_code && function_.frame_slots <= kShallowSlots) return trap_if(create_stack_low(builder_, context_), TrapKind::StackOverflow);
  llvm::Type* word = builder_.getIntNTy(module_.pointer_bytes() * 8);
  llvm::Value* frame = builder_.CreateIntrinsic(llvm::Intrinsic::frameaddress, {types_.ptr}, {builder_.getInt32(0)});
  llvm::Value* at = builder_.CreatePtrToInt(frame, word);
  if (function_.frame_slots > kShallowSlots) at = builder_.CreateSub(at, llvm::ConstantInt::get(word, uint64_t{function_.frame_slots} * 8));
  trap_if(builder_.CreateICmpULT(at, context_field(ContextField::NativeStackEnd, word)), TrapKind::StackOverflow);
}

llvm::AllocaInst* FunctionTranslator::variable(uint32_t slot, ir::Type type) {
  llvm::AllocaInst*& variable = variables_[uint64_t{slot} << 8 | static_cast<uint8_t>(type)];
  if (variable == nullptr) {
    llvm::IRBuilder<> at_entry(entry_, entry_->begin());
    variable = at_entry.CreateAlloca(types_.of(type));
    if (type == ir::Type::Ref) references_.push_back(variable);
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

llvm::LoadInst* FunctionTranslator::load_field(llvm::Value* object, uint32_t offset, llvm::Type* type, Storage storage, bool invariant) {
  llvm::Value* at = builder_.CreateConstInBoundsGEP1_64(types_.i8, object, offset);
  llvm::LoadInst* field = builder_.CreateLoad(type, at);
  module_.annotate(field, storage, invariant);
  return field;
}

llvm::LoadInst* FunctionTranslator::context_field(ContextField field, llvm::Type* type, bool invariant) {
  return load_field(context_, offset_of(field, module_.pointer_bytes()), type, Storage::Context, invariant);
}

llvm::LoadInst* FunctionTranslator::context_entry(ContextField array, uint32_t idx) {
  return load_field(context_field(array, types_.ptr), idx * module_.pointer_bytes(), types_.ptr, Storage::Context, true);
}

llvm::CallInst* FunctionTranslator::call_helper(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments) {
  llvm::Value* table = context_field(ContextField::Helpers, types_.ptr);
  llvm::Value* callee = load_field(table, static_cast<uint32_t>(helper) * module_.pointer_bytes(), types_.ptr, Storage::Context, true);
  std::vector<llvm::Value*> all = {context_};
  all.insert(all.end(), arguments.begin(), arguments.end());
  llvm::CallInst* call = builder_.CreateCall(module_.helper_type(helper), callee, all);
  call->setDoesNotThrow();
  call->setTailCallKind(llvm::CallInst::TCK_NoTail);
  return call;
}

llvm::CallInst* FunctionTranslator::call_trapping(NativeHelper helper, llvm::Value* offset, llvm::ArrayRef<llvm::Value*> arguments) {
  publish_budget();
  std::vector<llvm::Value*> all = {builder_.CreateIntrinsic(llvm::Intrinsic::frameaddress, {types_.ptr}, {builder_.getInt32(0)}), offset};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return call_helper(helper, all);
}

void FunctionTranslator::call_trapping(NativeHelper helper, llvm::ArrayRef<llvm::Value*> arguments) {
  call_trapping(helper, builder_.getInt32(inst_->offset), arguments);
  fetch_budget();
}

/// A loop of little else would be met outside of compiled code by every beat. Where the budget is charged the loop asks anyway.
void FunctionTranslator::check_requests() {
  if (module_.options().interruption == Interruption::Heartbeat) call_trapping(NativeHelper::budget_spent, {});
}

/// A block for each site, that is only a call: the return address says where the trap is.
llvm::BasicBlock* FunctionTranslator::trap_block(TrapKind kind) {
  const llvm::IRBuilder<>::InsertPointGuard back(builder_);
  llvm::BasicBlock* block = new_block("trap");
  builder_.SetInsertPoint(block);
  publish_budget();
  module_.call_trap(builder_, kind, context_);
  builder_.CreateUnreachable();
  return block;
}

void FunctionTranslator::trap_always(TrapKind kind) {
  builder_.CreateBr(trap_block(kind));
  builder_.SetInsertPoint(new_block("dead"));
}

void FunctionTranslator::trap_if(llvm::Value* condition, TrapKind kind) {
  llvm::BasicBlock* going_on = new_block();
  llvm::MDBuilder metadata(types_.context);
  builder_.CreateCondBr(condition, trap_block(kind), going_on, metadata.createUnlikelyBranchWeights());
  builder_.SetInsertPoint(going_on);
}

}  // namespace umber::aot
