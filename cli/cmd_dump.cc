// `umber dump`: what a module holds, at each stage on its way to running.

#include <charconv>
#include <cstdio>

#include "cli/command.h"
#include "cli/dump_image.h"
#include "cli/features_option.h"
#include "cli/load.h"
#include "cli/report.h"
#include "decoder/disasm/print_wasm.h"
#include "decoder/ir/build.h"
#include "decoder/ir/print.h"
#include "interp/disasm.h"

namespace umber::cli {
namespace {

struct DumpCommand {
  std::string file;
  std::vector<std::string> features;
  std::vector<std::string> functions;
  bool sections = false;
  bool wasm = false;
  bool ir = false;
  bool code = false;
};

class StandardOutput final : public TextOutput {
 public:
  void write(StringRef text) override { std::fwrite(text.data(), 1, text.size(), stdout); }
};

/// By index or by name.
std::optional<uint32_t> find_function(const wasm::Module& module, const std::string& text) {
  uint32_t idx = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), idx);
  if (error == std::errc{} && rest == text.data() + text.size()) {
    return idx < module.functions.size() ? std::optional(idx) : std::nullopt;
  }
  for (idx = 0; idx < module.functions.size(); ++idx)
    if (module.function_name(idx) == StringRef(text)) return idx;
  return std::nullopt;
}

/// Those that were asked for, or all; imports have no body.
bool choose_functions(const wasm::Module& module, const DumpCommand& command, std::vector<uint32_t>& chosen) {
  for (const std::string& text : command.functions) {
    const std::optional<uint32_t> idx = find_function(module, text);
    if (!idx) {
      report_error("--function " + text, "the module has no function of that index or name");
      return false;
    }
    chosen.push_back(*idx);
  }
  if (!command.functions.empty()) return true;
  for (uint32_t idx = 0; idx < module.functions.size(); ++idx) chosen.push_back(idx);
  return true;
}

bool dump_ir(const wasm::Module& module, const std::vector<uint32_t>& functions, bool code, TextOutput& output) {
  linux_port::HeapAllocator allocator;
  Arena arena(allocator, 256 * 1024);
  for (const uint32_t idx : functions) {
    if (module.is_imported_func(idx)) continue;
    arena.reset();
    const Result<ir::Function> function = ir::build(module, idx, arena, allocator);
    if (!function.ok()) {
      report_error("function " + std::to_string(idx), function.error());
      return false;
    }
    if (!code) {
      ir::print(function.value(), output);
    } else if (const Status status = interp::print_code(function.value(), allocator, output); !status.ok()) {
      report_error("function " + std::to_string(idx), status.error());
      return false;
    }
  }
  return true;
}

int dump(const DumpCommand& command) {
  wasm::Features features;
  if (!parse_features(command.features, features)) return kUsage;
  const bool is_plain = !command.wasm && !command.ir && !command.code;
  // An image for any chip: it need not run here.
  Input input;
  if (is_plain && !command.sections && !input.open(command.file)) return kFailure;
  if (aot::is_image(input.bytes())) return dump_image(command.file, input.bytes());
  LoadedModule loaded;
  if (!loaded.load(command.file, features)) return kFailure;
  const wasm::Module& module = loaded.module();
  std::vector<uint32_t> functions;
  if (!choose_functions(module, command, functions)) return kFailure;
  StandardOutput output;
  if (command.sections || is_plain) wasm::print_sections(module, output);
  if (command.wasm)
    for (const uint32_t idx : functions) wasm::print_wasm(module, idx, output);
  if (command.ir && !dump_ir(module, functions, false, output)) return kFailure;
  if (command.code && !dump_ir(module, functions, true, output)) return kFailure;
  return kSuccess;
}

}  // namespace

void add_dump(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DumpCommand>();
  CLI::App* command = app.add_subcommand("dump", "Show what a module holds");
  command->add_option("FILE", options->file, "WebAssembly module, binary or text, or an image")->required();
  command->add_flag("--sections", options->sections, "Types, imports, exports, segments, sizes (default)");
  command->add_flag("--wasm", options->wasm, "Functions in the text format, with byte offsets");
  command->add_flag("--ir", options->ir, "The intermediate representation (docs/ir.md)");
  command->add_flag("--code", options->code, "What the interpreter executes (docs/interpreter.md)");
  command->add_option("--function", options->functions, "Only this function, by name or index; repeatable")
      ->type_name("NAME|INDEX")
      ->allow_extra_args(false)
      ->take_all();
  command->add_option("--feature", options->features, "As --wasm of run: switch a WebAssembly feature on or off")->allow_extra_args(false)->take_all();
  command->footer("Examples:\n  umber dump app.wasm\n  umber dump --ir --function main app.wasm\n  umber dump --code --function 12 app.wasm");
  command->callback([options, &exit_code] { exit_code = dump(*options); });
}

}  // namespace umber::cli
