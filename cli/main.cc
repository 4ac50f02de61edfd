// The `umber` command: runs, checks and explains WebAssembly modules.

#include <cstdio>

#include "cli/command.h"
#include "cli/command_container.h"
#include "cli/version.h"

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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  return exit_code;
}
