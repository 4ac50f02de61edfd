// The execution tiers that this build of the runner has.
#pragma once

#include <memory>

#include "base/error.h"
#include "decoder/wasm/module.h"
#include "ports/linux/platform.h"
#include "runtime/tier.h"
#include "spec-tests/engine.h"

namespace umber::spectest {

/// Owns a tier; tiers themselves are not deleted through their interface.
class TierHolder {
 public:
  virtual ~TierHolder() = default;
  [[nodiscard]] virtual Tier& tier() = 0;
};

/// Null for TierKind::None.
[[nodiscard]] std::unique_ptr<TierHolder> make_tier(const EngineConfig& config, linux_port::Platform& platform);
/// Compiles every module when it is instantiated; null in a build without LLVM.
[[nodiscard]] std::unique_ptr<TierHolder> make_compiling_tier(const EngineConfig& config);
/// An image for another machine, by the names of umberc --target; Unsupported in a build without LLVM.
[[nodiscard]] Result<std::vector<uint8_t>> compile_for(const std::string& target, const wasm::Module& module, const EngineConfig& config);
/// What images for that target must be aligned to, in bytes.
[[nodiscard]] uint32_t stream_alignment(const std::string& target);

}  // namespace umber::spectest
