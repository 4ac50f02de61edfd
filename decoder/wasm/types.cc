#include "decoder/wasm/types.h"

namespace umber::wasm {
namespace {

StringRef name_of(HeapType::Abstract code) {
  switch (code) {
    case HeapType::Exn: return "exn";
    case HeapType::Array: return "array";
    case HeapType::Struct: return "struct";
    case HeapType::I31: return "i31";
    case HeapType::Eq: return "eq";
    case HeapType::Any: return "any";
    case HeapType::Extern: return "extern";
    case HeapType::Func: return "func";
    case HeapType::None: return "none";
    case HeapType::NoExtern: return "noextern";
    case HeapType::NoFunc: return "nofunc";
    case HeapType::NoExn: return "noexn";
    case HeapType::Bottom: return "bot";
  }
  return "?";
}

/// The short form of a nullable reference, "funcref"; the bottom types have a null in theirs: "nullfuncref".
StringRef short_form_of(HeapType::Abstract code) {
  switch (code) {
    case HeapType::None: return "nullref";
    case HeapType::NoExtern: return "nullexternref";
    case HeapType::NoFunc: return "nullfuncref";
    case HeapType::NoExn: return "nullexnref";
    default: return {};
  }
}

}  // namespace

TypeText text_of(HeapType type) {
  TypeText text;
  if (type.is_abstract())
    text.add(name_of(type.abstract()));
  else
    text.add(type.type_idx());
  return text;
}

TypeText text_of(ValType type) {
  TypeText text;
  switch (type.kind()) {
    case ValType::Bottom: return text.add("any type"), text;
    case ValType::I16: return text.add("i16"), text;
    case ValType::I8: return text.add("i8"), text;
    case ValType::V128: return text.add("v128"), text;
    case ValType::F64: return text.add("f64"), text;
    case ValType::F32: return text.add("f32"), text;
    case ValType::I64: return text.add("i64"), text;
    case ValType::I32: return text.add("i32"), text;
    case ValType::RefNull:
    case ValType::RefNonNull: break;
  }
  const HeapType heap_type = type.heap_type();
  if (!type.is_nullable()) return text.add("(ref ", text_of(heap_type).str(), ")"), text;
  if (!heap_type.is_abstract()) return text.add("(ref null ", heap_type.type_idx(), ")"), text;
  const StringRef short_form = short_form_of(heap_type.abstract());
  if (!short_form.empty()) return text.add(short_form), text;
  return text.add(name_of(heap_type.abstract()), "ref"), text;
}

}  // namespace umber::wasm
