// A module from the command line, decoded and validated.
#pragma once

#include "cli/input.h"
#include "decoder/wasm/module.h"
#include "ports/linux/platform.h"

namespace umber::cli {

class LoadedModule {
 public:
  LoadedModule() : module_(allocator_) {}

  /// Reads, decodes and validates; prints what is wrong on stderr and returns false.
  [[nodiscard]] bool load(const std::string& file, wasm::Features features);
  [[nodiscard]] const wasm::Module& module() const { return module_; }

 private:
  linux_port::HeapAllocator allocator_;
  Input input_;
  wasm::Module module_;
};

}  // namespace umber::cli
