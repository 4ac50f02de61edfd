// What names mean in one module while it is being read.
#pragma once

#include "spec-tests/text/types.h"

namespace umber::text {

struct ModuleScope {
  explicit ModuleScope(TokenCursor& cursor) : types(cursor) {}

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
