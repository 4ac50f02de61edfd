// One subcommand of `umber`. Each file cmd_*.cc adds its options to the parser and runs when it was chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace umber::cli {

/// Exit codes of umber's own making; everything else is the guest's.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,      ///< the module, an option or the machine is at fault; stderr says how
  kUsage = 2,        ///< the command line is wrong
  kTrapped = 134,    ///< the guest trapped (128 + SIGABRT, as other runtimes)
};

/// Each registers its subcommand; `exit_code` is set when it has run.
void add_run(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_dump(CLI::App& app, int& exit_code);

/// Completes the words and options of `app` as it is when the command runs.
void add_completion(CLI::App& app, int& exit_code);

/// Adds --wasm FEATURE (repeatable): "threads" switches on, "-threads" off, "all", "wasm3", "wasm2", "mvp" choose a set.
void add_feature_option(CLI::App& command, std::vector<std::string>& values);

}  // namespace umber::cli
