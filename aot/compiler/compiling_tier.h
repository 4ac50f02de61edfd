// Compiles each module when it is instantiated, and runs the result: for tests that run many small modules in one process.
// An image that is kept is run by loader/image_tier.h instead.
#pragma once

#include <map>
#include <memory>

#include "aot/compiler/compile.h"
#include "aot/loader/image_tier.h"

namespace umber::aot {

/// A copy of an image in memory that can be executed and not written.
class ExecutableImage {
 public:
  ExecutableImage() = default;
  ExecutableImage(const ExecutableImage&) = delete;
  ExecutableImage& operator=(const ExecutableImage&) = delete;
  ~ExecutableImage();
  [[nodiscard]] Status init(std::span<const uint8_t> bytes);
  [[nodiscard]] const Image& image() const { return image_; }

 private:
  void* memory_ = nullptr;
  size_t size_ = 0;
  Image image_;
};

class CompilingTier final : public Tier {
 public:
  /// `options.target` must be this machine.
  explicit CompilingTier(CompileOptions options) : options_(std::move(options)) {}
  /// Modules must live as long as the tier: what is compiled once is used again.
  [[nodiscard]] Status prepare(Instance& instance) override;
  void release(Instance& instance) override { detach_image(instance); }

 private:
  const CompileOptions options_;
  std::map<const wasm::Module*, std::unique_ptr<ExecutableImage>> images_;
};

}  // namespace umber::aot
