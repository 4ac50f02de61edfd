#include "spec-tests/tiers.h"

#include "interp/interpreter.h"

namespace umber::spectest {
namespace {

struct InterpreterHolder final : TierHolder {
  InterpreterHolder(const EngineConfig& config, linux_port::Platform& platform)
      : interpreter(platform.allocator, {.eager = config.drafts, .patience = 1, .draft_bytes = 0, .scheduler = &platform.scheduler}) {}
  Tier& tier() override { return interpreter; }
  Interpreter interpreter;
};

}  // namespace

bool tier_of(std::string_view name, TierKind& out) {
  if (name == "none") {
    out = TierKind::None;
  } else if (name == "interp") {
    out = TierKind::Interpreter;
  } else if (name == "aot" && make_compiling_tier({}) != nullptr) {
    out = TierKind::Compiler;
  } else {
    return false;
  }
  return true;
}

std::unique_ptr<TierHolder> make_tier(const EngineConfig& config, linux_port::Platform& platform) {
  switch (config.tier) {
    case TierKind::None: return nullptr;
    case TierKind::Interpreter: return std::make_unique<InterpreterHolder>(config, platform);
    case TierKind::Compiler: return make_compiling_tier(config);
  }
  return nullptr;
}

}  // namespace umber::spectest
