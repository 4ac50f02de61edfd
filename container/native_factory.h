// The interpreter for modules, and the loader for compiled images. Kept apart from the interpreter alone: a device that never runs
// compiled code links no loader.
#pragma once

#include "aot/loader/image_tier.h"
#include "container/interpreter_factory.h"

namespace umber::container {

class NativeFactory final : public TierFactory {
 public:
  /// As for InterpreterFactory. `interrupts`, which outlives the factory: a board's; null where there is virtual memory.
  explicit NativeFactory(Scheduler& scheduler, bool keeps_workshop = InterpreterConfig().keeps_workshop, GuestInterrupts* interrupts = nullptr)
      : interpreter_(scheduler, keeps_workshop), interrupts_(interrupts) {}

  Tier* create(Allocator& allocator, const wasm::Module& module) override { return interpreter_.create(allocator, module); }
  void release(Allocator& allocator, Tier* tier) override { interpreter_.release(allocator, tier); }
  bool loads_images() const override { return true; }
  Tier* load(Allocator& allocator, const aot::Image& image, uint32_t stack_bytes) override {
    return allocator.create<aot::ImageTier>(image, uintptr_t{stack_bytes}, interrupts_);
  }
  void unload(Allocator& allocator, Tier* tier) override { allocator.destroy(static_cast<aot::ImageTier*>(tier)); }

 private:
  InterpreterFactory interpreter_;
  GuestInterrupts* interrupts_;
};

}  // namespace umber::container
