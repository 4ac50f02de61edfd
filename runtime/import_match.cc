#include "runtime/import_match.h"

namespace umber {

using wasm::ExternalKind;
using wasm::Limits;

namespace {

using Reason = FixedText<120>;

/// `size` is the current one, which is what counts as the minimum of an existing object.
bool match_limits(const Limits& actual, uint64_t size, const Limits& expected, Reason& reason) {
  if (actual.is_64 != expected.is_64) {
    reason.add("expected ", expected.is_64 ? "64" : "32", "-bit addresses");
    return false;
  }
  if (actual.is_shared != expected.is_shared) {
    reason.add("expected ", expected.is_shared ? "a shared one" : "one that is not shared");
    return false;
  }
  if (size < expected.min) {
    reason.add("expected a size of at least ", expected.min, ", it is ", size);
    return false;
  }
  if (expected.has_max && (!actual.has_max || actual.max > expected.max)) {
    reason.add("expected a maximum of at most ", expected.max);
    if (actual.has_max)
      reason.add(", it is ", actual.max);
    else
      reason.add(", it has none");
    return false;
  }
  return true;
}

bool match_func(const TypeRegistry& types, uint32_t expected, const Func& func, Reason& reason) {
  if (types.is_subtype(func.type_id, expected)) return true;
  reason.add("the function's type is another");
  return false;
}

bool match_table(const wasm::TableType& expected, wasm::ValType element, const Table& table, Reason& reason) {
  if (!match_limits(table.type().limits, table.size(), expected.limits, reason)) return false;
  if (table.type().element == element) return true;
  reason.add("expected elements of ", wasm::text_of(element).str(), ", they are ",
             wasm::text_of(table.type().element).str());
  return false;
}

bool match_memory(const wasm::MemoryType& expected, Memory& memory, Reason& reason) {
  memory.refresh();
  if (memory.type().page_size_log2 != expected.page_size_log2) {
    reason.add("the page sizes differ");
    return false;
  }
  return match_limits(memory.type().limits, memory.size_pages(), expected.limits, reason);
}

bool match_global(const TypeRegistry& types, bool is_mutable, wasm::ValType expected, const Global& global,
                  Reason& reason) {
  if (global.type.is_mutable != is_mutable) {
    reason.add("expected a ", is_mutable ? "mutable" : "constant", " global");
    return false;
  }
  const wasm::ValType actual = global.type.type;
  if (is_mutable ? actual == expected : types.is_subtype(actual, expected)) return true;
  reason.add("expected ", wasm::text_of(expected).str(), ", it is ", wasm::text_of(actual).str());
  return false;
}

template <class... Parts>
Error import_error(const wasm::Import& import, StringRef what, const Parts&... parts) {
  return Error::at(ErrorCode::Unlinkable, import.offset, what, ": ", wasm::name_of(import.kind), " ", Quoted{import.module},
                   " ", Quoted{import.name}, parts...);
}

bool match_item(const TypeRegistry& types, const wasm::Module& module, const wasm::Import& import, const uint32_t* ids,
                const Extern& item, Reason& reason) {
  switch (import.kind) {
    case ExternalKind::Func: return match_func(types, ids[module.function_types[import.index]], *item.func, reason);
    case ExternalKind::Table: {
      const wasm::TableType& expected = module.tables[import.index].type;
      return match_table(expected, TypeRegistry::to_store(expected.element, ids), *item.table, reason);
    }
    case ExternalKind::Memory: return match_memory(module.memories[import.index].type, *item.memory, reason);
    case ExternalKind::Global: {
      const wasm::GlobalType& expected = module.globals[import.index].type;
      return match_global(types, expected.is_mutable, TypeRegistry::to_store(expected.type, ids), item.global, reason);
    }
    case ExternalKind::Tag:
      if (item.tag->type_id == ids[module.tags[import.index].type.type_idx]) return true;
      reason.add("the tag's type is another");
      return false;
  }
  return false;
}

}  // namespace

Status match_import(const TypeRegistry& types, const wasm::Module& module, const wasm::Import& import, const uint32_t* ids,
                    const Extern& item) {
  if (item.kind != import.kind) return import_error(import, "incompatible import type", " is a ", wasm::name_of(item.kind));
  Reason reason;
  if (match_item(types, module, import, ids, item, reason)) return {};
  return import_error(import, "incompatible import type", ": ", reason.str());
}

Error unknown_import(const wasm::Import& import, StringRef suggestion) {
  if (suggestion.empty()) return import_error(import, "unknown import");
  return import_error(import, "unknown import", "; did you mean ", Quoted{suggestion}, "?");
}

}  // namespace umber
