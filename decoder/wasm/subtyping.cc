// Matching of types (https://webassembly.github.io/spec/core/valid/matching.html). Type indices are canonical and a
// supertype's index too, so that a defined type's supertypes are a chain to be compared by number.
#include "decoder/wasm/module.h"

namespace umber::wasm {

HeapType top_of(CompositeKind kind) {
  switch (kind) {
    case CompositeKind::Func: return HeapType::Func;
    case CompositeKind::Struct: return HeapType::Struct;
    case CompositeKind::Array: return HeapType::Array;
  }
  return HeapType::Func;
}

bool is_abstract_subtype(HeapType::Abstract sub, HeapType::Abstract super) {
  if (sub == super || sub == HeapType::Bottom) return true;
  switch (super) {
    case HeapType::Any:
      return sub == HeapType::Eq || sub == HeapType::I31 || sub == HeapType::Struct || sub == HeapType::Array ||
             sub == HeapType::None;
    case HeapType::Eq:
      return sub == HeapType::I31 || sub == HeapType::Struct || sub == HeapType::Array || sub == HeapType::None;
    case HeapType::I31:
    case HeapType::Struct:
    case HeapType::Array: return sub == HeapType::None;
    case HeapType::Func: return sub == HeapType::NoFunc;
    case HeapType::Extern: return sub == HeapType::NoExtern;
    case HeapType::Exn: return sub == HeapType::NoExn;
    case HeapType::None:
    case HeapType::NoExtern:
    case HeapType::NoFunc:
    case HeapType::NoExn:
    case HeapType::Bottom: return false;
  }
  return false;
}

namespace {

bool is_defined_subtype(const Module& module, uint32_t sub, uint32_t super) {
  const uint8_t depth = module.types[super].subtyping_depth;
  while (sub != super) {
    if (module.types[sub].subtyping_depth <= depth) return false;
    sub = module.types[sub].super;
  }
  return true;
}

}  // namespace

HeapType top_of(const Module& module, HeapType type) {
  if (!type.is_abstract()) return module.types[type.type_idx()].kind == CompositeKind::Func ? HeapType::Func : HeapType::Any;
  for (HeapType top : {HeapType(HeapType::Func), HeapType(HeapType::Extern), HeapType(HeapType::Exn)})
    if (is_subtype(module, type, top)) return top;
  return HeapType::Any;
}

bool is_subtype(const Module& module, HeapType sub, HeapType super) {
  if (sub == super) return true;
  if (!super.is_abstract()) {
    if (!sub.is_abstract()) return is_defined_subtype(module, sub.type_idx(), super.type_idx());
    const HeapType bottom = module.types[super.type_idx()].kind == CompositeKind::Func ? HeapType::NoFunc : HeapType::None;
    return sub == bottom || sub == HeapType::Bottom;
  }
  if (sub.is_abstract()) return is_abstract_subtype(sub.abstract(), super.abstract());
  return is_abstract_subtype(top_of(module.types[sub.type_idx()].kind).abstract(), super.abstract());
}

bool is_subtype(const Module& module, ValType sub, ValType super) {
  if (sub == super || sub == ValType::Bottom) return true;
  if (!sub.is_ref() || !super.is_ref()) return false;
  if (sub.is_nullable() && !super.is_nullable()) return false;
  return is_subtype(module, sub.heap_type(), super.heap_type());
}

}  // namespace umber::wasm
