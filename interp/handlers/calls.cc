// The calls that are not between two functions of one instance, and everything rare about the others. A call to an interpreted
// function of another instance stays in the same activation: a CrossFrame remembers where to go back to, so instances call
// each other as deeply as the value stack allows, and suspension works across them.
#include "interp/handlers/calls.h"

#include <cstring>

#include "runtime/store.h"

namespace umber::interp {

namespace {

[[nodiscard]] bool has_room(const VmContext* ctx, const Slot* frame, uint64_t bytes) {
  return reinterpret_cast<const char*>(ctx->stack_end) - reinterpret_cast<const char*>(frame) >= static_cast<ptrdiff_t>(bytes);
}
void move_slots(Slot* to, const Slot* from, uint64_t count) { std::memmove(to, from, count * sizeof(Slot)); }

/// The callee's code, encoded if need be, and noted in the callee for the next call; null with `failure` set when that failed.
const Code* target_of(const State& s, const Func& callee, Next& failure) {
  if (header_of(code_of(callee.ctx, callee.func_idx)).frame_bytes == kNotEncoded) {
    failure = encode_on_demand(s, callee.ctx, callee.func_idx);
    if (failure != Next::Go) return nullptr;
  }
  const Code* const code = code_of(callee.ctx, callee.func_idx);
  if (found_code(callee) != code) __atomic_store_n(&const_cast<Func&>(callee).target, static_cast<const void*>(code), __ATOMIC_RELEASE);
  return code;
}

void switch_context(State& s, VmContext& to) {
  s.ctx->execution->switch_to(to);
  s.ctx = &to;
  s.mem = to.memory0_base;
}

/// enter_function where the room has been checked.
Next enter_checked(State& s, const Code* target, Slot* frame, uint32_t link, const Code* return_pc, Slot* caller) {
  const Next next = enter_function(s, target, frame, link, return_pc, caller);
  return next == Next::Slow ? trap(TrapKind::StackOverflow) : next;
}

/// Calls an interpreted function of another instance with the arguments at `args`; its CrossFrame lies there.
Next call_across(State& s, const Func& callee, Slot* args, const Code* return_pc, Slot* caller) {
  Next failure = Next::Go;
  const Code* target = target_of(s, callee, failure);
  if (target == nullptr) return failure;
  const FunctionHeader& header = header_of(target);
  if (!has_room(s.ctx, args, uint64_t{header.frame_bytes} + sizeof(CrossFrame))) return trap(TrapKind::StackOverflow);
  Activation& activation = activation_of(s.ctx);
  const uint32_t result_slots = s.ctx->execution->store().type_of(callee).result_slots;
  move_slots(args + kCrossSlots, args, header.param_slots);
  *reinterpret_cast<CrossFrame*>(args) = {s.ctx, return_pc, caller, result_slots};
  switch_context(s, *callee.ctx);
  return enter_checked(s, target, args + kCrossSlots, header.link, activation.cross_code, args);
}

/// Calls a function of the host or of another tier, natively; the results lie at `args`.
RunStatus call_native(State& s, const Func& callee, Slot* args) {
  Execution& execution = *s.ctx->execution;
  const StoreType& type = execution.store().type_of(callee);
  Slot* const top = execution.stack_top;
  extend_i32(args, type.func().params);
  execution.stack_top = args + link_slot(type.param_slots, type.result_slots);
  const bool crosses = callee.ctx != nullptr && callee.ctx != s.ctx;
  if (crosses) execution.switch_to(*callee.ctx);
  RunStatus status = callee.entry(execution, callee, args);
  if (status == RunStatus::Suspended)
    status = execution.trap(TrapKind::Unsupported, "a function of another tier cannot be suspended below interpreted code");
  if (crosses) execution.switch_to(*s.ctx);
  execution.stack_top = top;
  s.mem = s.ctx->memory0_base;
  return status;
}

}  // namespace

Next call_slow(State& s, uint32_t base, uint32_t func_idx) {
  const uint32_t frame_bytes = header_of(code_of(s.ctx, func_idx)).frame_bytes;
  if (frame_bytes == kNotEncoded) return encode_on_demand(s, s.ctx, func_idx);
  // There is room after all when another task has encoded the function meanwhile: the call is tried again.
  return has_room(s.ctx, s.fp + base, frame_bytes) ? Next::Go : trap(TrapKind::StackOverflow);
}

Next call_func(State& s, const Func& callee, uint32_t base, uint32_t link, const Code* return_pc) {
  if (callee.ctx != s.ctx || callee.entry != &enter) return call_foreign(s, callee, base, return_pc);
  Next failure = Next::Go;
  const Code* target = target_of(s, callee, failure);
  if (target == nullptr) return failure;
  return enter_checked(s, target, s.fp + base, link, return_pc, s.fp);
}

Next call_foreign(State& s, const Func& callee, uint32_t base, const Code* return_pc) {
  if (callee.entry == &enter) return call_across(s, callee, s.fp + base, return_pc, s.fp);
  const RunStatus status = call_native(s, callee, s.fp + base);
  if (status == RunStatus::Done) s.pc = return_pc;
  return next_of(status);
}

Next tail_call_func(State& s, const Func& callee, uint32_t base, uint32_t own_link, uint32_t link) {
  const auto* return_pc = reinterpret_cast<const Code*>(static_cast<uintptr_t>(s.fp[own_link].bits));
  auto* caller = reinterpret_cast<Slot*>(static_cast<uintptr_t>(s.fp[own_link + 1].bits));
  if (callee.entry != &enter) {
    const RunStatus status = call_native(s, callee, s.fp + base);
    activation_of(s.ctx).tail_called = status == RunStatus::Trapped;
    if (status != RunStatus::Done) return next_of(status);
    move_slots(s.fp, s.fp + base, s.ctx->execution->store().type_of(callee).result_slots);
    return leave_frame(s, own_link);
  }
  Next failure = Next::Go;
  const Code* target = target_of(s, callee, failure);
  if (target == nullptr) return failure;
  const FunctionHeader& header = header_of(target);
  // Back in the caller's instance through the CrossFrame that is already there, if there is one: chains of tail calls between
  // instances need no more stack than those within one.
  const bool returns_across = return_pc == activation_of(s.ctx).cross_code;
  if (callee.ctx != s.ctx && !returns_across) {
    if (!has_room(s.ctx, s.fp, uint64_t{header.frame_bytes} + sizeof(CrossFrame))) return trap(TrapKind::StackOverflow);
    move_slots(s.fp, s.fp + base, header.param_slots);
    return call_across(s, callee, s.fp, return_pc, caller);
  }
  if (!has_room(s.ctx, s.fp, header.frame_bytes)) return trap(TrapKind::StackOverflow);
  move_slots(s.fp, s.fp + base, header.param_slots);
  if (callee.ctx != s.ctx) switch_context(s, *callee.ctx);
  return enter_checked(s, target, s.fp, link, return_pc, caller);
}

Next return_across(State& s) {
  const CrossFrame frame = *reinterpret_cast<const CrossFrame*>(s.fp);
  move_slots(s.fp, s.fp + kCrossSlots, frame.result_slots);
  switch_context(s, *frame.ctx);
  s.pc = frame.return_pc;
  s.fp = frame.fp;
  return Next::Go;
}

bool is_func_of_type(const State& s, const Func& func, uint32_t type_idx) {
  return s.ctx->execution->store().types().is_subtype(func.type_id, s.ctx->type_ids[type_idx]);
}

}  // namespace umber::interp
