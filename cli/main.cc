// The `umber` command: runs, checks and explains WebAssembly modules.

#include <cstdio>

#include "base/nearest_word.h"
#include "cli/command.h"
#include "cli/command_container.h"
#include "cli/report.h"
#include "cli/version.h"

namespace {

/// Whether the first word is no command; stderr says which it may have been.
bool is_unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  umber::NearestWord nearest(argv[1]);
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == argv[1]) return false;
    nearest.offer(command->get_name());
  }
  const umber::StringRef near = nearest.best();
  const std::string hint = near.empty() ? "; see umber --help" : "; did you mean \"" + std::string(near.data(), near.size()) + "\"?";
  umber::cli::report_error(argv[1], "unknown command" + hint);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace umber::cli;
  CLI::App app("Umber runs WebAssembly modules in a sandbox.", "umber");
  app.set_version_flag("--version", std::string("umber ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  umber run hello.wasm                      run a WASI program\n"
      "  umber run --dir data::/data app.wasm -v   give it the folder ./data as /data, and an argument\n"
      "  umber run --invoke add math.wat 2 3       call one exported function\n"
      "  umber validate app.wasm                   check without running\n"
      "  umber dump --ir app.wasm                  show the intermediate representation\n"
      "`umber COMMAND --help` explains a command.");
  int exit_code = kSuccess;
  add_run(app, exit_code);
  add_validate(app, exit_code);
  add_dump(app, exit_code);
  add_container_commands(app, exit_code);
  add_container_views(app, exit_code);
  add_image_commands(app, exit_code);
  add_completion(app, exit_code);
  if (is_unknown_command(app, argc, argv)) return kUsage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  return exit_code;
}
