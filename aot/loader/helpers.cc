// What compiled code asks of the runtime. Each helper is a few lines over the runtime's own operations; one that fails records
// the trap and leaves the activation.

#include "aot/loader/exception_helpers.h"
#include "aot/loader/native_entries.h"
#include "aot/loader/object_helpers.h"
#include "runtime/atomics.h"
#include "runtime/exception.h"
#include "runtime/store.h"

namespace umber::aot {
namespace {

constexpr uint64_t kMinusOne = ~uint64_t{0};

void trap_unless_none(VmContext* context, TrapKind kind, const TrapSite& site) {
  if (kind == TrapKind::None) [[likely]] return;
  context->execution->trap(kind);
  leave_activation(*context, site);
}

/// The end of a helper that takes long: a loop of little else would be met outside of compiled code by every beat.
void finish(VmContext* context, TrapKind kind, const TrapSite& site) {
  context->execution->pause_in_place();
  trap_unless_none(context, kind == TrapKind::None && context->execution->kill_requested() ? TrapKind::Killed : kind, site);
}

void budget_spent(VmContext* context, uintptr_t frame, uint32_t offset) {
  sign_extend_budget(*context);
  if (context->execution->on_budget_spent_in_place(*context) == RunStatus::Trapped) leave_activation(*context, UMBER_CALLER);
}

void call(VmContext* context, uintptr_t frame, uint32_t offset, const Func* func, Slot* values) {
  UMBER_SAVE_REGISTERS();
  note_stack(*context);
  sign_extend_budget(*context);
  Execution& execution = *context->execution;
  if (execution.call(*func, values) != RunStatus::Done) return leave_thrown(*context, UMBER_CALLER);
  if (execution.kill_requested()) trap_unless_none(context, TrapKind::Killed, UMBER_CALLER);
}

void throw_exception(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t tag, const Slot* payload) {
  UMBER_SAVE_REGISTERS();
  note_stack(*context);
  Execution& execution = *context->execution;
  const Ref exception = make_exception(execution.store(), context->instance->tag(tag), payload, {});
  if (exception == kNullRef) trap_unless_none(context, TrapKind::OutOfMemory, UMBER_CALLER);
  static_cast<void>(execution.throw_exception(exception));
  leave_thrown(*context, UMBER_CALLER);
}

void throw_ref(VmContext* context, uintptr_t frame, uint32_t offset, uint64_t exception) {
  if (exception == kNullRef) trap_unless_none(context, TrapKind::NullExceptionReference, UMBER_CALLER);
  static_cast<void>(context->execution->throw_exception(exception));
  leave_thrown(*context, UMBER_CALLER);
}

uint32_t atomic_wait(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t memory_idx, uint64_t address, uint64_t expected,
                     uint64_t timeout_ns, uint32_t bytes) {
  sign_extend_budget(*context);
  Memory& memory = context->instance->memory(memory_idx);
  if (!memory.contains(address, bytes)) trap_unless_none(context, TrapKind::MemoryOutOfBounds, UMBER_CALLER);
  if (memory.shared() == nullptr) trap_unless_none(context, TrapKind::ExpectedSharedMemory, UMBER_CALLER);
  const SharedMemory::Wait result =
      memory.shared()->wait(*context->execution, address, expected, bytes == 8, static_cast<int64_t>(timeout_ns));
  if (result == SharedMemory::Wait::Failed) leave_activation(*context, UMBER_CALLER);
  if (result == SharedMemory::Wait::Over && context->execution->on_budget_spent_in_place(*context) == RunStatus::Trapped)
    leave_activation(*context, UMBER_CALLER);
  return static_cast<uint32_t>(result);
}

uint32_t atomic_notify(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t memory_idx, uint64_t address, uint32_t count) {
  Memory& memory = context->instance->memory(memory_idx);
  if (!memory.contains(address, sizeof(uint32_t))) trap_unless_none(context, TrapKind::MemoryOutOfBounds, UMBER_CALLER);
  return memory.shared() == nullptr ? 0 : memory.shared()->notify(address, count);
}

void check_shared(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t memory, uint64_t last) {
  if (context->instance->memory(memory).contains(last, 1)) return;
  trap_unless_none(context, TrapKind::MemoryOutOfBounds, UMBER_CALLER);
}

void check_type(VmContext* context, uintptr_t frame, uint32_t offset, const Func* func, uint32_t type) {
  if (context->execution->store().types().is_subtype(func->type_id, context->type_ids[type])) return;
  trap_unless_none(context, TrapKind::IndirectCallTypeMismatch, UMBER_CALLER);
}

void memory_fill(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t memory, uint64_t to, uint32_t value, uint64_t count) {
  finish(context, context->instance->memory_fill(memory, to, static_cast<uint8_t>(value), count), UMBER_CALLER);
}

void memory_copy(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t to_memory, uint32_t from_memory, uint64_t to,
                 uint64_t from, uint64_t count) {
  finish(context, context->instance->memory_copy(to_memory, from_memory, to, from, count), UMBER_CALLER);
}

void memory_init(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t memory, uint32_t segment, uint64_t to, uint64_t from,
                 uint64_t count) {
  finish(context, context->instance->memory_init(memory, segment, to, from, count), UMBER_CALLER);
}

void table_fill(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t table, uint64_t to, uint64_t ref, uint64_t count) {
  finish(context, context->instance->table_fill(table, to, ref, count), UMBER_CALLER);
}

void table_copy(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from,
                uint64_t count) {
  finish(context, context->instance->table_copy(to_table, from_table, to, from, count), UMBER_CALLER);
}

void table_init(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t table, uint32_t segment, uint64_t to, uint64_t from,
                uint64_t count) {
  finish(context, context->instance->table_init(table, segment, to, from, count), UMBER_CALLER);
}

uint64_t memory_grow(VmContext* context, uint32_t memory, uint64_t delta) {
  const uint64_t before = context->instance->memory(memory).grow(delta);
  return before == Memory::kGrowFailed ? kMinusOne : before;
}

uint64_t table_grow(VmContext* context, uint32_t table, uint64_t ref, uint64_t delta) {
  const uint64_t before = context->instance->table(table).grow(delta, ref);
  return before == Table::kGrowFailed ? kMinusOne : before;
}

uint32_t is_of_type(VmContext* context, uint64_t ref, uint32_t type) {
  const wasm::HeapType heap_type = TypeRegistry::to_store(wasm::HeapType::of_bits(type), context->type_ids);
  return umber::is_of_type(context->execution->store().types(), ref, heap_type) ? 1 : 0;
}

template <class T>
uint64_t access_as(void* address, AtomicOperation operation, uint64_t operand, uint64_t replacement) {
  auto* const at = static_cast<T*>(address);
  const auto value = static_cast<T>(operand);
  switch (operation) {
    case AtomicOperation::Load: return atomic_load(at);
    case AtomicOperation::Store: atomic_store(at, value); return 0;
    case AtomicOperation::Add: return atomic_update<AtomicUpdate::Add>(at, value);
    case AtomicOperation::Sub: return atomic_update<AtomicUpdate::Sub>(at, value);
    case AtomicOperation::And: return atomic_update<AtomicUpdate::And>(at, value);
    case AtomicOperation::Or: return atomic_update<AtomicUpdate::Or>(at, value);
    case AtomicOperation::Xor: return atomic_update<AtomicUpdate::Xor>(at, value);
    case AtomicOperation::Exchange: return atomic_update<AtomicUpdate::Exchange>(at, value);
    case AtomicOperation::CompareExchange: return atomic_compare_exchange(at, value, static_cast<T>(replacement));
  }
  return 0;
}

/// Where the processor can't, the memory's lock makes it atomic; and on a board a heartbeat never interrupts a helper.
uint64_t atomic_access(VmContext* context, uint32_t memory_idx, uint64_t address, uint32_t access, uint64_t value, uint64_t replacement) {
  Memory& memory = context->instance->memory(memory_idx);
  const Locked locked(kNativeAtomics || memory.shared() == nullptr ? nullptr : memory.shared()->lock());
  void* const at = memory.base() + address;
  const auto operation = static_cast<AtomicOperation>(access & 255);
  switch (access >> 8) {
    case 1: return access_as<uint8_t>(at, operation, value, replacement);
    case 2: return access_as<uint16_t>(at, operation, value, replacement);
    case 4: return access_as<uint32_t>(at, operation, value, replacement);
    default: return access_as<uint64_t>(at, operation, value, replacement);
  }
}

uint64_t shared_size(VmContext* context, uint32_t memory_idx) {
  Memory& memory = context->instance->memory(memory_idx);
  memory.refresh();
  return memory.size_bytes();
}

void data_drop(VmContext* context, uint32_t segment) { context->instance->data_drop(segment); }

void elem_drop(VmContext* context, uint32_t segment) { context->instance->elem_drop(segment); }

/// Where compiled code called a stub.
TrapSite site_of(const VmContext& context, const void* frame, const void* return_address) {
  const Image& image = *static_cast<Activation*>(context.execution->native_activation)->image;
  const uintptr_t pc = call_before(reinterpret_cast<uintptr_t>(return_address));
  uint32_t code = 0;
  ImagePlace place{};
  if (!find_code(image, pc, code) || !place_of(image, code, place)) place = {};
  return {reinterpret_cast<uintptr_t>(frame), pc, place.offset};
}

void trap(VmContext* context, const void* frame, const void* return_address, uint32_t kind) {
  context->execution->trap(static_cast<TrapKind>(kind));
  leave_activation(*context, site_of(*context, frame, return_address));
}

/// The next argument, as a slot has it.
uint64_t take_words(const uintptr_t*& words, wasm::ValType type) {
  const bool is_short = type == wasm::ValType::I32 || type == wasm::ValType::F32;
  const uint64_t low = *words++;
  if (is_short) return static_cast<uint32_t>(low);
  if constexpr (sizeof(uintptr_t) == 8) return low;
  return low | uint64_t{*words++} << 32;
}

}  // namespace

uint64_t umber_call_import(VmContext* context, const void* frame, const void* return_address, const uintptr_t* words, uint32_t import) {
  UMBER_SAVE_REGISTERS();
  note_stack(*context);
  sign_extend_budget(*context);
  Slot values[kImportWords] = {};
  Slot* value = values;
  for (const wasm::ValType param : context->instance->module().func_type(import).params) (value++)->bits = take_words(words, param);
  Execution& execution = *context->execution;
  if (execution.call(*context->imported_funcs[import], values) != RunStatus::Done) {
    leave_thrown(*context, site_of(*context, frame, return_address));
  } else if (execution.kill_requested()) {
    trap_unless_none(context, TrapKind::Killed, site_of(*context, frame, return_address));
  }
  return values[0].bits;
}

[[gnu::noinline]] void note_stack(VmContext& context) { context.execution->native_activation->stack_low = __builtin_frame_address(0); }

const NativeHelpers kNativeHelpers = {
#define UMBER_HELPER_ADDRESS(name, ...) &name,
    UMBER_TRAPPING_HELPERS(UMBER_HELPER_ADDRESS)
#undef UMBER_HELPER_ADDRESS
#define UMBER_HELPER_ADDRESS(name, ...) &object_helpers::name,
    UMBER_OBJECT_HELPERS(UMBER_HELPER_ADDRESS)
#undef UMBER_HELPER_ADDRESS
#define UMBER_HELPER_ADDRESS(name, ...) &name,
    UMBER_PLAIN_HELPERS(UMBER_HELPER_ADDRESS)
#undef UMBER_HELPER_ADDRESS
};

}  // namespace umber::aot
