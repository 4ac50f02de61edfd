// What it costs to make code of modules, whatever they import: decoding, validating and encoding all functions for the interpreter, in one
// process, on one core to full code and to drafts, and on all cores as `umber run --eager` does it. Prints a line of JSON for each measurement of each file; bench/load makes tables of them.
//
//   umber-translate-bench RUNS FILE…
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "interp/interpreter.h"
#include "interp/module_code.h"
#include "ports/linux/platform.h"

namespace umber {
namespace {

constexpr InterpreterConfig kUsual;
constexpr uint16_t kDrafts = interp::kHasDrafts ? kUsual.patience : 0;

double milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Times {
  double wall_ms = 0;
  double cpu_ms = 0;
};

/// What one run did, and the least time that any took.
struct Measurement {
  const char* what;
  Status (*run)(std::span<const uint8_t> bytes, linux_port::Platform& platform, Measurement& into);
  unsigned tasks = 1;
  uint16_t patience = 0;  ///< 0: full code
  Times least = {};
  size_t body_bytes = 0;
  size_t code_bytes = 0;
};

wasm::Features all_features() { return wasm::Features::all(); }

Status check(std::span<const uint8_t> bytes, linux_port::Platform& platform, Measurement& into) {
  wasm::Module module(platform.allocator);
  UMBER_TRY(wasm::parse(bytes, all_features(), module));
  into.body_bytes = 0;
  for (const wasm::Func& function : module.functions) into.body_bytes += function.body.size;
  return wasm::validate(module, platform.allocator);
}

/// As `umber run --eager` does it: function bodies are validated on the way.
Status translate(std::span<const uint8_t> bytes, linux_port::Platform& platform, Measurement& into) {
  wasm::Module module(platform.allocator);
  UMBER_TRY(wasm::parse(bytes, all_features(), module));
  UMBER_TRY(wasm::validate_declarations(module, platform.allocator));
  interp::ModuleCode code(module, {.guarded = true, .patience = into.patience}, platform.allocator, &platform.scheduler);
  UMBER_TRY(code.init());
  UMBER_TRY(code.encode_all(into.tasks));
  into.code_bytes = code.code_bytes();
  return {};
}

/// False: the module is refused; why is on stderr.
bool measure(const char* path, std::span<const uint8_t> bytes, int runs) {
  linux_port::Platform platform;
  Measurement measurements[] = {{"validate", check},
                                {"full", translate},
                                {"drafts", translate, 1, kDrafts},
                                {"eager", translate, std::max(1u, std::thread::hardware_concurrency()), bytes.size() >= kUsual.draft_bytes ? kDrafts : uint16_t{0}}};
  for (int run = 0; run < runs; ++run) {
    for (Measurement& item : measurements) {
      const Times before = {milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID)};
      if (const Status status = item.run(bytes, platform, item); !status.ok()) {
        std::fprintf(stderr, "%s: %s\n", path, status.error().message().c_str());
        return false;
      }
      const Times took = {milliseconds(CLOCK_MONOTONIC) - before.wall_ms, milliseconds(CLOCK_PROCESS_CPUTIME_ID) - before.cpu_ms};
      if (run == 0 || took.wall_ms < item.least.wall_ms) item.least.wall_ms = took.wall_ms;
      if (run == 0 || took.cpu_ms < item.least.cpu_ms) item.least.cpu_ms = took.cpu_ms;
    }
  }
  for (const Measurement& item : measurements)
    std::printf("{\"what\": \"%s\", \"tasks\": %u, \"wall_ms\": %.3f, \"cpu_ms\": %.3f, \"body_bytes\": %zu, \"code_bytes\": %zu}\n", item.what,
                item.tasks, item.least.wall_ms, item.least.cpu_ms, measurements[0].body_bytes, item.code_bytes);
  return true;
}

}  // namespace
}  // namespace umber

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "umber-translate-bench RUNS FILE…\n");
    return 2;
  }
  bool all = true;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    all = umber::measure(argv[i], bytes, runs) && all;
  }
  return all ? 0 : 1;
}
