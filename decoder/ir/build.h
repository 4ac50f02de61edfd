// From one function body to IR: the validator's pass with the IR builder as its sink.
#pragma once

#include "decoder/ir/ir.h"

namespace umber::ir {

/// Validates body `func_idx` of a module whose declarations are valid, and builds its IR in `arena`. `allocator` serves the
/// working stacks. The result lives as long as the arena and the module. Not for imported functions.
[[nodiscard]] Result<Function> build(const wasm::Module& module, uint32_t func_idx, Arena& arena, Allocator& allocator);

/// The same for many functions of one module, one after the other: working stacks are kept, so that after the first few
/// functions nothing is allocated any more. Not thread-safe; any number of objects may work on one module.
class FunctionBuilder {
 public:
  FunctionBuilder(const wasm::Module& module, Allocator& allocator) : module_(module), allocator_(allocator) {}
  FunctionBuilder(const FunctionBuilder&) = delete;
  FunctionBuilder& operator=(const FunctionBuilder&) = delete;
  ~FunctionBuilder();

  /// The result lives in `arena`.
  [[nodiscard]] Result<Function> build(uint32_t func_idx, Arena& arena);
  /// The result lives in this object, until the next call.
  [[nodiscard]] Result<Function> build(uint32_t func_idx);

 private:
  struct State;
  [[nodiscard]] Status run(uint32_t func_idx);

  const wasm::Module& module_;
  Allocator& allocator_;
  State* state_ = nullptr;  ///< created by the first build
};

}  // namespace umber::ir
