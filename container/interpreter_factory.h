// The interpreter as the containers' tier: one per image, so that containers of an image share its code.
#pragma once

#include "container/host.h"
#include "container/scheduler.h"
#include "interp/interpreter.h"

namespace umber::container {

class InterpreterFactory final : public TierFactory {
 public:
  /// The scheduler must outlive the factory and all that it makes.
  explicit InterpreterFactory(Scheduler& scheduler) : scheduler_(scheduler) {}
  Tier* create(Allocator& allocator, const wasm::Module&) override {
    InterpreterConfig config;
    config.scheduler = &scheduler_;
    return allocator.create<Interpreter>(allocator, config);
  }
  void release(Allocator& allocator, Tier* tier) override { allocator.destroy(static_cast<Interpreter*>(tier)); }

 private:
  Scheduler& scheduler_;
};

}  // namespace umber::container
