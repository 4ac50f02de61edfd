#include "decoder/ir/ir.h"

namespace umber::ir {
namespace {

/// Of the operations that are no Wasm instruction.
constexpr StringRef kTexts[] = {
#define IR(id, text) text,
#include "decoder/ir/operations.def"
#undef IR
};

}  // namespace

StringRef text_of(Op op) {
  const auto idx = static_cast<unsigned>(op);
  return idx < wasm::kOpCount ? wasm::text_of(wasm_op_of(op)) : kTexts[idx - wasm::kOpCount];
}

}  // namespace umber::ir
