// A build without LLVM.
#include "spec-tests/tiers.h"

namespace umber::spectest {

std::unique_ptr<TierHolder> make_compiling_tier(const EngineConfig&) { return nullptr; }

Result<std::vector<uint8_t>> compile_for(const std::string&, const wasm::Module&, const EngineConfig&) {
  return Error::of(ErrorCode::Unsupported, "this build has no compiler");
}

uint32_t stream_alignment(const std::string&) { return 16; }

}  // namespace umber::spectest
