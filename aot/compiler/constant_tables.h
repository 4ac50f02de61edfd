// Tables that never change: private to the module, filled by active segments only, and no instruction writes them. A call
// through one needs no reference, no owner and no type id: the compiler knows every element.
#pragma once

#include <cstdint>
#include <vector>

#include "base/allocator.h"
#include "base/error.h"
#include "decoder/wasm/module.h"

namespace umber::aot {

/// By table: function index of each element, wasm::kNoIndex for null. Empty: the table may change, or is too large.
using ConstantTables = std::vector<std::vector<uint32_t>>;

/// Looks at all function bodies. Fails where a body is invalid.
[[nodiscard]] Result<ConstantTables> find_constant_tables(const wasm::Module& module, Allocator& allocator);

}  // namespace umber::aot
