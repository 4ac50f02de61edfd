// What compiled code and the runtime agree on beyond VmContext: how compiled functions are called, where the fields lie that
// code touches (the compiler runs on another machine than the code, so offsets are computed from the target's pointer
// size and asserted where both meet), and the helpers. Compiled code has no undefined symbols and needs no relocations: what
// it does not do itself it reaches through VmContext::helpers.
//
// A compiled function of type (t1 … tn) -> (u1 … um) is a native function of ([context,] [results,] t1, …, tn): i32, i64,
// f32, f64 as themselves, references as i64, v128 as a vector of 16 bytes. Only 64-bit targets pass the context; on 32-bit ones it stays
// in a register of its own (aot/image/routines.h). One result is returned; several are written to frame slots at `results`. A trap does not return: the helper leaves for the innermost entry from the runtime, whose
// Func::entry then answers RunStatus::Trapped. The native frames in between belong to compiled code and own nothing.
#pragma once

#include "runtime/abi.h"

namespace umber {

/// Helpers that can end the run. The columns: name, result, parameters behind (context, frame, offset). `frame` is the
/// caller's frame pointer, from which a backtrace starts; `offset` the Wasm instruction's in the module's bytes. Counts,
/// addresses and table indices are zero-extended to 64 bits.
#define UMBER_TRAPPING_HELPERS(HELPER)                                                                                        \
  /* The budget is below zero (Execution::on_budget_spent): returns to go on. */                                              \
  HELPER(budget_spent, void)                                                                                                  \
  /* Calls any function through Func::entry; `values` holds the parameters and takes the results. */                          \
  HELPER(call, void, const Func* func, Slot* values)                                                                          \
  /* Traps unless `func` is of a subtype of the module's type. */                                                             \
  HELPER(check_type, void, const Func* func, uint32_t type)                                                                   \
  HELPER(memory_fill, void, uint32_t memory, uint64_t to, uint32_t value, uint64_t count)                                     \
  HELPER(memory_copy, void, uint32_t to_memory, uint32_t from_memory, uint64_t to, uint64_t from, uint64_t count)             \
  HELPER(memory_init, void, uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t count)                    \
  HELPER(table_fill, void, uint32_t table, uint64_t to, uint64_t ref, uint64_t count)                                         \
  HELPER(table_copy, void, uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from, uint64_t count)                \
  HELPER(table_init, void, uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count)                      \
  /* An exception with the payload in slots. Returns with VmContext::is_throwing set if the image catches exceptions (else a  \
     handler can't be in this activation, and the helper leaves it), and the caller returns in turn. */                      \
  HELPER(throw_exception, void, uint32_t tag, const Slot* payload)                                                            \
  HELPER(throw_ref, void, uint64_t exception)                                                                                 \
  /* The address is aligned, but in bounds only as far as code checks; `bytes` is 4 or 8. */                                  \
  HELPER(atomic_wait, uint32_t, uint32_t memory, uint64_t address, uint64_t expected, uint64_t timeout_ns, uint32_t bytes)    \
  HELPER(atomic_notify, uint32_t, uint32_t memory, uint64_t address, uint32_t count)                                          \
  /* An access beyond the size that this store knows of a shared memory, with its last byte at `last`: others may have grown  \
     it. */                                                                                                                   \
  HELPER(check_shared, void, uint32_t memory, uint64_t last)

/// Those for objects, which also can end the run.
#define UMBER_OBJECT_HELPERS(HELPER)                                                                                          \
  /* New objects of a type of the module; fields and elements are the caller's to write, before it calls anything. */         \
  HELPER(struct_new, uint64_t, uint32_t type)                                                                                 \
  HELPER(array_new, uint64_t, uint32_t type, uint32_t length)                                                                 \
  /* All elements are `value`; null: zeros. */                                                                                \
  HELPER(array_new_filled, uint64_t, uint32_t type, uint32_t length, const Slot* value)                                       \
  HELPER(array_new_data, uint64_t, uint32_t type, uint32_t segment, uint32_t from, uint32_t length)                           \
  HELPER(array_new_elem, uint64_t, uint32_t type, uint32_t segment, uint32_t from, uint32_t length)                           \
  /* `bytes` is the size of an element. */                                                                                    \
  HELPER(array_fill, void, uint64_t array, uint32_t idx, const Slot* value, uint32_t count, uint32_t bytes)                   \
  HELPER(array_copy, void, uint64_t to, uint32_t to_idx, uint64_t from, uint32_t from_idx, uint32_t count, uint32_t bytes)    \
  HELPER(array_init_data, void, uint64_t array, uint32_t segment, uint32_t idx, uint32_t from, uint32_t count, uint32_t bytes) \
  HELPER(array_init_elem, void, uint64_t array, uint32_t segment, uint32_t idx, uint32_t from, uint32_t count)

/// Helpers without a place: all but the last two always return. The columns: name, result, parameters behind the context.
#define UMBER_PLAIN_HELPERS(HELPER)                                                                                           \
  HELPER(memory_grow, uint64_t, uint32_t memory, uint64_t delta)                                                              \
  HELPER(table_grow, uint64_t, uint32_t table, uint64_t ref, uint64_t delta)                                                  \
  /* The size of a shared memory, in bytes. */                                                                                \
  HELPER(shared_size, uint64_t, uint32_t memory)                                                                              \
  /* Whether the exception on its way is of a tag, kNoIndex: any. If so it is no longer on its way: returns the exnref, payload in   \
     `payload` unless that is null. If not: null. */                                                                           \
  HELPER(catch_exception, uint64_t, uint32_t tag, Slot* payload)                                                              \
  HELPER(data_drop, void, uint32_t segment)                                                                                   \
  HELPER(elem_drop, void, uint32_t segment)                                                                                   \
  /* Whether a reference is of a heap type, in the bits of wasm::HeapType; null is not. */                                    \
  HELPER(is_of_type, uint32_t, uint64_t ref, uint32_t type)                                                                   \
  /* An atomic access that the processor has no instruction for, inside the memory and aligned: what was there. `access` is an \
     AtomicOperation plus 256 times the width in bytes. */                                                                    \
  HELPER(atomic_access, uint64_t, uint32_t memory, uint64_t address, uint32_t access, uint64_t value, uint64_t replacement)    \
  /* Ends the run; `kind` is a TrapKind. The image's own stubs call it, with the frame pointer of the code that traps and the  \
     return address of its call of the stub. */                                                                               \
  HELPER(trap, void, const void* frame, const void* return_address, uint32_t kind)                                            \
  /* Calls an imported function with at most kImportWords words of arguments and one result, which it returns. i64 and f64 take two words \
     where those have 32 bits. The image's own stubs call it, as for `trap`; it can end the run, or throw. */                 \
  HELPER(call_import, uint64_t, const void* frame, const void* return_address, const uintptr_t* words, uint32_t import)

/// As many words as every calling convention has registers for, or puts behind those in registers.
inline constexpr uint32_t kImportWords = 6;

/// One call from the runtime into compiled code; Execution::native_activation is the innermost one. Whenever the heap may collect,
/// every word in [stack_low, stack_high) may be a reference of that code.
struct NativeActivation {
  NativeActivation* outer = nullptr;
  const void* stack_low = nullptr;
  const void* stack_high = nullptr;
};

struct NativeHelpers {
#define UMBER_DECLARE_HELPER(name, result, ...) \
  result (*name)(VmContext*, uintptr_t frame, uint32_t offset __VA_OPT__(, ) __VA_ARGS__);
  UMBER_TRAPPING_HELPERS(UMBER_DECLARE_HELPER)
  UMBER_OBJECT_HELPERS(UMBER_DECLARE_HELPER)
#undef UMBER_DECLARE_HELPER
#define UMBER_DECLARE_HELPER(name, result, ...) result (*name)(VmContext*, __VA_ARGS__);
  UMBER_PLAIN_HELPERS(UMBER_DECLARE_HELPER)
#undef UMBER_DECLARE_HELPER
};

/// In the order of the opcodes.
enum class AtomicOperation : uint8_t { Load, Store, Add, Sub, And, Or, Xor, Exchange, CompareExchange };

/// Position of each helper in NativeHelpers.
enum class NativeHelper : uint8_t {
#define UMBER_NUMBER_HELPER(name, ...) name,
  UMBER_TRAPPING_HELPERS(UMBER_NUMBER_HELPER)
  UMBER_OBJECT_HELPERS(UMBER_NUMBER_HELPER)
  UMBER_PLAIN_HELPERS(UMBER_NUMBER_HELPER)
#undef UMBER_NUMBER_HELPER
};

/// The fields of VmContext that compiled code uses.
enum class ContextField : uint8_t {
  Memory0Base, Memory0Size, Budget, StackEnd, Execution, Code, ImportedFuncs, Funcs, ImportedGlobals,
  Memories, Tables, TypeIds, Instance, ImportedFuncCount, ImportedGlobalCount, Helpers, NativeStackEnd, Routines, IsThrowing, Globals,
};

/// Where a field lies for a target with pointers of that many bytes (4 or 8). Globals: the first own global's cell.
[[nodiscard]] constexpr uint32_t offset_of(ContextField field, uint32_t pointer) {
  constexpr uint32_t kFirstPointer = 24;  // base, size and budget take 8 bytes each, on every target
  const auto at = [&](uint32_t pointers, uint32_t words) { return kFirstPointer + pointers * pointer + words * 4; };
  switch (field) {
    case ContextField::Memory0Base: return 0;
    case ContextField::Memory0Size: return 8;
    case ContextField::Budget: return 16;
    case ContextField::ImportedFuncCount: return at(10, 0);
    case ContextField::ImportedGlobalCount: return at(10, 1);
    case ContextField::Helpers: return at(10, 2);
    case ContextField::NativeStackEnd: return at(11, 2);
    case ContextField::Routines: return at(12, 2);
    case ContextField::IsThrowing: return at(13, 2);
    case ContextField::Globals: return (at(13, 3) + 15) / 16 * 16;
    default: return at(static_cast<uint32_t>(field) - static_cast<uint32_t>(ContextField::StackEnd), 0);
  }
}

#define UMBER_AT(field, member) static_assert(offset_of(ContextField::field, sizeof(void*)) == offsetof(VmContext, member))
UMBER_AT(Memory0Base, memory0_base);
UMBER_AT(Memory0Size, memory0_size);
UMBER_AT(Budget, budget);
UMBER_AT(ImportedFuncs, imported_funcs);
UMBER_AT(Funcs, funcs);
UMBER_AT(ImportedGlobals, imported_globals);
UMBER_AT(Memories, memories);
UMBER_AT(Tables, tables);
UMBER_AT(TypeIds, type_ids);
UMBER_AT(Helpers, helpers);
UMBER_AT(NativeStackEnd, native_stack_end);
UMBER_AT(IsThrowing, is_throwing);
UMBER_AT(Routines, routines);
#undef UMBER_AT
static_assert(offset_of(ContextField::Globals, sizeof(void*)) == sizeof(VmContext));

/// Fields of Func, MemoryView and TableView likewise.
enum class FuncField : uint8_t { Entry, Ctx, Target, FuncIdx, TypeId };
[[nodiscard]] constexpr uint32_t offset_of(FuncField field, uint32_t pointer) {
  const auto index = static_cast<uint32_t>(field);
  return index <= 3 ? index * pointer : 3 * pointer + 4;
}
[[nodiscard]] constexpr uint32_t func_size(uint32_t pointer) { return 3 * pointer + 8; }
static_assert(offset_of(FuncField::Ctx, sizeof(void*)) == offsetof(Func, ctx));
static_assert(offset_of(FuncField::Target, sizeof(void*)) == offsetof(Func, target));
static_assert(offset_of(FuncField::TypeId, sizeof(void*)) == offsetof(Func, type_id));
static_assert(func_size(sizeof(void*)) == sizeof(Func));

inline constexpr uint32_t kViewBase = 0;
inline constexpr uint32_t kViewSize = 8;
static_assert(offsetof(MemoryView, size) == kViewSize && offsetof(TableView, size) == kViewSize);

}  // namespace umber
