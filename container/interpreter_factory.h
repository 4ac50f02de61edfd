// The interpreter as the containers' tier: one per image, so that containers of an image share its code.
#pragma once

#include "container/host.h"
#include "container/scheduler.h"
#include "interp/interpreter.h"

namespace umber::container {

class InterpreterFactory final : public TierFactory {
 public:
  /// The scheduler must outlive the factory and all that it makes. `keeps_workshop`: see InterpreterConfig.
  explicit InterpreterFactory(Scheduler& scheduler, bool keeps_workshop = InterpreterConfig().keeps_workshop)
      : scheduler_(scheduler), keeps_workshop_(keeps_workshop) {}
  Tier* create(Allocator& allocator, const wasm::Module&) override {
    InterpreterConfig config;
    config.scheduler = &scheduler_;
    config.keeps_workshop = keeps_workshop_;
    return allocator.create<Interpreter>(allocator, config);
  }
  void release(Allocator& allocator, Tier* tier) override { allocator.destroy(static_cast<Interpreter*>(tier)); }

 private:
  Scheduler& scheduler_;
  const bool keeps_workshop_;
};

}  // namespace umber::container
