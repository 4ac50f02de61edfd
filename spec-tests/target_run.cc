#include "spec-tests/target_run.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "ports/linux/platform.h"
#include "spec-tests/tiers.h"

namespace umber::spectest {
namespace {

/// Checks the module as the device will; then what the tier makes of it.
Result<std::vector<uint8_t>> make_payload(std::vector<uint8_t> bytes, const EngineConfig& engine, const std::string& target) {
  linux_port::HeapAllocator allocator;
  wasm::Module module(allocator);
  UMBER_TRY(wasm::parse(bytes, engine.features, module));
  UMBER_TRY(wasm::validate(module, allocator));
  if (engine.tier != TierKind::Compiler) return bytes;
  return compile_for(target, module, engine);
}

bool write_file(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  return out.good();
}

/// "line: what" for each failure, then "N passed, N failed, N skipped".
void read_verdicts(std::FILE* output, FileReport& report) {
  char line[1024];
  bool has_totals = false;
  while (std::fgets(line, sizeof line, output) != nullptr) {
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    if (std::sscanf(line, "%u passed, %u failed, %u skipped", &passed, &failed, &skipped) == 3) {
      has_totals = true;
      report.passed += passed;
      for (unsigned i = 0; i < skipped; ++i) report.add(0, false, Verdict::skipped("by the target"));
      continue;
    }
    const size_t colon = text.find(": ");
    const auto at = static_cast<uint32_t>(std::strtoul(line, nullptr, 10));
    report.add(at, false, Verdict::failed(colon == std::string::npos || at == 0 ? text : text.substr(colon + 2)));
  }
  if (!has_totals) report.add(0, false, Verdict::failed("the target did not finish"));
}

}  // namespace

void run_on_target(const std::vector<text::Command>& commands, const EngineConfig& engine, const TargetConfig& config,
                   const std::string& name, FileReport& report) {
  const MakePayload payload = [&](std::vector<uint8_t> bytes) { return make_payload(std::move(bytes), engine, config.target); };
  const std::vector<uint8_t> stream = write_stream(commands, payload, stream_alignment(config.target), report);
  const bool is_kept = !config.folder.empty();
  const std::string path = is_kept ? config.folder + "/" + name + ".cmd" : "/tmp/umber-spectest." + std::to_string(getpid()) + ".cmd";
  if (!write_file(path, stream)) return report.add(0, false, Verdict::failed(path + ": can't be written"));
  if (!config.runner.empty()) {
    std::FILE* output = popen((config.runner + " '" + path + "' 2>&1").c_str(), "r");
    if (output == nullptr) return report.add(0, false, Verdict::failed("the runner can't be started"));
    read_verdicts(output, report);
    pclose(output);
  }
  if (!is_kept) std::remove(path.c_str());
}

}  // namespace umber::spectest
