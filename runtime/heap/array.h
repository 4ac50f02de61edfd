// Array instructions that work on ranges (https://webassembly.github.io/spec/core/exec/instructions.html#aggregate-instructions).
// Indices are checked here; TrapKind::None on success, and on a trap nothing is written. `bytes` is the size of an element.
#pragma once

#include "runtime/instance.h"
#include "runtime/heap/object.h"

namespace umber {

/// A range of an array: null and bounds.
[[nodiscard]] TrapKind check_range(Ref array, uint64_t idx, uint64_t count);

/// Fills a range that was checked, or a new array's elements.
void fill_elements(uint8_t* to, uint32_t bytes, const Slot* value, uint32_t count);

[[nodiscard]] TrapKind array_fill(Ref array, uint32_t idx, const Slot* value, uint32_t count, uint32_t bytes);
[[nodiscard]] TrapKind array_copy(Ref to, uint32_t to_idx, Ref from, uint32_t from_idx, uint32_t count, uint32_t bytes);
/// From a data segment; `from` in bytes, `count` in elements.
[[nodiscard]] TrapKind array_init_data(const Instance& instance, Ref array, uint32_t segment, uint32_t idx, uint32_t from,
                                       uint32_t count, uint32_t bytes);
[[nodiscard]] TrapKind array_init_elem(const Instance& instance, Ref array, uint32_t segment, uint32_t idx, uint32_t from,
                                       uint32_t count);

}  // namespace umber
