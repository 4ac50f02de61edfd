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
  uint32_t code_bytes;   ///< instructions behind the header
};
/// More than any stack has room for, so that a call finds out when it compares; positive as a 32-bit ptrdiff_t too.
inline constexpr uint32_t kNotEncoded = INT32_MAX;
static_assert(sizeof(FunctionHeader) % 8 == 0);
inline constexpr uint32_t kLinkSlots = 2;

[[nodiscard]] inline const FunctionHeader& header_of(const Code* function) {
  return *reinterpret_cast<const FunctionHeader*>(function);
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
