// The tier that runs compiled images. A function's entry calls the thunk of its type, which calls the code; what code cannot do
// it asks of helpers.cc through the context. A trap, wherever it comes from, adds its frames and leaves for the activation.
#pragma once

#include <csetjmp>

#include "aot/image/image.h"
#include "runtime/execution.h"
#include "runtime/native_abi.h"
#include "runtime/tier.h"

namespace umber::aot {

/// Machine stack that compiled code may use below its first frame, in bytes. The thread's stack must be larger by what
/// host functions need and kStackReserve.
inline constexpr uintptr_t kDefaultNativeStack = 512 * 1024;
/// Kept free below the limit for helpers, leaf functions and the fault handler, in bytes.
inline constexpr uintptr_t kStackReserve = 32 * 1024;

/// One call from the runtime into compiled code: where its traps leave to. The innermost one is
/// Execution::native_activation.
struct Activation : NativeActivation, FaultTarget {
  Execution* execution = nullptr;
  const Image* image = nullptr;
  uintptr_t stack_end = 0;
  std::jmp_buf leave;
};

/// Instance::tier_state of an instance that runs compiled code.
struct NativeState {
  const Image* image = nullptr;
  uintptr_t stack_bytes = 0;
  GuestInterrupts* interrupts = nullptr;
};

/// Where compiled code trapped.
struct TrapSite {
  uintptr_t frame;  ///< frame pointer of the code
  uintptr_t pc;     ///< an address in the trapping instruction or helper call
  uint32_t offset;  ///< of the Wasm instruction in the module; pc says only which inlined calls it lies in
};

/// Sets up an instance to run an image of its module, which must outlive it; see Tier::prepare. `interrupts`: null for those of the
/// store's virtual memory, if it has any.
[[nodiscard]] Status attach_image(Instance& instance, const Image& image, uintptr_t stack_bytes, GuestInterrupts* interrupts = nullptr);
void detach_image(Instance& instance);

class ImageTier final : public Tier {
 public:
  /// `image` and `interrupts` must outlive the tier and all instances. Instances must be of the module that the image embeds.
  /// `interrupts`: a board's; null for those of the store's virtual memory.
  explicit ImageTier(const Image& image, uintptr_t stack_bytes = kDefaultNativeStack, GuestInterrupts* interrupts = nullptr)
      : image_(image), stack_bytes_(stack_bytes), interrupts_(interrupts) {}
  [[nodiscard]] Status prepare(Instance& instance) override { return attach_image(instance, image_, stack_bytes_, interrupts_); }
  void release(Instance& instance) override { detach_image(instance); }

 private:
  const Image& image_;
  const uintptr_t stack_bytes_;
  GuestInterrupts* const interrupts_;
};

/// Compiled code of 32-bit processors counts the budget's low half: before anything else reads the budget, which is small, the
/// upper half is made to fit.
inline void sign_extend_budget(VmContext& context) {
  if constexpr (sizeof(void*) == 4) context.budget = static_cast<int32_t>(context.budget);
}

/// What every context's `helpers` points at.
extern const NativeHelpers kNativeHelpers;

/// Ends the innermost activation, whose execution's trap is set: adds the place where it happened and the frames around it.
[[noreturn]] void leave_activation(VmContext& context, const TrapSite& site);

}  // namespace umber::aot
