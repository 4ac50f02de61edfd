// Which import takes what (https://webassembly.github.io/spec/core/valid/matching.html#external-types).
#pragma once

#include "runtime/extern.h"
#include "runtime/type_registry.h"

namespace umber {

/// Unlinkable ("incompatible import type", with what was expected and what is there) unless `item` matches the import.
/// `ids`: the module's type indices as store ids.
[[nodiscard]] Status match_import(const TypeRegistry& types, const wasm::Module& module, const wasm::Import& import,
                                  const uint32_t* ids, const Extern& item);

/// The error for an import that nothing defines.
[[nodiscard]] Error unknown_import(const wasm::Import& import, StringRef suggestion = {});

}  // namespace umber
