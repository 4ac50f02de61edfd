// Exceptions (https://webassembly.github.io/spec/core/exec/instructions.html#control-instructions). Throwing records the exception
// as why the run ends, and the one way out of failed instructions looks for a handler before it leaves: so an exception that
// comes out of a host function, or of another tier, needs nothing of its own.
//
// A frame is left by nothing but going on in another one. Instances change as they do at returns.
#include "interp/frame_walk.h"
#include "interp/handlers/calls.h"

#include <cstring>
#include <utility>

#include "decoder/ir/ir.h"
#include "runtime/exception.h"
#include "runtime/store.h"

namespace umber::interp {

namespace single {

Next Throw::run(State& s) {
  using F = Fields<Half, Half, Word>;
  Execution& execution = *s.ctx->execution;
  const Tag& tag = s.ctx->instance->tag(F::word<2>(s));
  extend_i32(s.fp + F::half<0>(s), execution.store().types()[tag.type_id].func().params);
  const Ref exception = make_exception(execution.store(), tag, s.fp + F::half<0>(s), {&execution, s.fp + F::half<1>(s), {s.r, kIntRegs}});
  if (exception == kNullRef) return trap(TrapKind::OutOfMemory);
  (void)execution.throw_exception(exception);
  return Next::Failed;
}

Next ThrowRef::run(State& s) {
  const Ref exception = Fields<InSlot<uint64_t>>::get<0>(s);
  if (exception == kNullRef) return trap(TrapKind::NullExceptionReference);
  (void)s.ctx->execution->throw_exception(exception);
  return Next::Failed;
}

}  // namespace single

namespace {

using Range = HandlerTable::Range;
using Clause = HandlerTable::Clause;

/// The innermost range around a position; kNone.
uint32_t range_around(const HandlerTable& table, uint32_t position) {
  uint32_t low = 0, high = table.range_count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (table.ranges()[middle].first <= position)
      low = middle + 1;
    else
      high = middle;
  }
  uint32_t range = low == 0 ? HandlerTable::kNone : low - 1;
  while (range != HandlerTable::kNone && table.ranges()[range].end <= position) range = table.ranges()[range].outer;
  return range;
}

[[nodiscard]] bool catches(const Clause& clause, const Instance& instance, const Tag& thrown) {
  switch (static_cast<ir::CatchKind>(clause.kind)) {
    case ir::CatchKind::Tag:
    case ir::CatchKind::TagRef: return &instance.tag(clause.tag) == &thrown;
    case ir::CatchKind::All:
    case ir::CatchKind::AllRef: return true;
  }
  return false;
}

/// The clause of a function that catches what is thrown at a position; null if none does.
const Clause* find_clause(const Code* function, uint32_t position, const Instance& instance, const Tag& thrown) {
  const FunctionHeader& header = header_of(function);
  if (header.has_handlers == 0) return nullptr;
  const auto& table = *reinterpret_cast<const HandlerTable*>(function + HandlerTable::offset(header.code_bytes));
  for (uint32_t i = range_around(table, position); i != HandlerTable::kNone; i = table.ranges()[i].outer) {
    const Range& range = table.ranges()[i];
    const Clause* clauses = table.clauses() + range.first_clause;
    for (uint32_t k = 0; k < range.clause_count; ++k)
      if (catches(clauses[k], instance, thrown)) return &clauses[k];
  }
  return nullptr;
}

/// What a clause hands on: payload, reference, both or nothing.
void write_caught(Slot* to, const Clause& clause, Ref exception, std::span<const Slot> payload) {
  const auto kind = static_cast<ir::CatchKind>(clause.kind);
  if (kind == ir::CatchKind::Tag || kind == ir::CatchKind::TagRef) {
    std::memcpy(to, payload.data(), payload.size_bytes());
    to += payload.size();
  }
  if (kind == ir::CatchKind::TagRef || kind == ir::CatchKind::AllRef) to->bits = exception;
}

}  // namespace

bool catch_exception(State& s) {
  Execution& execution = *s.ctx->execution;
  Trap& trap = execution.current_trap();
  bool left = std::exchange(activation_of(s.ctx).tail_called, false);
  if (trap.kind != TrapKind::UncaughtException) return false;
  const Ref exception = trap.exception;
  const ExceptionView view(exception);
  FrameWalk walk(s);
  for (const Code* function = walk.function(); function != nullptr; function = walk.to_caller(function) ? walk.function() : nullptr) {
    const Clause* clause = left ? nullptr : find_clause(function, walk.position(function), *walk.ctx()->instance, view.tag());
    left = false;
    if (clause == nullptr) continue;
    if (walk.ctx() != s.ctx) execution.switch_to(*walk.ctx());
    s.ctx = walk.ctx();
    s.mem = s.ctx->memory0_base;
    s.fp = walk.fp();
    s.pc = function + clause->target;
    write_caught(s.fp + clause->slot, *clause, exception, view.payload(execution.store()));
    trap.clear();
    return true;
  }
  return false;
}

}  // namespace umber::interp
