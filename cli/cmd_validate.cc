// `umber validate FILE…`: decodes and validates, nothing runs. Silent success, as other tools of this name.

#include "cli/command.h"
#include "cli/features_option.h"
#include "cli/input.h"
#include "cli/load.h"

namespace umber::cli {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  std::vector<std::string> features;
};

int validate(const ValidateOptions& options) {
  wasm::Features features;
  if (!parse_features(options.features, features)) return kUsage;
  int exit_code = kSuccess;
  for (const std::string& file : options.files) {
    LoadedModule loaded;
    if (!loaded.load(file, features)) exit_code = kFailure;
  }
  return exit_code;
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command = app.add_subcommand("validate", "Check modules without running them");
  command->add_option("FILE", options->files, "WebAssembly modules, binary or text")->required();
  add_feature_option(*command, options->features);
  command->footer("Prints nothing and exits with 0 if all files are valid. Otherwise each error names its file and the byte offset.\n\n"
                  "Examples:\n  umber validate app.wasm\n  umber validate --wasm threads worker.wasm");
  command->callback([options, &exit_code] { exit_code = validate(*options); });
}

}  // namespace umber::cli
