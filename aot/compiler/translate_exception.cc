// Exceptions. Throwing records the exception with the run and says so in the context (VmContext::is_throwing); then every function
// returns to its caller, which asks behind the call, until one is in a handler range. Only calls of functions that may throw are followed
// by the question, and only in modules that catch at all: elsewhere the helper that throws leaves the activation, as for a trap.
//
// A range's clauses are tried in order in a block of its own, from which it goes on in the range around it.

#include <llvm/IR/MDBuilder.h>

#include <algorithm>

#include "aot/compiler/function_translator.h"

namespace umber::aot {

/// Ranges by rising start, outer ones first: they are entered in this order.
void FunctionTranslator::plan_handlers() {
  handlers_.resize(function_.handlers.size());
  handler_order_.resize(handlers_.size());
  for (uint32_t i = 0; i < handlers_.size(); ++i) handler_order_[i] = i;
  std::sort(handler_order_.begin(), handler_order_.end(), [this](uint32_t a, uint32_t b) {
    const ir::HandlerRange& left = function_.handlers[a];
    const ir::HandlerRange& right = function_.handlers[b];
    return left.first != right.first ? left.first < right.first : a > b;
  });
}

/// Called for each instruction in turn: keeps `handler_` the innermost range around it.
void FunctionTranslator::enter_handlers(uint32_t inst_idx) {
  while (handler_ != wasm::kNoIndex && function_.handlers[handler_].end <= inst_idx) handler_ = handlers_[handler_].outer;
  for (; next_handler_ < handler_order_.size() && function_.handlers[handler_order_[next_handler_]].first <= inst_idx; ++next_handler_) {
    const uint32_t entered = handler_order_[next_handler_];
    if (function_.handlers[entered].end <= inst_idx) continue;
    handlers_[entered].outer = handler_;
    handler_ = entered;
  }
}

/// Where an exception goes that comes up in a range; kNoIndex: out of the function.
llvm::BasicBlock* FunctionTranslator::landing_of(uint32_t handler) {
  llvm::BasicBlock*& landing = handler == wasm::kNoIndex ? leaves_ : handlers_[handler].landing;
  if (landing == nullptr) {
    landing = new_block(handler == wasm::kNoIndex ? "leaves" : "landing");
    if (handler != wasm::kNoIndex) landings_.push_back(handler);
  }
  return landing;
}

/// Behind a call: if it left with an exception, so does this code.
void FunctionTranslator::check_thrown() {
  if (!module_.catches()) return;
  llvm::Value* is_throwing = builder_.CreateICmpNE(context_field(ContextField::IsThrowing, types_.i32, false), builder_.getInt32(0));
  llvm::BasicBlock* going_on = new_block();
  llvm::MDBuilder metadata(types_.context);
  builder_.CreateCondBr(is_throwing, landing_of(handler_), going_on, metadata.createUnlikelyBranchWeights());
  builder_.SetInsertPoint(going_on);
}

/// Behind a helper that throws.
void FunctionTranslator::thrown() {
  if (module_.catches()) {
    builder_.CreateBr(landing_of(handler_));
  } else {
    builder_.CreateUnreachable();
  }
  builder_.SetInsertPoint(new_block("dead"));
}

/// One clause: goes to its label if it catches, and on to `otherwise` if not.
void FunctionTranslator::emit_clause(const ir::Catch& clause, llvm::BasicBlock* otherwise) {
  const bool has_tag = clause.kind == ir::CatchKind::Tag || clause.kind == ir::CatchKind::TagRef;
  const bool has_ref = clause.kind == ir::CatchKind::TagRef || clause.kind == ir::CatchKind::AllRef;
  llvm::Value* slots = llvm::ConstantPointerNull::get(types_.ptr);
  std::span<const wasm::ValType> payload;
  uint32_t payload_slots = 0;
  if (has_tag) {
    payload = module_.wasm().types[module_.wasm().tags[clause.tag].type.type_idx].func.params;
    for (const wasm::ValType type : payload) payload_slots += type.slots();
    slots = frame_slots(payload_slots);
  }
  llvm::Value* tag = builder_.getInt32(has_tag ? clause.tag : wasm::kNoIndex);
  llvm::Value* exception = call_helper(NativeHelper::catch_exception, {tag, slots});
  llvm::BasicBlock* catches = new_block("catches");
  builder_.CreateCondBr(builder_.CreateICmpNE(exception, builder_.getInt64(kNullRef)), catches, otherwise);
  builder_.SetInsertPoint(catches);
  if (has_tag) load_slots(slots, payload, clause.dst);
  if (has_ref) write(clause.dst + payload_slots, ir::Type::Ref, exception);
  refresh_references();
  builder_.CreateBr(block(clause.label));
}

/// The blocks that landing_of promised, at the end of the function.
void FunctionTranslator::emit_landings() {
  while (!landings_.empty()) {
    const uint32_t handler = landings_.back();
    landings_.pop_back();
    const ir::HandlerRange& range = function_.handlers[handler];
    builder_.SetInsertPoint(handlers_[handler].landing);
    for (uint32_t i = 0; i < range.catch_count; ++i) {
      llvm::BasicBlock* otherwise = new_block();
      emit_clause(function_.catches[range.first_catch + i], otherwise);
      builder_.SetInsertPoint(otherwise);
    }
    builder_.CreateBr(landing_of(handlers_[handler].outer));
  }
  if (leaves_ == nullptr) return;
  builder_.SetInsertPoint(leaves_);
  publish_budget();
  if (llvm_function_.getReturnType()->isVoidTy()) {
    builder_.CreateRetVoid();
  } else {
    builder_.CreateRet(llvm::Constant::getNullValue(llvm_function_.getReturnType()));
  }
}

bool FunctionTranslator::translate_exception(const Inst& inst) {
  switch (inst.op) {
    case ir::Op::Throw: {
      const wasm::FuncType& type = module_.wasm().types[module_.wasm().tags[inst.aux].type.type_idx].func;
      uint32_t slots = 0;
      for (const wasm::ValType param : type.params) slots += param.slots();
      const std::vector<llvm::Value*> values = read_arguments(inst, type);
      llvm::Value* payload = frame_slots(slots);
      store_slots(payload, type.params, values);
      call_trapping(NativeHelper::throw_exception, {builder_.getInt32(inst.aux), payload});
      thrown();
      return true;
    }
    case ir::Op::ThrowRef:
      call_trapping(NativeHelper::throw_ref, {read(inst.a, ir::Type::Ref)});
      thrown();
      return true;
    default: return false;
  }
}

}  // namespace umber::aot
