// Telling the forms of a module apart without reading what is inside.
#pragma once

#include "spec-tests/text/script.h"
#include "spec-tests/text/token_cursor.h"

namespace umber::text {

/// At "(module", but not "(module instance": takes the whole form.
[[nodiscard]] ModuleSource take_module_source(TokenCursor& cursor);

}  // namespace umber::text
