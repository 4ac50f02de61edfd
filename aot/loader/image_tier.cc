#include "aot/loader/image_tier.h"

#include "aot/image/entry.h"
#include "aot/loader/frames.h"
#include "aot/loader/native_entries.h"
#include "aot/loader/routines.h"
#include "runtime/store.h"

namespace umber::aot {
namespace {

using Thunk = void (*)(VmContext* context, const void* code, Slot* values);

uintptr_t stack_end_below(uintptr_t frame, uintptr_t bytes) { return frame > bytes ? frame - bytes : 0; }

/// A fault of compiled code in a guard region is a trap. On the faulting thread, in the signal handler, which it leaves.
bool recover(FaultTarget& target, const FaultFrame& fault) {
  auto& activation = static_cast<Activation&>(target);
  Execution& execution = *activation.execution;
  uint32_t code = 0;
  if (!find_code(*activation.image, fault.pc, code) || !execution.is_guard_fault(fault.address)) return false;
  execution.trap(TrapKind::MemoryOutOfBounds);
  ImagePlace place{};
  if (!place_of(*activation.image, code, place)) return false;
  leave_activation(*execution.current(), {fault.frame_pointer, fault.pc, place.offset});
}

/// Why the run should end now, if it should. Async-signal-safe.
TrapKind interruption_of(const Execution& execution) {
  if (execution.kill_requested()) return TrapKind::Killed;
  Clock* const clock = execution.store().clock();
  const bool is_late = execution.deadline_ns() != kNoDeadline && clock != nullptr && clock->now_ns() >= execution.deadline_ns();
  return is_late ? TrapKind::DeadlineExceeded : TrapKind::None;
}

/// The heartbeat: stands still in compiled code, at any instruction, if the run should pause, and leaves it if the run should end. In a
/// helper or a host function it waits for the next beat. So what is interrupted is never the system's own code, and standing
/// still may use locks and sleep although this is a signal's handler. Where tasks take turns, the others have theirs here.
void tick(FaultTarget& target, const FaultFrame& frame) {
  auto& activation = static_cast<Activation&>(target);
  Execution& execution = *activation.execution;
  const Image& image = *activation.image;
  uint32_t code = 0;
  // Thunks lie in front of all functions.
  if (!find_code(image, frame.pc, code) || image.functions.empty() || code < image.functions[0].code) return;
  execution.take_turn();
  execution.pause_in_place();
  const TrapKind kind = interruption_of(execution);
  ImagePlace place{};
  if (kind == TrapKind::None || !place_of(image, code, place)) return;
  execution.trap(kind);
  leave_activation(*execution.current(), {frame.frame_pointer, frame.pc, place.offset});
}

/// A board's, or the operating system's; null where there are none.
GuestInterrupts* interrupts_of(const NativeState& state, const Store& store) {
  return state.interrupts != nullptr ? state.interrupts : store.virtual_memory();
}

/// Before code that counts nothing itself.
RunStatus start_uncounted(Execution& execution) {
  const uint64_t fuel = execution.fuel_remaining() + execution.fuel_consumed();
  if (fuel != kUnlimitedFuel) return execution.trap(TrapKind::Unsupported, "the image does not count fuel; compile it with --fuel");
  const TrapKind kind = interruption_of(execution);
  return kind == TrapKind::None ? RunStatus::Done : execution.trap(kind);
}

RunStatus enter(Execution& execution, const Func& func, Slot* values) {
  VmContext& context = *func.ctx;
  const auto& state = *static_cast<const NativeState*>(context.instance->tier_state);
  const uint32_t type_idx = context.instance->module().function_types[func.func_idx];
  const wasm::FuncType& type = context.instance->module().types[type_idx].func;
  const uint32_t thunk = state.image->thunks[type_idx];
  const bool has_thunk = thunk < kEnteredWithWords;
  const bool is_plain = kEntersWithWords && thunk == kEnteredWithWords && is_entered_with_words(type, sizeof(void*));
  if (!has_thunk && !is_plain) return execution.trap(TrapKind::Unsupported, "the image has no entry for a function's type");

  const uint32_t flags = state.image->header->flags;
  if ((flags & kImageBudget) == 0 && start_uncounted(execution) != RunStatus::Done) return RunStatus::Trapped;
  Activation activation;
  activation.recover = &recover;
  if ((flags & kImageHeartbeat) != 0) activation.tick = &tick;
  activation.code_begin = reinterpret_cast<uintptr_t>(state.image->code.data());
  activation.code_end = activation.code_begin + state.image->code.size();
  auto* const outer = static_cast<Activation*>(execution.native_activation);
  activation.outer = outer;
  activation.stack_high = &activation;
  activation.execution = &execution;
  activation.image = state.image;
  activation.stack_end = outer != nullptr ? outer->stack_end
                                          : stack_end_below(reinterpret_cast<uintptr_t>(&activation), state.stack_bytes);
  if (reinterpret_cast<uintptr_t>(&activation) < activation.stack_end) return execution.trap(TrapKind::StackOverflow);
  context.native_stack_end = activation.stack_end;
  execution.native_activation = &activation;
  GuestInterrupts* const interrupts = interrupts_of(state, execution.store());
  FaultTarget* const outer_target = interrupts == nullptr ? nullptr : interrupts->exchange_fault_target(&activation);
  if ((flags & kImageHeartbeat) != 0 && !interrupts->start_heartbeat()) {
    execution.native_activation = outer;
    interrupts->exchange_fault_target(outer_target);
    return execution.trap(TrapKind::HostError, "no timer for the heartbeat that interrupts compiled code");
  }

  // Nothing that is used changes between setjmp and a longjmp back to it, so nothing needs to be volatile.
  bool trapped = setjmp(activation.leave) != 0;
  if (!trapped) {
    if (has_thunk) reinterpret_cast<Thunk>(code_address(*state.image, thunk))(&context, func.target, values);
    else enter_with_words(context, type, func.target, values);
    trapped = context.is_throwing != 0;
    context.is_throwing = 0;
  }

  if (interrupts != nullptr) interrupts->exchange_fault_target(outer_target);
  execution.native_activation = outer;
  sign_extend_budget(context);
  return trapped ? RunStatus::Trapped : RunStatus::Done;
}

Status check_module(const Image& image, const wasm::Module& module) {
  const size_t own = module.functions.size() - module.imported_functions;
  if (image.functions.size() != own || image.thunks.size() != module.types.size()) {
    return Error::of(ErrorCode::Malformed, "the image holds ", image.functions.size(), " functions and ", image.thunks.size(),
                     " types, its module defines ", own, " and ", module.types.size());
  }
  return {};
}

/// Code without checks needs memories with guard regions, or a heartbeat.
Status check_platform(const Image& image, const Instance& instance, const NativeState& state) {
  if ((image.header->flags & kImageHeartbeat) != 0 && interrupts_of(state, instance.store()) == nullptr)
    return Error::of(ErrorCode::Unsupported, "the image relies on a heartbeat, and there is none here; compile it with --interrupt=coarse");
  if ((image.header->flags & kImageGuarded) == 0) return {};
  for (uint32_t i = 0; i < instance.memory_count(); ++i) {
    const wasm::MemoryType& type = instance.memory(i).type();
    if (type.limits.is_64 || type.page_size_log2 != 16 || instance.memory(i).is_guarded()) continue;
    return Error::of(ErrorCode::Unsupported, "the image relies on guard regions, but memory ", i,
                     " has none; compile it with explicit bounds checks");
  }
  return {};
}

}  // namespace

Status attach_image(Instance& instance, const Image& image, uintptr_t stack_bytes, GuestInterrupts* interrupts) {
  const wasm::Module& module = instance.module();
  UMBER_TRY(check_module(image, module));
  const NativeState wanted = {&image, stack_bytes, interrupts};
  UMBER_TRY(check_platform(image, instance, wanted));
  auto* state = instance.store().allocator().create<NativeState>();
  if (state == nullptr) return Error::out_of_memory("the state of compiled code");
  *state = wanted;
  instance.tier_state = state;
  VmContext& context = instance.context();
  context.helpers = &kNativeHelpers;
  context.routines = native_routines();
  for (size_t i = 0; i < image.functions.size(); ++i) {
    context.funcs[i].entry = &enter;
    context.funcs[i].target = reinterpret_cast<const void*>(code_address(image, image.functions[i].code));
  }
  return {};
}

void detach_image(Instance& instance) {
  if (instance.tier_state != nullptr) instance.store().allocator().destroy(static_cast<NativeState*>(instance.tier_state));
  instance.tier_state = nullptr;
}

void leave_activation(VmContext& context, const TrapSite& site) {
  auto& activation = *static_cast<Activation*>(context.execution->native_activation);
  add_frames(activation, *context.instance, site);
  std::longjmp(activation.leave, 1);
}

}  // namespace umber::aot
