// Values on the command line: arguments of --invoke as text, and results back as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decoder/wasm/types.h"
#include "runtime/abi.h"

namespace umber::cli {

/// Appends the slots of `text` read as `type`: integers in decimal or 0x hexadecimal, signed or unsigned; floats as printed, with
/// inf and nan; v128 as 0x and up to 32 hexadecimal digits; references only as "null". False if it isn't one.
[[nodiscard]] bool parse_value(std::string_view text, wasm::ValType type, std::vector<Slot>& slots);

/// Integers signed, floats in the shortest form that reads back, v128 in hexadecimal, references as "null", "(ref.i31 5)", "(ref)".
[[nodiscard]] std::string print_value(const Slot* slots, wasm::ValType type);

}  // namespace umber::cli
