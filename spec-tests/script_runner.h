// Runs one script: keeps its names, turns each command into a verdict. What a verdict means for the whole run (known
// failures, counts) is decided elsewhere.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "spec-tests/engine.h"
#include "spec-tests/report.h"
#include "spec-tests/text/script.h"

namespace umber::spectest {

struct RunOptions {
  bool strict_messages = false;  ///< the texts of assert_malformed, _invalid and _unlinkable count too
};

class ScriptRunner {
 public:
  ScriptRunner(Engine& engine, const RunOptions& options, FileReport& report)
      : engine_(engine), options_(options), report_(report) {}
  ~ScriptRunner();

  void run(const std::vector<text::Command>& commands);

 private:
  /// A named or current instance, or why there is none: later commands that need it share the fate of the module.
  struct InstanceState {
    InstanceHandle handle = nullptr;
    Verdict missing;
  };
  /// "(thread …)": runs in parallel, reports into its own report until it is waited for.
  struct RunningThread {
    std::unique_ptr<Engine> engine;
    FileReport report;
    std::unique_ptr<ScriptRunner> runner;
    std::thread thread;
  };

  Verdict execute(const text::ModuleSource& module);
  Verdict execute(const text::ModuleInstance& instance);
  Verdict execute(const text::Register& command);
  Verdict execute(const text::Action& action);
  Verdict execute(const text::AssertReturn& assertion);
  Verdict execute(const text::AssertTrap& assertion);
  Verdict execute(const text::AssertExhaustion& assertion);
  Verdict execute(const text::AssertException& assertion);
  Verdict execute(const text::AssertMalformed& assertion);
  Verdict execute(const text::AssertInvalid& assertion);
  Verdict execute(const text::AssertUnlinkable& assertion);
  Verdict execute(const text::Thread& command);
  Verdict execute(const text::Wait& command);

  using ActionResult = Outcome<std::vector<RunValue>>;
  /// Null, with `missing` set, when the instance is not there.
  [[nodiscard]] InstanceHandle find_instance(const text::OptionalName& name, Verdict& missing) const;
  /// Runs the action; `verdict` is set instead when it could not be tried, or when the engine does not support it.
  std::unique_ptr<ActionResult> perform(const text::Action& action, Verdict& verdict);
  /// The verdict on an action's outcome; a failure is a skip if an earlier action of that instance was skipped.
  [[nodiscard]] Verdict judge(const text::Action& action, Verdict verdict) const;
  [[nodiscard]] Outcome<ModuleHandle> load(const text::ModuleSource& module);
  [[nodiscard]] Outcome<ModuleHandle> find_module(const text::OptionalName& name) const;
  using LinkSubject = std::variant<text::ModuleSource, text::ModuleInstance>;
  [[nodiscard]] Outcome<InstanceHandle> instantiate(const LinkSubject& subject);

  Verdict expect_failure(const text::Action& action, FailureKind kind, const std::string& message);
  Verdict judge_failure(const Failure& failure, FailureKind kind, const std::string& message, bool compare_message) const;
  void define(ModuleHandle module, const text::OptionalName& name);
  void bind(const text::OptionalName& name, InstanceState state);
  void join(RunningThread& thread);

  Engine& engine_;
  const RunOptions& options_;
  FileReport& report_;
  std::map<std::string, ModuleHandle> modules_;
  ModuleHandle latest_module_ = nullptr;
  std::map<std::string, InstanceState> instances_;
  InstanceState current_;
  std::set<std::string> unavailable_;  ///< registered names whose instance is missing
  /// Instances on which an action was skipped: its effects are missing, so what does not match afterwards says nothing.
  std::set<InstanceHandle> incomplete_;
  std::map<std::string, RunningThread> threads_;
};

}  // namespace umber::spectest
