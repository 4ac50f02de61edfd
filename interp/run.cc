// Entering interpreted code and every way out of it: return, trap, spent budget, suspension and its resumption.
#include <cstring>

#include "interp/activation.h"
#include "interp/fault.h"
#include "interp/families.h"
#include "interp/frame_walk.h"
#include "interp/handlers/calls.h"
#include "interp/module_code.h"
#include "runtime/store.h"

namespace umber::interp {

namespace {

[[nodiscard]] ModuleCode& code_of_instance(const VmContext* ctx) { return *static_cast<ModuleCode*>(ctx->instance->tier_state); }

/// Ends the activation with this status; results go to the caller, the fault target of whoever was there before returns.
RunStatus finish(Activation& activation, RunStatus status) {
  Execution& execution = *activation.execution;
  if (VirtualMemory* pages = execution.store().virtual_memory()) pages->exchange_fault_target(activation.outer_fault_target);
  if (status == RunStatus::Done) {
    const Slot* results = reinterpret_cast<const Slot*>(&activation) + kActivationSlots;
    std::memcpy(activation.values, results, activation.result_slots * sizeof(Slot));
    extend_i32(activation.values, execution.store().type_of(*activation.func).func().results);
  }
  return status;
}

RunStatus resume(Execution& execution, void* state) {
  auto& activation = *static_cast<Activation*>(state);
  execution.stack_top = reinterpret_cast<Slot*>(&activation);
  if (VirtualMemory* pages = execution.store().virtual_memory())
    activation.outer_fault_target = pages->exchange_fault_target(&activation.fault_target);
  return finish(activation, run_from(activation.state));
}

RunStatus suspend(const State& s) {
  Activation& activation = activation_of(s.ctx);
  activation.state = s;
  s.ctx->execution->set_resume(&resume, &activation);
  return RunStatus::Suspended;
}

}  // namespace

void add_frames(const State& s) {
  Trap& trap = s.ctx->execution->current_trap();
  FrameWalk walk(s);
  for (const Code* function = walk.function(); function != nullptr; function = walk.to_caller(function) ? walk.function() : nullptr) {
    const uint32_t func_idx = header_of(function).func_idx;
    uint32_t offset = 0;
    if (trap.frame_count < Trap::kMaxFrames) offset = code_of_instance(walk.ctx()).offset_at(function, walk.position(function));
    trap.add_frame(*walk.ctx()->instance, func_idx, offset);
  }
}

Next encode_on_demand(const State& s, VmContext* ctx, uint32_t func_idx) {
  const Status status = code_of_instance(ctx).encode(func_idx);
  if (status.ok()) return Next::Go;
  const TrapKind kind = status.error().code() == ErrorCode::OutOfMemory ? TrapKind::OutOfMemory : TrapKind::Unsupported;
  (void)s.ctx->execution->trap(kind, status.error().text());
  return Next::Failed;
}

/// The stack from `stack_top`: activation, then the first frame, the arguments copied to its start.
RunStatus enter(Execution& execution, const Func& func, Slot* values) {
  VmContext* ctx = func.ctx;
  Slot* const top = execution.stack_top;
  const StoreType& type = execution.store().type_of(func);
  const uint32_t link = link_slot(type.param_slots, type.result_slots);
  if (execution.stack_end() - top < static_cast<ptrdiff_t>(kActivationSlots + link + kLinkSlots))
    return execution.trap(TrapKind::StackOverflow);
  if (header_of(code_of(ctx, func.func_idx)).frame_bytes == kNotEncoded) {
    const Status status = code_of_instance(ctx).encode(func.func_idx);
    if (!status.ok()) {
      const TrapKind kind = status.error().code() == ErrorCode::OutOfMemory ? TrapKind::OutOfMemory : TrapKind::Unsupported;
      return execution.trap(kind, status.error().text());
    }
  }
  auto& activation = *new (top) Activation;
  activation.func = &func;
  activation.values = values;
  activation.result_slots = type.result_slots;
  activation.execution = &execution;
  write_ref(activation.exit_code, kFamSingle.table[static_cast<unsigned>(Single::Exit)]);
  write_ref(activation.cross_code, kFamSingle.table[static_cast<unsigned>(Single::CrossReturn)]);
  Slot* frame = top + kActivationSlots;
  std::memmove(frame, values, type.param_slots * sizeof(Slot));
  activation.fault_target.recover = &recover_fault;
  if (VirtualMemory* pages = execution.store().virtual_memory())
    activation.outer_fault_target = pages->exchange_fault_target(&activation.fault_target);

  State s{};
  s.fp = frame;
  s.mem = ctx->memory0_base;
  s.ctx = ctx;
  const Next next = enter_function(s, code_of(ctx, func.func_idx), frame, link, activation.exit_code, frame);
  if (next == Next::Slow) return finish(activation, execution.trap(TrapKind::StackOverflow));
  if (next == Next::Spent) {
    const RunStatus status = execution.on_budget_spent(*ctx);
    if (status == RunStatus::Suspended) return finish(activation, suspend(s));
    if (status == RunStatus::Trapped) {
      add_frames(s);
      return finish(activation, status);
    }
  }
  return finish(activation, run_from(s));
}

// ---- ways out --------------------------------------------------------------------------------------------------------

namespace {

[[gnu::noinline]] UMBER_INTERP_CONVENTION RunStatus start(UMBER_INTERP_PARAMS) {
  State s = UMBER_INTERP_STATE;
  UMBER_INTERP_FORGET
  // What the stack pointer is at every handler's entry: handlers only ever jump to each other.
  activation_of(s.ctx).native_stack = static_cast<char*>(__builtin_dwarf_cfa()) - UMBER_INTERP_RETURN_ADDRESS_BYTES;
  UMBER_INTERP_DISPATCH(s);
}

/// Whether a shared memory of the instance is larger than its view has been: another thread has grown it.
[[nodiscard]] bool refresh_memories(const VmContext& context) {
  bool any = false;
  for (uint32_t i = 0; i < context.instance->memory_count(); ++i) any |= context.instance->memory(i).refresh();
  return any;
}

[[nodiscard]] RunStatus end_out_of_bounds(const State& s) {
  const RunStatus status = s.ctx->execution->trap(TrapKind::MemoryOutOfBounds);
  add_frames(s);
  return status;
}

}  // namespace

UMBER_INTERP_CONVENTION RunStatus leave_faulted(UMBER_INTERP_PARAMS) {
  const State s = UMBER_INTERP_STATE;
  return end_out_of_bounds(s);
}

RunStatus run_from(const State& state) {
  State s = state;
#if UMBER_INTERP_ANCHOR_PASSED
  const char* anchor = anchor_address();
#endif
#if UMBER_INTERP_KEEP_RCX
  uint64_t unused = 0;
#endif
  const HeldAnchor held;
  return start(UMBER_INTERP_ARGS(s));
}

/// What was out of bounds may be in bounds by now, and is tried again: checks come before effects.
UMBER_INTERP_CONVENTION RunStatus leave_out_of_bounds(UMBER_INTERP_PARAMS) {
  State s = UMBER_INTERP_STATE;
  const bool has_grown = refresh_memories(*s.ctx);
  UMBER_INTERP_FORGET
  if (has_grown) UMBER_INTERP_DISPATCH(s);
  return end_out_of_bounds(s);
}

UMBER_INTERP_CONVENTION RunStatus leave_trapped(UMBER_INTERP_TRAP_PARAMS) {
  const State s = UMBER_INTERP_STATE;
  (void)s.ctx->execution->trap(UMBER_INTERP_TRAP_KIND(s));
  add_frames(s);
  return RunStatus::Trapped;
}

UMBER_INTERP_CONVENTION RunStatus umber_interp_failed(UMBER_INTERP_PARAMS) {
  State s = UMBER_INTERP_STATE;
  UMBER_INTERP_FORGET
  bool caught;
  {  // see handler in dispatch.h
    State unwound = s;
    caught = catch_exception(unwound);
    if (!caught) add_frames(unwound);
    s = unwound;
  }
  if (caught) UMBER_INTERP_DISPATCH(s);
  return RunStatus::Trapped;
}

UMBER_INTERP_CONVENTION RunStatus leave_spent(UMBER_INTERP_PARAMS) {
  State s = UMBER_INTERP_STATE;
  const RunStatus status = s.ctx->execution->on_budget_spent(*s.ctx);
  UMBER_INTERP_FORGET
  if (status == RunStatus::Done) UMBER_INTERP_DISPATCH(s);
  if (status == RunStatus::Suspended) return suspend(s);
  add_frames(s);
  return status;
}

UMBER_INTERP_CONVENTION RunStatus leave_suspended(UMBER_INTERP_PARAMS) {
  const State s = UMBER_INTERP_STATE;
  return suspend(s);
}

}  // namespace umber::interp
