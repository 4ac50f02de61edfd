// A Wasm module as an LLVM module: declarations of all its functions, the thunks between native calls and frame slots, and
// the table that an image's loader reads. Bodies are translated one by one (function_translator.h).
#pragma once

#include <llvm/IR/Module.h>

#include <memory>
#include <string>
#include <vector>

#include "aot/compiler/types.h"
#include "base/error.h"
#include "runtime/native_abi.h"

namespace umber::aot {

enum class BoundsChecks : uint8_t {
  Guard,     ///< memory 0 has guard regions: an access beyond it faults
  Explicit,  ///< every access is compared with the memory's size
};

struct TranslateOptions {
  BoundsChecks bounds = BoundsChecks::Guard;
  bool interruptible = true;  ///< charge the budget at entries and loop headers
};

class ModuleTranslator {
 public:
  ModuleTranslator(llvm::LLVMContext& context, const wasm::Module& module, const TranslateOptions& options);

  /// Translates the bodies [first, end) of the function index space (defined functions only) and their thunks.
  [[nodiscard]] Status translate(uint32_t first, uint32_t end, Allocator& allocator);

  [[nodiscard]] const wasm::Module& wasm() const { return wasm_; }
  [[nodiscard]] const Types& types() const { return types_; }
  [[nodiscard]] const TranslateOptions& options() const { return options_; }
  [[nodiscard]] llvm::Module& llvm() { return *llvm_; }
  [[nodiscard]] std::unique_ptr<llvm::Module> take() { return std::move(llvm_); }
  /// The native function of a defined function.
  [[nodiscard]] llvm::Function* function(uint32_t func_idx);
  [[nodiscard]] llvm::FunctionType* helper_type(NativeHelper helper) const;
  /// Guarded memory 0 with 32-bit addresses and 64 KiB pages: no explicit check.
  [[nodiscard]] bool is_guarded(uint32_t memory) const;

 private:
  void emit_inbound_thunk(uint32_t type_idx);

  const wasm::Module& wasm_;
  const TranslateOptions options_;
  Types types_;
  std::unique_ptr<llvm::Module> llvm_;
  std::vector<llvm::Function*> functions_;
};

/// Symbols of an object: a function, and the thunk that calls functions of a type with frame slots.
[[nodiscard]] std::string function_symbol(uint32_t func_idx);
[[nodiscard]] std::string thunk_symbol(uint32_t type_idx);

}  // namespace umber::aot
