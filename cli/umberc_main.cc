// `umberc`: compiles a WebAssembly module to a native image for a chip.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>

#include <unistd.h>

#include "aot/compiler/compile.h"
#include "cli/command.h"
#include "cli/features_option.h"
#include "cli/image_cache.h"
#include "cli/load.h"
#include "cli/report.h"
#include "cli/version.h"
#include "decoder/ir/build.h"
#include "decoder/ir/print.h"

namespace umber::cli {
namespace {

/// What is written: an output of the compiler, or the IR that it starts from.
enum class Emit : uint8_t { Image, Object, Assembly, LlvmIr, Ir };

struct CompileCommand {
  std::string input;
  std::string output;
  std::string target;
  std::string cpu;
  std::string cpu_features;
  std::string bounds = "auto";
  std::vector<std::string> wasm_features;
  aot::Optimization optimization = aot::Optimization::O3;
  Emit emit = Emit::Image;
  unsigned jobs = 0;
  bool embed_module = false;
  std::string interrupt = "heartbeat";
  bool fuel = false;
  bool list_targets = false;
  bool cached = false;
  bool verbose = false;
  bool debug = false;
};

const std::map<std::string, Emit> kOutputs = {
    {"image", Emit::Image}, {"obj", Emit::Object}, {"asm", Emit::Assembly}, {"ll", Emit::LlvmIr}, {"ir", Emit::Ir}};

const std::map<std::string, aot::Optimization> kLevels = {{"0", aot::Optimization::O0}, {"1", aot::Optimization::O1},
                                                          {"2", aot::Optimization::O2}, {"3", aot::Optimization::O3},
                                                          {"s", aot::Optimization::Os}, {"z", aot::Optimization::Oz}};

const char* extension_of(Emit emit) {
  switch (emit) {
    case Emit::Image: return ".umb";
    case Emit::Object: return ".o";
    case Emit::Assembly: return ".s";
    case Emit::LlvmIr: return ".ll";
    case Emit::Ir: return ".ir";
  }
  return "";
}

class Collector final : public TextOutput {
 public:
  void write(StringRef text) override { bytes.insert(bytes.end(), text.data(), text.data() + text.size()); }
  std::vector<uint8_t> bytes;
};

Result<std::vector<uint8_t>> print_ir(const wasm::Module& module) {
  linux_port::HeapAllocator allocator;
  ir::FunctionBuilder bodies(module, allocator);
  Collector text;
  for (auto func_idx = static_cast<uint32_t>(module.imported_functions); func_idx < module.functions.size(); ++func_idx) {
    const Result<ir::Function> function = bodies.build(func_idx);
    if (!function.ok()) return function.error();
    ir::print(function.value(), text);
  }
  return std::move(text.bytes);
}

Result<std::vector<uint8_t>> make_output(const wasm::Module& module, const aot::CompileOptions& options, Emit emit) {
  switch (emit) {
    case Emit::Ir: return print_ir(module);
    case Emit::Object: return aot::compile(module, options, aot::Output::Object);
    case Emit::Assembly: return aot::compile(module, options, aot::Output::Assembly);
    case Emit::LlvmIr: return aot::compile(module, options, aot::Output::LlvmIr);
    case Emit::Image: break;
  }
  return aot::compile(module, options, aot::Output::Image);
}

std::string output_path(const CompileCommand& command) {
  if (!command.output.empty()) return command.output;
  const size_t dot = command.input.rfind('.');
  const size_t slash = command.input.rfind('/');
  const bool has_extension = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return (has_extension ? command.input.substr(0, dot) : command.input) + extension_of(command.emit);
}

/// Written under a temporary name and renamed, so that a reader never sees half a file.
bool write_output(const std::string& path, const std::vector<uint8_t>& bytes) {
  if (path == "-") return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
  const std::string temporary = path + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  return out && std::rename(temporary.c_str(), path.c_str()) == 0;
}

int list_targets() {
  for (const aot::TargetRow& row : aot::known_targets()) {
    std::printf("%-15.*s %-30.*s %.*s\n", static_cast<int>(row.name.size()), row.name.data(), static_cast<int>(row.triple.size()),
                row.triple.data(), static_cast<int>(row.description.size()), row.description.data());
  }
  return kSuccess;
}

bool choose_target(const CompileCommand& command, aot::CompileOptions& options) {
  options.target = aot::host_target();
  if (!command.target.empty()) {
    const Result<aot::Target> found = aot::find_target(command.target);
    if (!found.ok()) {
      report_error("--target", found.error());
      return false;
    }
    options.target = found.value();
  }
  if (!command.cpu.empty()) options.target.cpu = command.cpu;
  if (!command.cpu_features.empty()) {
    options.target.features += (options.target.features.empty() ? "" : ",") + command.cpu_features;
  }
  const bool guard = command.bounds == "guard" || (command.bounds == "auto" && options.target.has_mmu);
  options.translate.bounds = guard ? aot::BoundsChecks::Guard : aot::BoundsChecks::Explicit;
  return true;
}

aot::Interruption interruption_of(const CompileCommand& command) {
  if (command.fuel || command.interrupt == "budget") return aot::Interruption::Budget;
  if (command.interrupt == "none") return aot::Interruption::None;
  return command.interrupt == "coarse" ? aot::Interruption::Coarse : aot::Interruption::Heartbeat;
}

int compile(const CompileCommand& command) {
  if (command.list_targets) return list_targets();
  if (command.input.empty()) {
    report_error("umberc", "no input file; see umberc --help");
    return kUsage;
  }
  wasm::Features features;
  if (!parse_features(command.wasm_features, features)) return kUsage;
  aot::CompileOptions options;
  if (!choose_target(command, options)) return kUsage;
  options.optimization = command.optimization;
  options.translate.interruption = interruption_of(command);
  options.embed_whole_module = command.embed_module;
  options.threads = command.jobs != 0 ? command.jobs : std::max(1u, std::thread::hardware_concurrency());
  if (command.verbose) {
    options.progress = [](uint32_t done, uint32_t all) { std::fprintf(stderr, "\r%u of %u functions%s", done, all, done == all ? "\n" : ""); };
  }
  LoadedModule loaded;
  if (!loaded.load(command.input, features)) return kFailure;
  const std::string folder = command.cached ? cache_folder() : "";
  const std::string path = folder.empty() ? output_path(command) : cache_path(folder, loaded.module().bytes, options);
  if (command.cached && access(path.c_str(), R_OK) == 0) {
    std::printf("%s\n", path.c_str());
    return kSuccess;
  }
  std::vector<uint8_t> debug_file;
  if (command.debug) options.debug_file = &debug_file;
  const auto started = std::chrono::steady_clock::now();
  const Result<std::vector<uint8_t>> result = make_output(loaded.module(), options, command.emit);
  if (!result.ok()) {
    report_error(command.input, result.error());
    return kFailure;
  }
  for (const auto& [file, bytes] : {std::pair(path, &result.value()), std::pair(path + ".debug", &std::as_const(debug_file))}) {
    if ((bytes->empty() && file != path) || write_output(file, *bytes)) continue;
    report_error(file, "can't be written");
    return kFailure;
  }
  if (command.cached) std::printf("%s\n", path.c_str());
  if (command.verbose) {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    std::fprintf(stderr, "%s: %zu bytes for %s (%s), %.2f s\n", path.c_str(), result.value().size(), options.target.triple.c_str(),
                 options.target.cpu.c_str(), seconds.count());
  }
  return kSuccess;
}

void add_options(CLI::App& app, CompileCommand& command) {
  app.add_option("FILE", command.input, "WebAssembly module, binary or text");
  app.add_option("-o,--output", command.output, "Where to write; - is standard output (default: FILE with another extension)");
  app.add_option("--target", command.target, "Chip or target triple (default: this machine); see --list-targets");
  app.add_option("--cpu", command.cpu, "LLVM's name of the CPU, overriding the target's");
  app.add_option("--features", command.cpu_features, "CPU features added to the target's, e.g. +avx2,-sse4.1");
  app.add_option("--bounds", command.bounds, "How accesses to memory are checked: guard, explicit, or auto (guard where there is an MMU)")
      ->check(CLI::IsMember({"auto", "guard", "explicit"}));
  app.add_option("--emit", command.emit, "What to write: image (default), obj, asm, ll (LLVM's), ir (our own)")->transform(CLI::CheckedTransformer(kOutputs));
  app.add_option("-j,--jobs", command.jobs, "Threads for code generation (default: all cores)");
  app.add_flag("--embed-module", command.embed_module, "Keep the whole module in the image, so that a runtime can interpret it instead");
  app.add_flag("--fuel", command.fuel, "Count fuel; the same as --interrupt=budget");
  app.add_option("--interrupt", command.interrupt,
                 "How kill and deadline get through: heartbeat (the default: a timer of the runtime, no checks), coarse (checks, but not in counted\n"
                 "loops of up to 65,536 iterations: for boards without such a timer), budget (checks in all loops and calls), none")
      ->check(CLI::IsMember({"budget", "coarse", "heartbeat", "none"}));
  app.add_flag("--cached", command.cached, "Write to the cache unless the image is there already, and print where it is");
  app.add_flag("--debug", command.debug, "Also write OUTPUT.debug for debuggers: names, and lines that are offsets in the module (docs/aot.md)");
  app.add_flag("--list-targets", command.list_targets, "Print the known chips and exit");
  app.add_flag("-v,--verbose", command.verbose, "Report progress, size and time");
  app.add_option("-O", command.optimization, "Optimisation: 0, 1, 2, 3 (default), s, z")->transform(CLI::CheckedTransformer(kLevels));
  add_feature_option(app, command.wasm_features);
}

}  // namespace
}  // namespace umber::cli

int main(int argc, char** argv) {
  using namespace umber::cli;
  CLI::App app("Umber's compiler: WebAssembly to native images.", "umberc");
  app.set_version_flag("--version", std::string("umberc ") + kVersion);
  CompileCommand command;
  add_options(app, command);
  app.footer("Examples:\n  umberc app.wasm                          app.umb for this machine\n"
             "  umberc app.wasm --target cortex-m4f -Os  for a microcontroller\n"
             "  umberc app.wasm --emit=asm -o -          assembly on standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  return compile(command);
}
