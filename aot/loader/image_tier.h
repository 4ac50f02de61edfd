// The tier that runs compiled images. A function's entry calls the thunk of its type, which calls the code; what code cannot do
// it asks of helpers.cc through the context.
#pragma once

#include <csetjmp>

#include "aot/image/image.h"
#include "runtime/native_abi.h"
#include "runtime/tier.h"

namespace umber::aot {

/// One call from the runtime into compiled code of an instance: where its traps leave to.
struct Activation {
  Activation* outer = nullptr;
  std::jmp_buf leave;
};

/// Instance::tier_state of an instance that runs compiled code.
struct NativeState {
  const Image* image = nullptr;
  Activation* innermost = nullptr;
};

class ImageTier final : public Tier {
 public:
  /// `image` must outlive the tier and all instances. Instances must be of the module that the image embeds.
  explicit ImageTier(const Image& image) : image_(image) {}
  [[nodiscard]] Status prepare(Instance& instance) override;
  void release(Instance& instance) override;

 private:
  const Image& image_;
};

/// What every context's `helpers` points at.
extern const NativeHelpers kNativeHelpers;

/// Ends the innermost activation of the context's instance; the execution's trap is set.
[[noreturn]] void leave_activation(VmContext& context);

}  // namespace umber::aot
