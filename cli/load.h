// A module from the command line, decoded and validated; or the one in a compiled image, with the image.
#pragma once

#include "aot/image/image.h"
#include "cli/input.h"
#include "decoder/wasm/module.h"
#include "ports/linux/platform.h"

namespace umber::cli {

class LoadedModule {
 public:
  LoadedModule() : module_(allocator_) {}

  /// Reads, decodes and validates; prints what is wrong on stderr and returns false. Function bodies are `Later` left to whoever
  /// translates all of them before any runs; not those of an image, which nobody translates.
  enum class Bodies : uint8_t { Now, Later };
  [[nodiscard]] bool load(const std::string& file, wasm::Features features, Bodies bodies = Bodies::Now);
  [[nodiscard]] const wasm::Module& module() const { return module_; }
  /// The file, or what its text stands for; executable if it is an image that runs here.
  [[nodiscard]] std::span<const uint8_t> bytes() const { return input_.bytes(); }
  /// The image that the file is, if it is one that runs here; else the module is to be interpreted.
  [[nodiscard]] const aot::Image* image() const { return image_ ? &*image_ : nullptr; }

 private:
  [[nodiscard]] Status open_image(std::span<const uint8_t>& module);

  linux_port::HeapAllocator allocator_;
  Input input_;
  wasm::Module module_;
  std::optional<aot::Image> image_;
};

}  // namespace umber::cli
