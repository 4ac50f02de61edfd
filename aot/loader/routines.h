// The table that VmContext::routines points at: see aot/image/routines.h.
#pragma once

namespace umber::aot {

/// Each entry is a code address. 64-bit processors need rounding only where images say so: their table has nothing else.
[[nodiscard]] const void* const* native_routines();

}  // namespace umber::aot
