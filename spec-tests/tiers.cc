#include "spec-tests/tiers.h"

namespace umber::spectest {

bool tier_of(std::string_view name, TierKind& out) {
  if (name == "none")
    out = TierKind::None;
  else if (name == "interp")
    out = TierKind::Interpreter;
  else
    return false;
  return true;
}

std::unique_ptr<TierHolder> make_tier(TierKind kind, Allocator&) {
  switch (kind) {
    case TierKind::None:
    case TierKind::Interpreter: return nullptr;
  }
  return nullptr;
}

}  // namespace umber::spectest
