// The structures that running code touches: the interpreter's handlers and compiled code read and write these fields
// directly, so their layout is fixed here, static_asserted, and versioned (kAbiVersion is in every compiled image).
//
// One VmContext per instance. It is the first argument of everything that runs. Behind it, in one allocation, lie the
// instance's own globals (16 bytes each), so that a global access is one load at a constant distance.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/trap.h"

namespace umber {

inline constexpr uint32_t kAbiVersion = 5;

class Instance;
class Execution;
struct VmContext;
struct NativeHelpers;

/// One 8-byte frame slot, argument or result. i32 and f32 use the low half, and writers zero the upper half of an i32.
/// References take the whole slot.
union Slot {
  uint64_t bits;
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  uint64_t u64;
  float f32;
  double f64;
};
static_assert(sizeof(Slot) == 8);

/// A reference value. 0 is null. A funcref is the address of a Func. In the any/extern hierarchy: bit 0 set is an i31 (value
/// in bits 1…31); low bits 10 is a host reference (any 62-bit value of the host's, shifted left by 2); otherwise the
/// address of a heap object. An exnref is the address of a heap object.
using Ref = uint64_t;
inline constexpr Ref kNullRef = 0;
[[nodiscard]] constexpr Ref host_ref(uint64_t value) { return value << 2 | 2; }
[[nodiscard]] constexpr bool is_host_ref(Ref ref) { return (ref & 3) == 2; }
[[nodiscard]] constexpr uint64_t host_value_of(Ref ref) { return ref >> 2; }
[[nodiscard]] constexpr Ref i31_ref(uint32_t value) { return uint64_t{value & 0x7fff'ffff} << 1 | 1; }
[[nodiscard]] constexpr bool is_i31_ref(Ref ref) { return (ref & 1) != 0; }

/// How a call ended.
enum class RunStatus : uint8_t {
  Done,
  Trapped,    ///< Execution::trap says why (kills, exits and uncaught exceptions included)
  Suspended,  ///< paused at a loop or call; Execution::resume goes on there
};

/// A function instance; a funcref is its address. Any tier calls any function through `entry`.
struct Func {
  /// Runs the function: parameters are read from `values[0…]`, results written there (v128 takes two slots).
  using Entry = RunStatus (*)(Execution& execution, const Func& func, Slot* values);

  Entry entry = nullptr;
  VmContext* ctx = nullptr;     ///< of the instance that defines it; null for a host function
  const void* target = nullptr; ///< the tier's own: compiled code, or the host function's record
  uint32_t func_idx = 0;        ///< in its module
  uint32_t type_id = 0;         ///< store-wide canonical type
};

/// A linear memory as code sees it. `size` in bytes. In a guarded memory, base stays put for life and every 32-bit address plus
/// 32-bit offset is either inside or faults.
struct MemoryView {
  uint8_t* base = nullptr;
  uint64_t size = 0;
};

struct TableView {
  Ref* elements = nullptr;
  uint64_t size = 0;
};

/// One 16-byte global cell.
struct alignas(16) GlobalCell {
  Slot value[2];
};

struct alignas(16) VmContext {
  uint8_t* memory0_base = nullptr;  ///< copy of memories[0]->base, kept up to date by memory.grow; never null
  uint64_t memory0_size = 0;        ///< copy of memories[0]->size; 0 without a memory
  int64_t budget = 0;               ///< charged at entries and loop headers; below zero: Execution::on_budget_spent
  Slot* stack_end = nullptr;        ///< of the execution that runs this instance now
  Execution* execution = nullptr;   ///< likewise
  const void* const* code = nullptr;  ///< interpreter: entry of each function's code, by function index
  Func* const* imported_funcs = nullptr;  ///< by function index
  Func* funcs = nullptr;                  ///< own functions; function index i is funcs[i - imported count]
  GlobalCell* const* imported_globals = nullptr;
  MemoryView* const* memories = nullptr;  ///< by memory index
  TableView* const* tables = nullptr;     ///< by table index
  const uint32_t* type_ids = nullptr;     ///< module type index to store-wide type id
  Instance* instance = nullptr;
  uint32_t imported_func_count = 0;
  uint32_t imported_global_count = 0;
  const NativeHelpers* helpers = nullptr;  ///< compiled code: see native_abi.h
  uintptr_t native_stack_end = 0;          ///< compiled code: the machine stack may not grow below this address
  const void* const* routines = nullptr;   ///< compiled code: see aot/image/routines.h
  uint32_t is_throwing = 0;                ///< compiled code: functions return because of Trap::exception

  [[nodiscard]] GlobalCell* own_globals() { return reinterpret_cast<GlobalCell*>(this + 1); }
  [[nodiscard]] GlobalCell& global(uint32_t idx) {
    return idx < imported_global_count ? *imported_globals[idx] : own_globals()[idx - imported_global_count];
  }
  [[nodiscard]] Func* func(uint32_t idx) {
    return idx < imported_func_count ? imported_funcs[idx] : &funcs[idx - imported_func_count];
  }
};
static_assert(sizeof(VmContext) % 16 == 0, "globals behind the context are 16-byte aligned");

}  // namespace umber
