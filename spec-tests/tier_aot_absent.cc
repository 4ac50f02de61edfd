// A build without LLVM.
#include "spec-tests/tiers.h"

namespace umber::spectest {

std::unique_ptr<TierHolder> make_compiling_tier(const EngineConfig&) { return nullptr; }

}  // namespace umber::spectest
