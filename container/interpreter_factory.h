// The interpreter as the containers' tier: one per image, so that containers of an image share its code.
#pragma once

#include "container/host.h"
#include "interp/interpreter.h"

namespace umber::container {

class InterpreterFactory final : public TierFactory {
 public:
  Tier* create(Allocator& allocator, const wasm::Module&) override { return allocator.create<Interpreter>(allocator); }
  void release(Allocator& allocator, Tier* tier) override { allocator.destroy(static_cast<Interpreter*>(tier)); }
};

}  // namespace umber::container
