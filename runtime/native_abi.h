// What compiled code and the runtime agree on beyond VmContext: how compiled functions are called, and the helpers they
// reach through the context. Compiled code has no undefined symbols: what it does not do itself is one of these.
//
// A compiled function of type (t1 … tn) -> (u1 … um) is a native function of (context, t1, …, tn): i32, i64, f32, f64 as
// themselves, references as i64, v128 as a vector of 16 bytes. One result is returned, several as a struct. A trap does not
// return: the helper leaves for the innermost entry from the runtime, whose Func::entry then answers RunStatus::Trapped.
// The native frames in between belong to compiled code and own nothing.
#pragma once

#include "runtime/abi.h"

namespace umber {

/// Where in the guest a helper was called from, for traps and backtraces: function index in the high half, absolute offset
/// of the instruction in the low half.
using GuestPlace = uint64_t;
[[nodiscard]] constexpr GuestPlace guest_place(uint32_t func_idx, uint32_t offset) { return uint64_t{func_idx} << 32 | offset; }

/// The columns: name, result, parameters behind the context and the place. All are C functions. Those that can trap end
/// the run; counts, addresses and table indices are zero-extended to 64 bits.
#define UMBER_NATIVE_HELPERS(HELPER)                                                                                          \
  /* Ends the run; `kind` is a TrapKind. */                                                                                   \
  HELPER(trap, void, uint32_t kind)                                                                                           \
  /* The budget is below zero (Execution::on_budget_spent): returns to go on. */                                              \
  HELPER(budget_spent, void)                                                                                                  \
  /* Calls any function through Func::entry; `values` holds the parameters and takes the results. */                          \
  HELPER(call, void, const Func* func, Slot* values)                                                                          \
  /* The callee of call_indirect, its type checked. */                                                                        \
  HELPER(indirect_callee, const Func*, uint32_t table, uint64_t element, uint32_t type)                                       \
  HELPER(memory_size, uint64_t, uint32_t memory)                                                                              \
  HELPER(memory_grow, uint64_t, uint32_t memory, uint64_t delta)                                                              \
  HELPER(memory_fill, void, uint32_t memory, uint64_t to, uint32_t value, uint64_t count)                                     \
  HELPER(memory_copy, void, uint32_t to_memory, uint32_t from_memory, uint64_t to, uint64_t from, uint64_t count)             \
  HELPER(memory_init, void, uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t count)                    \
  HELPER(data_drop, void, uint32_t segment)                                                                                   \
  HELPER(table_get, uint64_t, uint32_t table, uint64_t element)                                                               \
  HELPER(table_set, void, uint32_t table, uint64_t element, uint64_t ref)                                                     \
  HELPER(table_size, uint64_t, uint32_t table)                                                                                \
  HELPER(table_grow, uint64_t, uint32_t table, uint64_t ref, uint64_t delta)                                                  \
  HELPER(table_fill, void, uint32_t table, uint64_t to, uint64_t ref, uint64_t count)                                         \
  HELPER(table_copy, void, uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from, uint64_t count)                \
  HELPER(table_init, void, uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count)                      \
  HELPER(elem_drop, void, uint32_t segment)                                                                                   \
  HELPER(ref_func, uint64_t, uint32_t func)

struct NativeHelpers {
#define UMBER_DECLARE_HELPER(name, result, ...) result (*name)(VmContext*, GuestPlace __VA_OPT__(, ) __VA_ARGS__);
  UMBER_NATIVE_HELPERS(UMBER_DECLARE_HELPER)
#undef UMBER_DECLARE_HELPER
};

/// Position of each helper in NativeHelpers.
enum class NativeHelper : uint8_t {
#define UMBER_NUMBER_HELPER(name, result, ...) name,
  UMBER_NATIVE_HELPERS(UMBER_NUMBER_HELPER)
#undef UMBER_NUMBER_HELPER
};

}  // namespace umber
