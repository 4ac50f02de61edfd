#include "runtime/exception.h"

#include <cstring>

#include "runtime/host.h"
#include "runtime/store.h"

namespace umber {

std::span<const Slot> ExceptionView::payload(const Store& store) const {
  return {reinterpret_cast<const Slot*>(object_ + kExceptionPayload), store.types()[tag().type_id].param_slots};
}

Ref make_exception(Store& store, const Tag& tag, const Slot* payload, const RunRoots& run) {
  const size_t payload_bytes = store.types()[tag.type_id].param_slots * sizeof(Slot);
  const uint64_t bytes = kExceptionPayload + uint64_t{payload_bytes};
  ObjectHeap& heap = store.objects();
  uint8_t* object = heap.take_cell(bytes, tag.type_id | kException);
  if (object == nullptr) object = heap.try_allocate(bytes, tag.type_id | kException);
  if (object == nullptr) object = heap.collect_and_allocate(bytes, tag.type_id | kException, run);
  if (object == nullptr) return kNullRef;
  store_le(object + kExceptionTag, uint64_t{reinterpret_cast<uintptr_t>(&tag)});
  std::memcpy(object + kExceptionPayload, payload, payload_bytes);
  return ref_to(object);
}

HostResult Caller::throw_exception(const Tag& tag, const Slot* payload) {
  RootRange roots(store().objects());
  roots.set(payload, store().types()[tag.type_id].param_slots);
  const Ref exception = make_exception(store(), tag, payload, {});
  if (exception == kNullRef) return trap(TrapKind::OutOfMemory, "an exception");
  return HostResult(execution_.throw_exception(exception));
}

/// "i32 5, f64 0x3ff0000000000000": what was thrown, for the trap's message.
void Execution::describe_exception() {
  const ExceptionView exception(trap_.exception);
  const Slot* value = exception.payload(store_).data();
  trap_.clear_message();
  const char* separator = "";
  for (wasm::ValType type : store_.types()[exception.tag().type_id].func().params) {
    trap_.add_message(separator);
    separator = ", ";
    switch (type.kind()) {
      case wasm::ValType::I32: trap_.add_message("i32 ", value->i32); break;
      case wasm::ValType::I64: trap_.add_message("i64 ", value->i64); break;
      case wasm::ValType::F32: trap_.add_message("f32 ", Hex{value->u32}); break;
      case wasm::ValType::F64: trap_.add_message("f64 ", Hex{value->u64}); break;
      case wasm::ValType::V128: trap_.add_message("v128 ", Hex{value[0].u64}, ' ', Hex{value[1].u64}); break;
      default: trap_.add_message(value->bits == kNullRef ? "null" : "a reference"); break;
    }
    value += type.slots();
  }
}

}  // namespace umber
