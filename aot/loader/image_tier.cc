#include "aot/loader/image_tier.h"

#include "runtime/store.h"

namespace umber::aot {
namespace {

/// How far compiled code may grow the machine stack below its first frame, in bytes.
constexpr uintptr_t kNativeStackBytes = 512 * 1024;

using Thunk = void (*)(VmContext* context, const void* code, Slot* values);

RunStatus enter(Execution& execution, const Func& func, Slot* values) {
  static_cast<void>(execution);
  VmContext& context = *func.ctx;
  auto& state = *static_cast<NativeState*>(context.instance->tier_state);
  const uint32_t type_idx = context.instance->module().functions[func.func_idx].type_idx;
  const auto thunk = reinterpret_cast<Thunk>(reinterpret_cast<uintptr_t>(state.image->code.data() + state.image->thunks[type_idx]));

  Activation activation;
  activation.outer = state.innermost;
  if (state.innermost == nullptr) context.native_stack_end = reinterpret_cast<uintptr_t>(&activation) - kNativeStackBytes;
  state.innermost = &activation;
  RunStatus status = RunStatus::Trapped;
  if (setjmp(activation.leave) == 0) {
    thunk(&context, func.target, values);
    status = RunStatus::Done;
  }
  state.innermost = activation.outer;
  return status;
}

}  // namespace

Status ImageTier::prepare(Instance& instance) {
  const wasm::Module& module = instance.module();
  const size_t own = module.functions.size() - module.imported_functions;
  if (image_.functions.size() != own || image_.thunks.size() != module.types.size()) {
    return Error::of(ErrorCode::Malformed, "the image holds ", image_.functions.size(), " functions, its module defines ", own);
  }
  auto* state = instance.store().allocator().create<NativeState>();
  if (state == nullptr) return Error::out_of_memory("the state of compiled code");
  state->image = &image_;
  instance.tier_state = state;
  VmContext& context = instance.context();
  context.helpers = &kNativeHelpers;
  for (size_t i = 0; i < own; ++i) {
    if (image_.thunks[module.functions[module.imported_functions + i].type_idx] == kNoCode) {
      return Error::of(ErrorCode::Malformed, "the image has no entry for the type of function ", module.imported_functions + i);
    }
    context.funcs[i].entry = &enter;
    context.funcs[i].target = image_.code.data() + image_.functions[i];
  }
  return {};
}

void ImageTier::release(Instance& instance) {
  instance.store().allocator().destroy(static_cast<NativeState*>(instance.tier_state));
  instance.tier_state = nullptr;
}

void leave_activation(VmContext& context) {
  std::longjmp(static_cast<NativeState*>(context.instance->tier_state)->innermost->leave, 1);
}

}  // namespace umber::aot
