#include "runtime/heap/object.h"

namespace umber {

using wasm::CompositeKind;
using wasm::HeapType;

bool is_of_type(const TypeRegistry& types, Ref ref, HeapType type) {
  if (ref == kNullRef) return false;
  if (!type.is_abstract()) {
    const uint32_t id = type.type_idx();
    if (types[id].kind == CompositeKind::Func)
      return types.is_subtype(reinterpret_cast<const Func*>(static_cast<uintptr_t>(ref))->type_id, id);
    return is_object(ref) && types.is_subtype(type_id_of(object_at(ref)), id);
  }
  switch (type.abstract()) {
    case HeapType::Any:
    case HeapType::Extern:
    case HeapType::Func:
    case HeapType::Exn: return true;
    case HeapType::Eq: return !is_host_ref(ref);
    case HeapType::I31: return is_i31_ref(ref);
    case HeapType::Struct: return is_object(ref) && types[type_id_of(object_at(ref))].kind == CompositeKind::Struct;
    case HeapType::Array: return is_object(ref) && types[type_id_of(object_at(ref))].kind == CompositeKind::Array;
    case HeapType::None:
    case HeapType::NoFunc:
    case HeapType::NoExtern:
    case HeapType::NoExn:
    case HeapType::Bottom: return false;
  }
  return false;
}

}  // namespace umber
