// The words of the text format that are not instructions, and the look-up of those that are. The official suite tells a
// misplaced word ("unexpected token") from a meaningless one ("unknown operator"); this is where the difference lies.
#pragma once

#include <optional>
#include <string_view>

#include "decoder/wasm/opcode.h"

namespace umber::text {

/// The instruction with this mnemonic: the first row of opcodes.def that has it.
[[nodiscard]] std::optional<wasm::Op> op_of_text(std::string_view text);

/// Any word that has a meaning somewhere in a module or a script.
[[nodiscard]] bool is_keyword(std::string_view text);

}  // namespace umber::text
