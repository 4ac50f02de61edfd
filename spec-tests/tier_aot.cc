// The tier that compiles, where LLVM is there.
#include "aot/compiler/compiling_tier.h"
#include "spec-tests/tiers.h"

namespace umber::spectest {
namespace {

aot::CompileOptions options_of(const EngineConfig& config) {
  aot::CompileOptions options;
  options.target = aot::host_target();
  options.optimization = aot::Optimization::O2;
  options.translate.bounds = config.guarded_memory ? aot::BoundsChecks::Guard : aot::BoundsChecks::Explicit;
  return options;
}

struct CompilerHolder final : TierHolder {
  explicit CompilerHolder(const EngineConfig& config) : compiler(options_of(config)) {}
  Tier& tier() override { return compiler; }
  aot::CompilingTier compiler;
};

}  // namespace

std::unique_ptr<TierHolder> make_compiling_tier(const EngineConfig& config) { return std::make_unique<CompilerHolder>(config); }

}  // namespace umber::spectest
