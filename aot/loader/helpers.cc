// What compiled code asks of the runtime. Each helper is a few lines over the runtime's own operations; one that fails records
// the trap and leaves the activation.

#include "aot/loader/image_tier.h"
#include "runtime/store.h"

namespace umber::aot {
namespace {

constexpr uint64_t kMinusOne = ~uint64_t{0};

[[noreturn]] void end_run(VmContext* context, GuestPlace place) {
  context->execution->current_trap().add_frame(*context->instance, static_cast<uint32_t>(place >> 32), static_cast<uint32_t>(place));
  leave_activation(*context);
}

void trap_unless_none(VmContext* context, GuestPlace place, TrapKind kind) {
  if (kind == TrapKind::None) [[likely]] return;
  context->execution->trap(kind);
  end_run(context, place);
}

Table& table_of(VmContext* context, uint32_t idx) { return context->instance->table(idx); }

/// The element's slot, or a trap.
Ref& element_of(VmContext* context, GuestPlace place, uint32_t table, uint64_t element) {
  if (element >= table_of(context, table).size()) trap_unless_none(context, place, TrapKind::TableOutOfBounds);
  return table_of(context, table).view().elements[element];
}

void trap(VmContext* context, GuestPlace place, uint32_t kind) { trap_unless_none(context, place, static_cast<TrapKind>(kind)); }

void budget_spent(VmContext* context, GuestPlace place) {
  // Native frames can't be put aside: a pause of compiled code waits here until it is over or the run is killed.
  if (context->execution->on_budget_spent(*context) == RunStatus::Trapped) end_run(context, place);
}

void call(VmContext* context, GuestPlace place, const Func* func, Slot* values) {
  if (context->execution->call(*func, values) != RunStatus::Done) end_run(context, place);
}

const Func* indirect_callee(VmContext* context, GuestPlace place, uint32_t table, uint64_t element, uint32_t type) {
  const std::span<const Ref> elements = table_of(context, table).elements();
  if (element >= elements.size()) trap_unless_none(context, place, TrapKind::UndefinedElement);
  if (elements[element] == kNullRef) trap_unless_none(context, place, TrapKind::UninitializedElement);
  const auto* func = reinterpret_cast<const Func*>(static_cast<uintptr_t>(elements[element]));
  if (!context->execution->store().types().is_subtype(func->type_id, context->type_ids[type])) {
    trap_unless_none(context, place, TrapKind::IndirectCallTypeMismatch);
  }
  return func;
}

uint64_t memory_size(VmContext* context, GuestPlace, uint32_t memory) { return context->instance->memory(memory).size_pages(); }

uint64_t memory_grow(VmContext* context, GuestPlace, uint32_t memory, uint64_t delta) {
  const uint64_t before = context->instance->memory(memory).grow(delta);
  return before == Memory::kGrowFailed ? kMinusOne : before;
}

void memory_fill(VmContext* context, GuestPlace place, uint32_t memory, uint64_t to, uint32_t value, uint64_t count) {
  trap_unless_none(context, place, context->instance->memory_fill(memory, to, static_cast<uint8_t>(value), count));
}

void memory_copy(VmContext* context, GuestPlace place, uint32_t to_memory, uint32_t from_memory, uint64_t to, uint64_t from, uint64_t count) {
  trap_unless_none(context, place, context->instance->memory_copy(to_memory, from_memory, to, from, count));
}

void memory_init(VmContext* context, GuestPlace place, uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  trap_unless_none(context, place, context->instance->memory_init(memory, segment, to, from, count));
}

void data_drop(VmContext* context, GuestPlace, uint32_t segment) { context->instance->data_drop(segment); }

uint64_t table_get(VmContext* context, GuestPlace place, uint32_t table, uint64_t element) {
  return element_of(context, place, table, element);
}

void table_set(VmContext* context, GuestPlace place, uint32_t table, uint64_t element, uint64_t ref) {
  element_of(context, place, table, element) = ref;
}

uint64_t table_size(VmContext* context, GuestPlace, uint32_t table) { return table_of(context, table).size(); }

uint64_t table_grow(VmContext* context, GuestPlace, uint32_t table, uint64_t ref, uint64_t delta) {
  const uint64_t before = table_of(context, table).grow(delta, ref);
  return before == Table::kGrowFailed ? kMinusOne : before;
}

void table_fill(VmContext* context, GuestPlace place, uint32_t table, uint64_t to, uint64_t ref, uint64_t count) {
  trap_unless_none(context, place, context->instance->table_fill(table, to, ref, count));
}

void table_copy(VmContext* context, GuestPlace place, uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from, uint64_t count) {
  trap_unless_none(context, place, context->instance->table_copy(to_table, from_table, to, from, count));
}

void table_init(VmContext* context, GuestPlace place, uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count) {
  trap_unless_none(context, place, context->instance->table_init(table, segment, to, from, count));
}

void elem_drop(VmContext* context, GuestPlace, uint32_t segment) { context->instance->elem_drop(segment); }

uint64_t ref_func(VmContext* context, GuestPlace, uint32_t func) { return reinterpret_cast<uintptr_t>(context->func(func)); }

}  // namespace

const NativeHelpers kNativeHelpers = {
#define UMBER_HELPER_ADDRESS(name, ...) &name,
    UMBER_NATIVE_HELPERS(UMBER_HELPER_ADDRESS)
#undef UMBER_HELPER_ADDRESS
};

}  // namespace umber::aot
