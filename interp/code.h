// Encoded functions and frames as handlers and unwinder see them.
//
// A function's code is a header and its instructions. Frame, by slots: [0, link) parameters at entry, results at return;
// link: return address; link + 1: caller's frame; then the other locals, temporaries and scratch slots. A caller puts the
// arguments where the callee's slot 0 will be, so nothing is copied.
#pragma once

#include "interp/dispatch.h"

namespace umber::interp {

struct FunctionHeader {
  uint32_t frame_bytes;  ///< from slot 0 to the frame's end, callees' first slots included; kNotEncoded: no code yet
  uint32_t weight;       ///< fuel charged at entry
  uint16_t link;         ///< slot of the return address
  uint16_t first_zero;   ///< locals that start as zero
  uint16_t zero_count;
  uint16_t param_slots;
  uint32_t func_idx;
  uint32_t has_handlers : 1;      ///< a HandlerTable lies behind the instructions
  uint32_t is_draft : 1;          ///< Version::Draft
  uint32_t has_loop_entries : 1;  ///< Version::Successor
  uint32_t code_bytes : 29;       ///< instructions behind the header, with the loop entries
};
/// More than any stack has room for, so that a call finds out when it compares; positive as a 32-bit ptrdiff_t too.
inline constexpr uint32_t kNotEncoded = INT32_MAX;
static_assert(sizeof(FunctionHeader) % 8 == 0);
inline constexpr uint32_t kLinkSlots = 2;
/// So many slots behind the link are zeroed at every entry, whether they hold locals or not: two stores, no question. The frame has room.
inline constexpr uint32_t kZeroedAlways = kIsCompact ? 0 : 4;

/// Where exceptions are caught in a function: this, then the ranges, then the clauses. Code that throws nothing never looks at
/// it. Positions count from the function's header.
struct HandlerTable {
  static constexpr uint32_t kNone = 0xffff'ffff;
  /// Instructions [first, end). Ranges nest; they are in order of their starts, outer ones before inner ones.
  struct Range {
    uint32_t first;
    uint32_t end;
    uint32_t outer;         ///< the innermost range around it; kNone
    uint32_t first_clause;
    uint32_t clause_count;
  };
  struct Clause {
    uint32_t target;  ///< where control goes on
    uint32_t tag;
    uint16_t slot;    ///< where payload and exnref are written
    uint16_t kind;    ///< ir::CatchKind
  };
  uint32_t range_count;
  /// Where it lies from the header on, behind `code_bytes` of instructions: aligned like its fields.
  [[nodiscard]] static constexpr uint32_t offset(uint32_t code_bytes) {
    return (static_cast<uint32_t>(sizeof(FunctionHeader)) + code_bytes + 3) & ~3u;
  }
  [[nodiscard]] const Range* ranges() const { return reinterpret_cast<const Range*>(this + 1); }
  [[nodiscard]] const Clause* clauses() const { return reinterpret_cast<const Clause*>(ranges() + range_count); }
};

[[nodiscard]] inline const FunctionHeader& header_of(const Code* function) {
  return *reinterpret_cast<const FunctionHeader*>(function);
}
/// The table at the end of a successor's instructions: for each loop the position, from the header on, where code takes over that
/// has come to the loop's header in the draft; then how many there are.
[[nodiscard]] inline uint32_t word_from_end(const Code* function, uint32_t words) {
  return load_le<uint32_t>(function + sizeof(FunctionHeader) + header_of(function).code_bytes - 4 * size_t{words});
}
[[nodiscard]] inline uint32_t loop_entry_count(const Code* function) { return word_from_end(function, 1); }
[[nodiscard]] inline uint32_t loop_entry(const Code* function, uint32_t loop) {
  return word_from_end(function, 1 + loop_entry_count(function) - loop);
}

/// The code of function `func_idx` of the running instance. Another thread may be encoding it just now: what is seen here is complete.
[[nodiscard]] inline const Code* code_of(const VmContext* ctx, uint32_t func_idx) {
  return static_cast<const Code*>(__atomic_load_n(&ctx->code[func_idx], __ATOMIC_ACQUIRE));
}

/// The slot that holds the return address, from the slots of a type.
[[nodiscard]] constexpr uint32_t link_slot(uint32_t param_slots, uint32_t result_slots) {
  return param_slots > result_slots ? param_slots : result_slots;
}

}  // namespace umber::interp
