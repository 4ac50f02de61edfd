// How frames are entered and left. A frame is linked before it is entered: return address and caller's frame go behind the
// arguments; the callee's header says how much stack, fuel and zeroed locals it needs, and all of that happens in the
// one operation of the call. What is rare (a function not yet encoded, an exhausted stack, a callee of another instance or of
// the host) goes on in a second operation at the same place, so that the fast one needs no native frame.
#pragma once

#include <span>

#include "decoder/wasm/types.h"
#include "interp/activation.h"
#include "interp/handlers/single.h"

namespace umber::interp {

/// Enters `target` with the frame at `frame`, whose arguments are in place.
[[nodiscard, gnu::always_inline]] inline Next enter_function(State& s, const Code* target, Slot* frame, uint32_t link,
                                                            const Code* return_pc, Slot* caller) {
  const FunctionHeader& header = header_of(target);
  const auto room = reinterpret_cast<const char*>(s.ctx->stack_end) - reinterpret_cast<const char*>(frame);
  if (room < static_cast<ptrdiff_t>(header.frame_bytes)) [[unlikely]] return Next::Slow;
  frame[link].bits = reinterpret_cast<uintptr_t>(return_pc);
  frame[link + 1].bits = reinterpret_cast<uintptr_t>(caller);
  const uint32_t zero_count = header.zero_count;
  Slot* zero = frame + header.first_zero;
  for (uint32_t i = 0; i < kZeroedAlways; ++i) zero[i].bits = 0;
  for (uint32_t i = kZeroedAlways; i < zero_count; ++i) {
    zero[i].bits = 0;
    asm("" : "+r"(zero) : : "memory");  // a few stores, not a call of memset
  }
  const int64_t left = s.ctx->budget - header.weight;
  s.fp = frame;
  s.pc = target + sizeof(FunctionHeader);
  s.ctx->budget = left;
  if (left < 0) [[unlikely]] return Next::Spent;
  return Next::Go;
}

/// Values of these types as others than compact code want to see them: see write_slot.
inline void extend_i32([[maybe_unused]] Slot* slot, [[maybe_unused]] std::span<const wasm::ValType> types) {
  if constexpr (kIsCompact) {
    for (const wasm::ValType type : types) {
      if (type == wasm::ValType::I32) slot->u64 = slot->u32;
      slot += type.slots();
    }
  }
}

// Out of line, in calls.cc. `base` and `link` are fields of the call; `return_pc` is where it goes on.

/// The callee is not encoded, or the stack is exhausted.
[[nodiscard]] Next call_slow(State& s, uint32_t base, uint32_t func_idx);
/// Any callee: of this instance, another one, another tier, the host.
[[nodiscard]] Next call_func(State& s, const Func& callee, uint32_t base, uint32_t link, const Code* return_pc);
/// A callee that is not a function of this instance.
[[nodiscard]] Next call_foreign(State& s, const Func& callee, uint32_t base, const Code* return_pc);
/// The same in place of the current frame, whose link slot is `own_link`.
[[nodiscard]] Next tail_call_func(State& s, const Func& callee, uint32_t base, uint32_t own_link, uint32_t link);
/// Back from a function of another instance.
[[nodiscard]] Next return_across(State& s);
/// Whether the function's type is a subtype of the module's type `type_idx`.
[[nodiscard]] bool is_func_of_type(const State& s, const Func& func, uint32_t type_idx);

/// The code of an interpreted function as calls through references have found it; until the first of them, what has no code.
[[nodiscard, gnu::always_inline]] inline const Code* found_code(const Func& func) {
  return static_cast<const Code*>(__atomic_load_n(&func.target, __ATOMIC_ACQUIRE));
}

/// The function at an index of a table, of the module's type `type`; null with the reason otherwise. `exact` looks at the type's
/// identity only, which is enough unless it has declared subtypes.
struct Chosen {
  const Func* func;
  TrapKind reason;
};
template <bool exact>
[[nodiscard, gnu::always_inline]] inline Chosen choose_func(const State& s, uint64_t index, uint32_t table, uint32_t type) {
  const TableView& view = *s.ctx->tables[table];
  if (index >= view.size) [[unlikely]] return {nullptr, TrapKind::UndefinedElement};
  const Func* func = reinterpret_cast<const Func*>(static_cast<uintptr_t>(view.elements[index]));
  if (func == nullptr) [[unlikely]] return {nullptr, TrapKind::UninitializedElement};
  if (func->type_id != s.ctx->type_ids[type]) [[unlikely]] {
    if (exact || !is_func_of_type(s, *func, type)) return {nullptr, TrapKind::IndirectCallTypeMismatch};
  }
  return {func, TrapKind::None};
}

[[nodiscard, gnu::always_inline]] inline Next leave_frame(State& s, uint32_t link) {
  const Slot* at = s.fp + link;
  s.pc = reinterpret_cast<const Code*>(static_cast<uintptr_t>(at[0].bits));
  s.fp = reinterpret_cast<Slot*>(static_cast<uintptr_t>(at[1].bits));
  return Next::Go;
}

namespace single {

struct CallSlow {
  using F = Fields<Half, Half, Word>;
  static Next run(State& s) { return call_slow(s, F::half<0>(s), F::word<2>(s)); }
};
struct Call {
  using Slow = CallSlow;
  using F = Fields<Half, Half, Word>;
  static Next run(State& s) {
    return enter_function(s, code_of(s.ctx, F::word<2>(s)), s.fp + F::half<0>(s), F::half<1>(s), s.pc + F::kSize, s.fp);
  }
};
struct CallImport {
  using F = Fields<Half, Half, Word>;
  static Next run(State& s) {
    return call_func(s, *s.ctx->imported_funcs[F::word<2>(s)], F::half<0>(s), F::half<1>(s), s.pc + F::kSize);
  }
};
struct ReturnCall {
  using F = Fields<Half, Half, Half, Word>;
  static Next run(State& s) {
    return tail_call_func(s, *s.ctx->func(F::word<3>(s)), F::half<0>(s), F::half<1>(s), F::half<2>(s));
  }
};
struct ReturnCallImport : ReturnCall {};
struct ReturnCallIndirect {
  using F = Fields<InSlot<uint64_t>, Half, Half, Half, Word, Word>;
  static Next run(State& s) {
    const Chosen chosen = choose_func<false>(s, F::get<0>(s), F::word<4>(s), F::word<5>(s));
    if (chosen.func == nullptr) return trap(chosen.reason);
    return tail_call_func(s, *chosen.func, F::half<1>(s), F::half<2>(s), F::half<3>(s));
  }
};
struct ReturnCallRef {
  using F = Fields<InSlot<uint64_t>, Half, Half, Half>;
  static Next run(State& s) {
    const Func* func = reinterpret_cast<const Func*>(static_cast<uintptr_t>(F::get<0>(s)));
    if (func == nullptr) return trap(TrapKind::NullFunctionReference);
    return tail_call_func(s, *func, F::half<1>(s), F::half<2>(s), F::half<3>(s));
  }
};
struct Return {
  using F = Fields<Half>;
  static Next run(State& s) { return leave_frame(s, F::half<0>(s)); }
};
/// Behind the first function of the activation.
struct Exit {
  static Next run(State&) { return Next::Done; }
};
/// Behind a function that was called from another instance; fp is the CrossFrame.
struct CrossReturn {
  static Next run(State& s) { return return_across(s); }
};

}  // namespace single
}  // namespace umber::interp
