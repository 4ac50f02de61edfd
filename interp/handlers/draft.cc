// From a draft to its successor. The frame stays: both versions of a function have the same slots, and at the places where drafts
// count, all values lie in them. Frames further out go on in the draft, which is kept for them.
#include "interp/draft.h"

#include "interp/encode/options.h"
#include "interp/handlers/calls.h"
#include "interp/module_code.h"
#include "runtime/instance.h"

namespace umber::interp {
namespace {

/// Visits until the next try, where there was no memory for a successor or no room for its frame.
constexpr uint16_t kNextTry = UINT16_MAX;

/// Several threads may count: then some visits are counted once.
using Count [[gnu::may_alias]] = uint16_t;

/// Calls through references find the successor from now on.
void note_target(Func& func, const Code* code) {
  if (found_code(func) != code) __atomic_store_n(&func.target, static_cast<const void*>(code), __ATOMIC_RELEASE);
}

struct Draft {
  using F = Fields<Half, Word, Word>;
  static Count* visits_left(const State& s) { return reinterpret_cast<Count*>(const_cast<Code*>(s.pc) + F::at(0)); }

  struct Slow {
    static Next run(State& s) {
      const uint32_t func_idx = F::word<1>(s), loop = F::word<2>(s);
      const Code* const successor = static_cast<ModuleCode*>(s.ctx->instance->tier_state)->successor(func_idx);
      const auto room = reinterpret_cast<const char*>(s.ctx->stack_end) - reinterpret_cast<const char*>(s.fp);
      if (successor != nullptr) note_target(*s.ctx->func(func_idx), successor);
      if (successor == nullptr || room < static_cast<ptrdiff_t>(header_of(successor).frame_bytes)) {
        __atomic_store_n(visits_left(s), kNextTry, __ATOMIC_RELAXED);
        return F::next(s);
      }
      s.pc = successor + (loop == wasm::kNoIndex ? sizeof(FunctionHeader) : loop_entry(successor, loop));
      return Next::Go;
    }
  };
  static Next run(State& s) {
    const uint16_t left = __atomic_load_n(visits_left(s), __ATOMIC_RELAXED);
    if (left == 0) [[unlikely]] return Next::Slow;
    __atomic_store_n(visits_left(s), static_cast<uint16_t>(left - 1), __ATOMIC_RELAXED);
    return F::next(s);
  }
};

constexpr Handler kHandlers[] = {handler_if<kHasDrafts, Draft>()};

}  // namespace

constinit const Family kFamDraft = {"draft", kHandlers, nullptr, "hww", 1, {}};

}  // namespace umber::interp
