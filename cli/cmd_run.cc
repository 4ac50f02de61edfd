// `umber run`: one module, one store, one run.

#include <cstdio>
#include <deque>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/compile_on_demand.h"
#include "cli/debugger.h"
#include "cli/features_option.h"
#include "cli/guest.h"
#include "cli/load.h"
#include "cli/local_container.h"
#include "cli/perf_map.h"
#include "cli/report.h"
#include "cli/units.h"
#include "cli/values.h"

namespace umber::cli {
namespace {

struct RunCommand {
  std::vector<std::string> directories;
  std::vector<std::string> environment;
  std::vector<std::string> features;
  std::vector<std::string> wasi;
  std::vector<std::string> network;
  std::vector<std::string> preloads;
  std::vector<std::string> permissions;
  std::string invoke;
  std::string max_memory;
  std::string timeout;
  std::string stack = "8MiB";
  std::string bounds = "guard";
  uint64_t fuel = kUnlimitedFuel;
  bool eager = false;
  bool statistics = false;
  bool compile = false;
  bool perf_map = false;
  bool debug = false;
  std::vector<std::string> words;  ///< the file and the guest's arguments
};

bool parse_limits(const RunCommand& command, GuestOptions& options) {
  const auto size_option = [](const char* name, const std::string& text, uint64_t& value) {
    const std::optional<uint64_t> size = parse_size(text);
    if (size) value = *size;
    if (!size) report_error(std::string(name) + " " + text, "expected a size such as 65536, 64KiB or 2GiB");
    return size.has_value();
  };
  if (!command.max_memory.empty() && !size_option("--max-memory", command.max_memory, options.max_memory)) return false;
  if (!size_option("--max-stack", command.stack, options.stack_bytes)) return false;
  if (!command.timeout.empty()) {
    const std::optional<uint64_t> duration = parse_duration(command.timeout);
    if (!duration) {
      report_error("--timeout " + command.timeout, "expected a duration such as 500ms, 1.5s or 2m");
      return false;
    }
    options.timeout_ns = *duration;
  }
  return true;
}

/// "HOST", "HOST::GUEST".
PreopenOption parse_directory(const std::string& text) {
  const size_t at = text.find("::");
  if (at == std::string::npos) return {text, text};
  return {text.substr(0, at), text.substr(at + 2)};
}

/// "NAME=VALUE", or "NAME": the value it has here, if any.
void parse_environment(const std::string& text, std::vector<std::pair<std::string, std::string>>& out) {
  const size_t at = text.find('=');
  if (at != std::string::npos) {
    out.emplace_back(text.substr(0, at), text.substr(at + 1));
  } else if (const char* value = std::getenv(text.c_str())) {
    out.emplace_back(text, value);
  }
}

/// Reads the arguments of --invoke by the function's type.
bool parse_arguments(const std::vector<std::string>& words, const wasm::FuncType& type, const std::string& name, std::vector<Slot>& slots) {
  if (words.size() != type.params.size()) {
    report_error("--invoke " + name, "the function takes " + std::to_string(type.params.size()) + " arguments, " +
                                         std::to_string(words.size()) + " are given");
    return false;
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (parse_value(words[i], type.params[i], slots)) continue;
    const auto type_text = text_of(type.params[i]);
    report_error("--invoke " + name, "argument " + std::to_string(i + 1) + ", \"" + words[i] + "\", is no " + type_text.c_str());
    return false;
  }
  return true;
}

int invoke(Guest& guest, const RunCommand& command) {
  const Func* func = guest.find_function(command.invoke);
  if (func == nullptr) {
    report_error(command.words[0], "no exported function \"" + command.invoke + "\"; " + guest.exported_functions());
    return kFailure;
  }
  const wasm::FuncType type = guest.type_of(*func);
  std::vector<Slot> slots;
  if (!parse_arguments({command.words.begin() + 1, command.words.end()}, type, command.invoke, slots)) return kUsage;
  uint32_t result_slots = 0;
  for (const wasm::ValType result : type.results) result_slots += result.slots();
  if (slots.size() < result_slots) slots.resize(result_slots);
  slots.resize(slots.size() + 1);  // never empty
  const int exit_code = guest.call(*func, slots.data());
  const Slot* at = slots.data();
  for (const wasm::ValType result : exit_code == kSuccess ? type.results : std::span<const wasm::ValType>()) {
    std::printf("%s\n", print_value(at, result).c_str());
    at += result.slots();
  }
  return exit_code;
}

/// The extensions of WASI that --wasi switches on.
bool parse_wasi(const std::vector<std::string>& names, GuestOptions& options) {
  for (const std::string& name : names) {
    if (name != "threads") {
      report_error("--wasi " + name, "unknown extension; known is threads");
      return false;
    }
    options.threads = true;
    options.features = options.features.with(wasm::Feature::Threads);
  }
  return true;
}

/// "NAME=FILE" each; `loaded` keeps the modules.
bool load_preloads(const RunCommand& command, std::deque<LoadedModule>& loaded, GuestOptions& options) {
  for (const std::string& text : command.preloads) {
    const size_t at = text.find('=');
    if (at == std::string::npos) {
      report_error("--preload " + text, "expected NAME=FILE");
      return false;
    }
    const std::string file = command.compile ? compile_on_demand(text.substr(at + 1)) : text.substr(at + 1);
    if (file.empty() || !loaded.emplace_back().load(file, options.features)) return false;
    options.preloads.push_back({text.substr(0, at), &loaded.back().module(), loaded.back().image()});
    if (command.debug && loaded.back().image() != nullptr && !tell_debuggers(file, *loaded.back().image())) return false;
  }
  return true;
}

int run_guest(Guest& guest, const RunCommand& command) {
  const int started = guest.start();
  if (started != kSuccess || !guest.is_running()) return started;
  if (!command.invoke.empty()) return invoke(guest, command);
  const Func* start = guest.find_function("_start");
  if (start == nullptr) {
    // A library: its start function, if any, has run.
    return kSuccess;
  }
  Slot none{};
  return guest.call(*start, &none);
}

int run(const RunCommand& command) {
  if (command.words.empty()) {
    report_error("run", "no module given; see umber run --help");
    return kUsage;
  }
  GuestOptions options;
  if (!parse_features(command.features, options.features) || !parse_wasi(command.wasi, options) || !parse_limits(command, options)) return kUsage;
  options.bounds = command.bounds == "guard" ? BoundsMode::Guarded : BoundsMode::Checked;
  options.fuel = command.fuel;
  options.eager = command.eager;
  options.network = command.network;
  options.args = command.words;
  if (!command.invoke.empty()) options.args.resize(1);
  for (const std::string& text : command.directories) options.preopens.push_back(parse_directory(text));
  for (const std::string& text : command.environment) parse_environment(text, options.environment);

  std::deque<LoadedModule> preloaded;
  if (!load_preloads(command, preloaded, options)) return kFailure;
  const std::string file = command.compile ? compile_on_demand(command.words[0]) : command.words[0];
  LoadedModule loaded;
  const auto bodies = options.eager ? LoadedModule::Bodies::Later : LoadedModule::Bodies::Now;
  if (file.empty() || !loaded.load(file, options.features, bodies)) return kFailure;
  options.image = loaded.image();
  if (command.perf_map && options.image != nullptr && !write_perf_map(*options.image, loaded.module())) return kFailure;
  if (command.debug && options.image != nullptr && !tell_debuggers(file, *options.image)) return kFailure;
  if (!command.permissions.empty() || (command.preloads.empty() && needs_container(loaded.module())))
    return run_container(loaded.bytes(), options, command.permissions);
  Guest guest(loaded.module(), options);
  const int exit_code = run_guest(guest, command);
  if (command.statistics) std::fprintf(stderr, "umber: code: %zu bytes\n", guest.code_bytes());
  return exit_code;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunCommand>();
  CLI::App* command = app.add_subcommand("run", "Run a module");
  command->add_option("--dir", options->directories, "Give the guest a directory: HOST, or HOST::GUEST to name it differently there")
      ->type_name("HOST[::GUEST]")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--env", options->environment, "Set an environment variable, or pass on the one that is set here")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--invoke", options->invoke, "Call this exported function with the arguments and print its results")->type_name("NAME");
  command->add_option("--fuel", options->fuel, "Stop after about that many instructions")->type_name("N");
  command->add_option("--max-memory", options->max_memory, "Largest size of a linear memory, e.g. 64MiB")->type_name("BYTES");
  command->add_option("--max-stack", options->stack, "Size of the guest's call stack (default 8MiB)")->type_name("BYTES");
  command->add_option("--timeout", options->timeout, "Stop after that much time, e.g. 500ms")->type_name("DURATION");
  command->add_option("--bounds", options->bounds, "How memory accesses are checked: guard (pages, default) or explicit")
      ->check(CLI::IsMember({"guard", "explicit"}));
  command->add_flag("--eager", options->eager, "Translate all functions before starting, on all cores, not each at its first call");
  command->add_flag("--statistics", options->statistics, "Say on stderr at the end how large the translated code is");
  command->add_flag("--aot", options->compile, "Compile the module to native code first, unless the cache holds it already");
  command->add_flag("--perf-map", options->perf_map, "Write /tmp/perf-PID.map, so that perf knows the names of compiled functions");
  command->add_flag("--debug", options->debug, "Tell gdb of an image's functions and source lines: FILE.debug, from umberc --debug")
      ->excludes("--perf-map");
  command->add_option("-S,--wasi", options->wasi, "Switch on an extension of WASI: threads (and the WebAssembly feature)")
      ->type_name("EXTENSION")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--net", options->network, "Let the guest connect to HOST:PORT, or with listen: bind to it; * for any")
      ->type_name("[listen:]HOST:PORT")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--preload", options->preloads, "Let the guest import the exports of the module in FILE from NAME")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("-p,--permit", options->permissions, "Run it as a container, without a daemon, and grant a permission as umber create does")
      ->type_name("GRANT")
      ->allow_extra_args(false)
      ->take_all();
  add_feature_option(*command, options->features);
  command->prefix_command();
  command->footer(
      "Options go before FILE; everything behind it belongs to the guest. The exit code is the guest's; a trap prints its\n"
      "kind and a backtrace on stderr and exits with 134.\n\n"
      "Examples:\n"
      "  umber run hello.wasm\n"
      "  umber run --dir .::/ --env LANG=C lua.wasm script.lua\n"
      "  umber run --invoke add math.wat 2 3\n"
      "  umber run --fuel 1000000 --max-memory 16MiB untrusted.wasm\n"
      "  umber run -p timers -p gpio:0/5:out blinky.wasm");
  command->callback([command, options, &exit_code] {
    options->words = command->remaining();
    if (!options->words.empty() && options->words[0] == "--") options->words.erase(options->words.begin());
    exit_code = run(*options);
  });
}

}  // namespace umber::cli
