#include "decoder/ir/ir.h"

namespace umber::ir {
namespace {

constexpr StringRef kTexts[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) text,
#include "decoder/wasm/opcodes.def"
#undef OP
#define IR(id, text) text,
#include "decoder/ir/operations.def"
#undef IR
};

}  // namespace

StringRef text_of(Op op) { return kTexts[static_cast<unsigned>(op)]; }

}  // namespace umber::ir
