// Encoded code as text: `umber dump --code`, golden tests of the encoder.
#pragma once

#include "decoder/disasm/text_writer.h"
#include "decoder/ir/ir.h"
#include "interp/code.h"
#include "interp/encode/options.h"

namespace umber::interp {

/// Encodes a function and writes its code, one instruction a line: position, operation, operands. rN and fN are registers,
/// [N] frame slots, #N immediates, @N addresses in code.
[[nodiscard]] Status print_code(const ir::Function& function, Allocator& allocator, TextOutput& output, EncodeOptions options = {.guarded = true});

/// The name of the operation whose code is at `pc`, with its operands' places, such as "i32.add r0 r1 #". For histograms.
[[nodiscard]] FixedText<96> name_at(const Code* pc);

}  // namespace umber::interp
