#include "spec-tests/tiers.h"

#include "interp/interpreter.h"

namespace umber::spectest {
namespace {

struct InterpreterHolder final : TierHolder {
  explicit InterpreterHolder(Allocator& allocator) : interpreter(allocator) {}
  Tier& tier() override { return interpreter; }
  Interpreter interpreter;
};

}  // namespace

bool tier_of(std::string_view name, TierKind& out) {
  if (name == "none") {
    out = TierKind::None;
  } else if (name == "interp") {
    out = TierKind::Interpreter;
  } else {
    return false;
  }
  return true;
}

std::unique_ptr<TierHolder> make_tier(TierKind kind, Allocator& allocator) {
  switch (kind) {
    case TierKind::None: return nullptr;
    case TierKind::Interpreter: return std::make_unique<InterpreterHolder>(allocator);
  }
  return nullptr;
}

}  // namespace umber::spectest
