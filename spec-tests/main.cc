// umber-spectest: runs the official test scripts. See README.md.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "spec-tests/crash_note.h"
#include "spec-tests/known_failures.h"
#include "spec-tests/script_runner.h"
#include "spec-tests/suite.h"
#include "spec-tests/target_run.h"

namespace umber::spectest {
namespace {

constexpr const char* kUsage =
    R"(umber-spectest runs WebAssembly test scripts (.wast).

usage: umber-spectest [options] PATH…

A PATH is a file or a folder, which is searched for .wast files. The features follow from the folder: legacy/ and
proposals/… get theirs on top of Wasm 3.0. Ends with the line "N passed, N failed, N skipped"; the exit code is 0 if nothing failed.

  --engine interp|aot|none what runs functions; none: modules are only assembled, decoded and validated
  --target NAME           compile for another machine (names as umberc --target); with --engine aot
  --runner COMMAND        run scripts there: COMMAND FILE executes a command stream, e.g. "qemu-aarch64 umber-spec-runner"
  --streams FOLDER        keep the command streams there
  --bounds guard|explicit how memory accesses are checked
  --code fast|small|draft compiled at -O2 (the default) or -Os; interpreted: functions begin as drafts
  --collect usual|always  when the object heap collects: always is at every allocation
  --features LIST         more features, comma-separated; -NAME takes one away
  --list-known FILE       known failures (default: spec-tests/known-failures.txt of the source tree)
  --strict-messages       compare the messages of malformed, invalid and unlinkable modules too
  --json FILE             write every verdict to FILE
  --quiet                 no lines for files without failures

  umber-spectest ../shared/testsuite-bin
  umber-spectest --bounds explicit ../shared/testsuite/memory.wast
)";

struct CommandLine {
  EngineConfig engine{.tier = TierKind::Interpreter};
  RunOptions run;
  TargetConfig target;
  std::string features;
  std::string known_path;
  std::string json_path;
  bool quiet = false;
  bool help = false;
  std::vector<std::string> paths;
};

/// Empty on success, else what is wrong.
std::string parse_option(const std::string& option, const std::string& value, CommandLine& out) {
  if (option == "--engine") return tier_of(value, out.engine.tier) ? "" : "no engine \"" + value + "\" in this build";
  if (option == "--target")
    out.target.target = value;
  else if (option == "--runner")
    out.target.runner = value;
  else if (option == "--streams")
    out.target.folder = value;
  else if (option == "--features")
    out.features = value;
  else if (option == "--list-known")
    out.known_path = value;
  else if (option == "--json")
    out.json_path = value;
  else if (option == "--bounds") {
    if (value != "guard" && value != "explicit") return "--bounds is guard or explicit";
    out.engine.guarded_memory = value == "guard";
  } else if (option == "--code") {
    if (value != "fast" && value != "small" && value != "draft") return "--code is fast, small or draft";
    out.engine.small_code = value == "small";
    out.engine.drafts = value == "draft";
  } else if (option == "--collect") {
    if (value != "usual" && value != "always") return "--collect is usual or always";
    out.engine.collect_always = value == "always";
  } else
    return "unknown option " + option;
  return "";
}

std::string parse_command_line(const std::vector<std::string>& arguments, CommandLine& out) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help")
      out.help = true;
    else if (argument == "--quiet")
      out.quiet = true;
    else if (argument == "--strict-messages")
      out.run.strict_messages = true;
    else if (!argument.starts_with("--"))
      out.paths.push_back(argument);
    else {
      const size_t equals = argument.find('=');
      if (equals == std::string::npos && i + 1 == arguments.size()) return argument + " needs a value";
      const std::string value = equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1);
      if (std::string error = parse_option(argument.substr(0, equals), value, out); !error.empty()) return error;
    }
  }
  const bool elsewhere = !out.target.runner.empty() || !out.target.folder.empty();
  if (!out.target.target.empty() && !elsewhere) return "--target needs --runner or --streams";
  return out.paths.empty() && !out.help ? "no PATH" : "";
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void run_script(const SuiteFile& file, const CommandLine& options, FileReport& report) {
  if (!file.skip_reason.empty()) return report.add(0, false, Verdict::skipped(file.skip_reason));
  const std::optional<std::string> source = read_file(file.path);
  if (!source) return report.add(0, false, Verdict::failed("cannot be read"));
  const text::TextResult<std::vector<text::Command>> commands = text::parse_script(*source);
  if (!commands.ok())
    return report.add(commands.error().line, false, Verdict::failed("script: " + commands.error().to_string()));

  EngineConfig config = options.engine;
  config.features = file.features;
  std::string unknown;
  if (!change_features(options.features, config.features, unknown)) {
    return report.add(0, false, Verdict::failed("no feature \"" + unknown + "\""));
  }
  if (!options.target.runner.empty() || !options.target.folder.empty()) {
    return run_on_target(commands.value(), config, options.target, std::filesystem::path(file.path).stem().string(), report);
  }
  Engine engine(config);
  ScriptRunner(engine, options.run, report).run(commands.value());
}

FileReport run_file(const SuiteFile& file, const CommandLine& options, const KnownFailures& known) {
  using Clock = std::chrono::steady_clock;
  FileReport report;
  report.path = file.path;
  note_file(file.path);
  const Clock::time_point start = Clock::now();
  run_script(file, options, report);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (file.skip_reason.empty()) known.apply(report);
  return report;
}

int fail(const std::string& message) {
  std::fprintf(stderr, "umber-spectest: %s\n", message.c_str());
  return 2;
}

std::optional<KnownFailures> read_known(const CommandLine& options, std::string& error) {
  const bool is_default = options.known_path.empty();
  const std::string path = is_default ? UMBER_KNOWN_FAILURES : options.known_path;
  const std::optional<std::string> text = read_file(path);
  if (!text && is_default) return KnownFailures();
  if (!text) error = path + ": cannot be read";
  std::optional<KnownFailures> known = text ? KnownFailures::parse(*text, error) : std::nullopt;
  if (text && !known) error = path + ":" + error;
  return known;
}

int run(const CommandLine& options) {
  std::string error;
  const std::optional<KnownFailures> known = read_known(options, error);
  if (!known) return fail(error);
  std::vector<SuiteFile> files;
  if (!find_files(options.paths, files, error)) return fail(error + ": no such file or folder");

  install_crash_note();
  std::vector<FileReport> reports;
  for (const SuiteFile& file : files) {
    reports.push_back(run_file(file, options, *known));
    print(reports.back(), options.quiet, stdout);
  }
  if (!options.json_path.empty() && !write_json(reports, options.json_path))
    return fail(options.json_path + ": cannot be written");
  print_summary(reports, stdout);
  Totals totals;
  for (const FileReport& report : reports) totals.add(report);
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace umber::spectest

int main(int argc, char** argv) {
  using namespace umber::spectest;
  CommandLine options;
  if (const std::string error = parse_command_line({argv + 1, argv + argc}, options); !error.empty()) {
    return fail(error + " (see --help)");
  }
  if (options.help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  return run(options);
}
