// What compiled code asks of the object heap. New objects that may refer to others come filled with zeros: code can be left at any
// instruction, also before it has written the fields, and the collector would believe what it finds in them.
#include "aot/loader/object_helpers.h"

#include <cstring>

#include "runtime/heap/array.h"
#include "runtime/store.h"

namespace umber::aot {
namespace {

/// Charges long ranges, by the kilobyte, as memory instructions do; the next checkpoint sees it.
void charge(VmContext& context, uint64_t bytes) { context.execution->charge(bytes / 1024); }

void check(VmContext& context, TrapKind kind, const TrapSite& site) {
  if (kind == TrapKind::None) [[likely]] return;
  context.execution->trap(kind);
  leave_activation(context, site);
}

[[gnu::noinline]] uint8_t* allocate_slowly(VmContext& context, const TrapSite& site, uint64_t bytes, uint32_t type_id) {
  UMBER_SAVE_REGISTERS();
  note_stack(context);
  uint8_t* object = context.execution->store().objects().allocate(bytes, type_id);
  if (object == nullptr) check(context, TrapKind::OutOfMemory, site);
  if (context.execution->kill_requested()) check(context, TrapKind::Killed, site);
  return object;
}

uint8_t* allocate(VmContext& context, const TrapSite& site, uint64_t bytes, uint32_t type_id) {
  uint8_t* object = context.execution->store().objects().take_cell(bytes, type_id);
  return object != nullptr ? object : allocate_slowly(context, site, bytes, type_id);
}

const StoreType& type_of(const VmContext& context, uint32_t type) { return context.execution->store().types()[context.type_ids[type]]; }
uint32_t element_bytes(const VmContext& context, uint32_t type) { return wasm::bytes_of(type_of(context, type).fields()[0].type); }

uint8_t* allocate_array(VmContext& context, const TrapSite& site, uint32_t type, uint32_t length) {
  const uint64_t bytes = array_bytes(length, element_bytes(context, type));
  uint8_t* array = allocate(context, site, bytes, context.type_ids[type]);
  store_le(array + wasm::kArrayLength, length);
  charge(context, bytes);
  return array;
}

void clear_elements(uint8_t* array, uint32_t length, uint32_t bytes) {
  std::memset(array + wasm::kArrayElements, 0, static_cast<size_t>(length) * bytes);
}

}  // namespace

uint64_t object_helpers::struct_new(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t type) {
  const StoreType& struct_type = type_of(*context, type);
  uint8_t* object = allocate(*context, UMBER_CALLER, struct_type.object_bytes, context->type_ids[type]);
  if (!struct_type.object_refs().empty()) std::memset(object + sizeof(uint32_t), 0, struct_type.object_bytes - sizeof(uint32_t));
  return ref_to(object);
}

uint64_t object_helpers::array_new(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t type, uint32_t length) {
  uint8_t* array = allocate_array(*context, UMBER_CALLER, type, length);
  if (!type_of(*context, type).object_refs().empty()) clear_elements(array, length, sizeof(Ref));
  return ref_to(array);
}

uint64_t object_helpers::array_new_filled(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t type, uint32_t length,
                                          const Slot* value) {
  uint8_t* array = allocate_array(*context, UMBER_CALLER, type, length);
  const uint32_t bytes = element_bytes(*context, type);
  if (value == nullptr) {
    clear_elements(array, length, bytes);
  } else {
    fill_elements(array + wasm::kArrayElements, bytes, value, length);
  }
  return ref_to(array);
}

uint64_t object_helpers::array_new_data(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t type, uint32_t segment,
                                        uint32_t from, uint32_t length) {
  const uint32_t bytes = element_bytes(*context, type);
  const bool fits = from + uint64_t{length} * bytes <= context->instance->data(segment).size();
  check(*context, fits ? TrapKind::None : TrapKind::MemoryOutOfBounds, UMBER_CALLER);
  const Ref array = ref_to(allocate_array(*context, UMBER_CALLER, type, length));
  check(*context, umber::array_init_data(*context->instance, array, segment, 0, from, length, bytes), UMBER_CALLER);
  return array;
}

uint64_t object_helpers::array_new_elem(VmContext* context, uintptr_t frame, uint32_t offset, uint32_t type, uint32_t segment,
                                        uint32_t from, uint32_t length) {
  const bool fits = uint64_t{from} + length <= context->instance->elements(segment).size();
  check(*context, fits ? TrapKind::None : TrapKind::TableOutOfBounds, UMBER_CALLER);
  const Ref array = ref_to(allocate_array(*context, UMBER_CALLER, type, length));
  check(*context, umber::array_init_elem(*context->instance, array, segment, 0, from, length), UMBER_CALLER);
  return array;
}

void object_helpers::array_fill(VmContext* context, uintptr_t frame, uint32_t offset, uint64_t array, uint32_t idx, const Slot* value,
                                uint32_t count, uint32_t bytes) {
  check(*context, umber::array_fill(array, idx, value, count, bytes), UMBER_CALLER);
  charge(*context, uint64_t{count} * bytes);
}

void object_helpers::array_copy(VmContext* context, uintptr_t frame, uint32_t offset, uint64_t to, uint32_t to_idx, uint64_t from,
                                uint32_t from_idx, uint32_t count, uint32_t bytes) {
  check(*context, umber::array_copy(to, to_idx, from, from_idx, count, bytes), UMBER_CALLER);
  charge(*context, uint64_t{count} * bytes);
}

void object_helpers::array_init_data(VmContext* context, uintptr_t frame, uint32_t offset, uint64_t array, uint32_t segment,
                                     uint32_t idx, uint32_t from, uint32_t count, uint32_t bytes) {
  check(*context, umber::array_init_data(*context->instance, array, segment, idx, from, count, bytes), UMBER_CALLER);
  charge(*context, uint64_t{count} * bytes);
}

void object_helpers::array_init_elem(VmContext* context, uintptr_t frame, uint32_t offset, uint64_t array, uint32_t segment,
                                     uint32_t idx, uint32_t from, uint32_t count) {
  check(*context, umber::array_init_elem(*context->instance, array, segment, idx, from, count), UMBER_CALLER);
  charge(*context, uint64_t{count} * sizeof(Ref));
}

}  // namespace umber::aot
