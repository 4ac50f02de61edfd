#include "decoder/ir/build.h"

#include "decoder/ir/builder_inline.h"
#include "decoder/ir/verify.h"
#include "decoder/validate/function_validator.h"

namespace umber::ir {
namespace {

#ifdef NDEBUG
constexpr bool kVerifies = false;
#else
constexpr bool kVerifies = true;
#endif

}  // namespace

struct FunctionBuilder::State {
  State(const wasm::Module& module, Allocator& allocator) : builder(allocator), validator(module, allocator, builder) {}

  Builder builder;
  wasm::FunctionValidator<Builder> validator;
};

FunctionBuilder::~FunctionBuilder() { allocator_.destroy(state_); }

Status FunctionBuilder::run(uint32_t func_idx) {
  if (state_ == nullptr) state_ = allocator_.create<State>(module_, allocator_);
  if (state_ == nullptr) return Error::out_of_memory("the IR of a function");
  if (!state_->validator.validate_body(func_idx)) return state_->validator.error();
  if constexpr (kVerifies) {
    Result<Function> function = state_->builder.view();
    if (!function.ok()) return function.error();
    return verify(*function, allocator_);
  }
  return {};
}

Result<Function> FunctionBuilder::build(uint32_t func_idx) {
  UMBER_TRY(run(func_idx));
  return state_->builder.view();
}

Result<Function> FunctionBuilder::build(uint32_t func_idx, Arena& arena) {
  UMBER_TRY(run(func_idx));
  return state_->builder.finish(arena);
}

Result<Function> build(const wasm::Module& module, uint32_t func_idx, Arena& arena, Allocator& allocator) {
  FunctionBuilder builder(module, allocator);
  return builder.build(func_idx, arena);
}

}  // namespace umber::ir
