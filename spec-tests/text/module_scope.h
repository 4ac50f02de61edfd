// What names mean in one module while it is being read.
#pragma once

#include "decoder/wasm/module.h"
#include "spec-tests/text/types.h"

namespace umber::text {

struct ModuleScope {
  explicit ModuleScope(TokenCursor& cursor) : types(cursor) {}

  [[nodiscard]] IndexSpace& space_of(wasm::ExternalKind kind) {
    switch (kind) {
      case wasm::ExternalKind::Func: return functions;
      case wasm::ExternalKind::Table: return tables;
      case wasm::ExternalKind::Memory: return memories;
      case wasm::ExternalKind::Global: return globals;
      case wasm::ExternalKind::Tag: return tags;
    }
    return functions;
  }

  Types types;
  IndexSpace functions{"func"};
  IndexSpace tables{"table"};
  IndexSpace memories{"memory"};
  IndexSpace globals{"global"};
  IndexSpace tags{"tag"};
  IndexSpace elems{"elem segment"};
  IndexSpace datas{"data segment"};
  bool uses_data_in_code = false;  ///< some instruction names a data segment, so a data count section is needed
};

}  // namespace umber::text
