// The tier that compiles, where LLVM is there.
#include "aot/compiler/compiling_tier.h"
#include "spec-tests/tiers.h"

namespace umber::spectest {
namespace {

aot::CompileOptions options_of(const EngineConfig& config) {
  aot::CompileOptions options;
  options.target = aot::host_target();
  options.optimization = config.small_code ? aot::Optimization::Os : aot::Optimization::O2;
  options.translate.bounds = config.guarded_memory ? aot::BoundsChecks::Guard : aot::BoundsChecks::Explicit;
  return options;
}

struct CompilerHolder final : TierHolder {
  explicit CompilerHolder(const EngineConfig& config) : compiler(options_of(config)) {}
  Tier& tier() override { return compiler; }
  aot::CompilingTier compiler;
};

}  // namespace

Result<std::vector<uint8_t>> compile_for(const std::string& target, const wasm::Module& module, const EngineConfig& config) {
  aot::CompileOptions options = options_of(config);
  const Result<aot::Target> found = aot::find_target(target);
  if (!found.ok()) return Error::of(ErrorCode::InvalidArgument, found.error().text());
  options.target = found.value();
  if (!options.target.has_mmu) {  // as umberc does
    options.translate.bounds = aot::BoundsChecks::Explicit;
    options.translate.interruption = aot::Interruption::Heartbeat;
  }
  return aot::compile(module, options, aot::Output::Image);
}

uint32_t stream_alignment(const std::string& target) {
  const Result<aot::Target> found = aot::find_target(target);
  return found.ok() && found.value().has_mmu ? 4096 : 16;
}

std::unique_ptr<TierHolder> make_compiling_tier(const EngineConfig& config) { return std::make_unique<CompilerHolder>(config); }

}  // namespace umber::spectest
