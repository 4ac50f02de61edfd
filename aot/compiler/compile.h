// A validated module to an image, an object, assembly or LLVM IR.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aot/compiler/module_translator.h"
#include "aot/compiler/targets.h"

namespace umber::aot {

struct CompileOptions {
  Target target;
  Optimization optimization = Optimization::O3;
  TranslateOptions translate;
  bool embed_whole_module = false;  ///< the image keeps function bodies, so that a runtime may interpret it instead
  std::vector<uint8_t>* debug_file = nullptr;  ///< gets an ELF file for debuggers: symbols, and line tables whose lines are offsets in the module
  unsigned threads = 1;             ///< code generation runs on that many
  /// Called after each finished part, from any thread, never concurrently: functions done, functions in all.
  std::function<void(uint32_t done, uint32_t all)> progress;
};

enum class Output : uint8_t { Image, Object, Assembly, LlvmIr };

/// The module must be valid and its bytes alive. For Object, Assembly and LlvmIr everything is one part on one thread.
[[nodiscard]] Result<std::vector<uint8_t>> compile(const wasm::Module& module, const CompileOptions& options, Output output);

}  // namespace umber::aot
