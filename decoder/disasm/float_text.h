// Floats as the text format writes them, exactly and without a decimal conversion: small whole numbers in decimal,
// everything else in hexadecimal (https://webassembly.github.io/spec/core/text/values.html#floating-point).
#pragma once

#include <cstdint>

#include "base/format.h"

namespace umber::wasm {

using FloatText = FixedText<40>;

/// `bits`: of an f32 in the low half, or of an f64. "-3", "0x1.8p-1", "inf", "nan", "-nan:0x200000".
[[nodiscard]] FloatText text_of_float(uint64_t bits, bool is_f64);

}  // namespace umber::wasm
