// The table that VmContext::routines points at: see aot/image/routines.h.
#pragma once

namespace umber::aot {

/// Null on processors whose code needs no routines. Each entry is a code address.
[[nodiscard]] const void* const* native_routines();

}  // namespace umber::aot
