// Constant expressions (https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions): values of
// globals, offsets and elements of segments. A small stack machine over validated code; everything that needs a heap goes
// through allocate_object, the one place where it will come from.
#pragma once

#include "base/vec.h"
#include "decoder/wasm/immediates.h"
#include "runtime/instance.h"

namespace umber {

class ConstEvaluator {
 public:
  /// Globals and functions that expressions name must exist in the instance.
  explicit ConstEvaluator(Instance& instance);

  /// The value of one expression.
  [[nodiscard]] Result<GlobalCell> evaluate(wasm::ByteRange expression);

  /// The references of an element segment, one after the other.
  class Elements {
   public:
    Elements(ConstEvaluator& evaluator, const wasm::ElementSegment& segment);
    /// At most `segment.count` times.
    [[nodiscard]] Result<Ref> next();

   private:
    ConstEvaluator& evaluator_;
    const bool is_func_indices_;
    wasm::InstructionReader expressions_;
    ByteReader indices_;
  };

 private:
  [[nodiscard]] Result<GlobalCell> run(wasm::InstructionReader& reader);
  [[nodiscard]] Status step(wasm::Op op, const wasm::Immediates& immediates);
  [[nodiscard]] Status push(uint64_t low, uint64_t high = 0);
  [[nodiscard]] Status allocate_object(wasm::Op op);
  uint64_t pop();

  Instance& instance_;
  Vec<GlobalCell> stack_;
};

}  // namespace umber
