// Constant expressions (https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions): values of
// globals, offsets and elements of segments. A small stack machine over validated code; its values count as roots of
// the object heap, since an expression may make several objects.
#pragma once

#include "base/vec.h"
#include "decoder/wasm/immediates.h"
#include "runtime/heap/roots.h"
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
  [[nodiscard]] Status make_object(wasm::Op op, const wasm::Immediates& immediates);
  [[nodiscard]] Result<uint8_t*> allocate(uint64_t bytes, uint32_t type_id);
  [[nodiscard]] Status make_struct(uint32_t type_id, bool is_default);
  [[nodiscard]] Status make_array(uint32_t type_id, const GlobalCell& value, uint32_t length);
  [[nodiscard]] Status make_fixed_array(uint32_t type_id, uint32_t length);
  uint64_t pop();

  Instance& instance_;
  Vec<GlobalCell> stack_;
  RootRange roots_;  ///< the stack, while something is allocated
};

}  // namespace umber
