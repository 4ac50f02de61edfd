// Computing an instruction at translation time.
#pragma once

#include <cstdint>

#include "decoder/wasm/opcode.h"

namespace umber::ir {

/// Computes a regular scalar instruction from the raw bits of its operands (`b` is ignored by unary ones; i32 and f32 in the
/// low half, upper half zero). False when it traps, has a NaN as its result (whose bits are left to the machine that runs),
/// or is no pure computation on scalars.
[[nodiscard]] bool fold(wasm::Op op, uint64_t a, uint64_t b, uint64_t& result);

}  // namespace umber::ir
