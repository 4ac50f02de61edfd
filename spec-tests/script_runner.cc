#include "spec-tests/script_runner.h"

#include <type_traits>

#include "spec-tests/crash_note.h"
#include "spec-tests/matcher.h"

namespace umber::spectest {
namespace {

/// The commands that the suite itself counts.
template <class Command>
constexpr bool kIsAssertion =
    std::is_same_v<Command, text::AssertReturn> || std::is_same_v<Command, text::AssertTrap> ||
    std::is_same_v<Command, text::AssertExhaustion> || std::is_same_v<Command, text::AssertException> ||
    std::is_same_v<Command, text::AssertMalformed> || std::is_same_v<Command, text::AssertInvalid> ||
    std::is_same_v<Command, text::AssertUnlinkable>;

/// Commands that only name things count when they fail.
template <class Command>
constexpr bool kCountsWhenPassed = !std::is_same_v<Command, text::Register> && !std::is_same_v<Command, text::Thread> &&
                                   !std::is_same_v<Command, text::Wait>;

std::string described(const Failure& failure) { return std::string(name_of(failure.kind)) + ": " + failure.message; }

Failure text_failure(const text::TextError& error) { return {FailureKind::Malformed, "text " + error.to_string()}; }

/// Why a module was refused. Each folder's features are on, so decoding or validation may not plead "unsupported".
Failure refusal(Failure failure) {
  if (failure.kind == FailureKind::Unsupported) failure.kind = FailureKind::Invalid;
  return failure;
}

Verdict unexpected(const Failure& failure) {
  if (failure.kind == FailureKind::Unsupported) return Verdict::skipped(failure.message);
  return Verdict::failed(described(failure));
}

/// The verdict of those that need what a failed or skipped command should have made.
Verdict inherited(const Verdict& cause) {
  if (cause.kind == Verdict::Kind::Skipped) return cause;
  return Verdict::failed("no instance: " + (cause.reason.empty() ? "no module before this command" : cause.reason));
}

const text::OptionalName& instance_name_of(const text::Action& action) {
  const auto* invoke = std::get_if<text::Invoke>(&action);
  return invoke != nullptr ? invoke->instance : std::get<text::Get>(action).instance;
}

}  // namespace

ScriptRunner::~ScriptRunner() {
  for (auto& [name, thread] : threads_) {
    if (thread.thread.joinable()) thread.thread.join();
  }
}

void ScriptRunner::run(const std::vector<text::Command>& commands) {
  for (const text::Command& command : commands) {
    note_line(command.position.line);
    std::visit(
        [&]<class Body>(const Body& body) {
          Verdict verdict = execute(body);
          if (verdict.kind == Verdict::Kind::Passed && !kCountsWhenPassed<Body>) return;
          report_.add(command.position.line, kIsAssertion<Body>, std::move(verdict));
        },
        command.body);
  }
  for (auto& [name, thread] : threads_) join(thread);
}

// ---- modules and instances -----------------------------------------------------------------------------------------

Outcome<ModuleHandle> ScriptRunner::load(const text::ModuleSource& module) {
  text::TextResult<std::vector<uint8_t>> bytes = text::assemble(module);
  if (!bytes.ok()) return text_failure(bytes.error());
  return engine_.load(std::move(bytes).value());
}

Outcome<ModuleHandle> ScriptRunner::find_module(const text::OptionalName& name) const {
  if (!name && latest_module_ != nullptr) return latest_module_;
  const auto found = name ? modules_.find(*name) : modules_.end();
  if (found != modules_.end()) return found->second;
  return Failure{FailureKind::NotFound, "no module definition" + (name ? " $" + *name : "")};
}

Outcome<InstanceHandle> ScriptRunner::instantiate(const LinkSubject& subject) {
  const auto* source = std::get_if<text::ModuleSource>(&subject);
  const Outcome<ModuleHandle> module =
      source != nullptr ? load(*source) : find_module(std::get<text::ModuleInstance>(subject).module_name);
  if (!module.ok()) return refusal(module.failure());
  Outcome<InstanceHandle> instance = engine_.instantiate(module.value());
  if (!instance.ok() && instance.failure().kind == FailureKind::Unlinkable &&
      engine_.imports_from(module.value(), unavailable_)) {
    return Failure{FailureKind::Unsupported, "imports from a module that was skipped"};
  }
  return instance;
}

void ScriptRunner::bind(const text::OptionalName& name, InstanceState state) {
  if (name) instances_[*name] = state;
  current_ = std::move(state);
}

void ScriptRunner::define(ModuleHandle module, const text::OptionalName& name) {
  latest_module_ = module;
  if (name) modules_[*name] = module;
}

Verdict ScriptRunner::execute(const text::ModuleSource& module) {
  const Outcome<ModuleHandle> loaded = load(module);
  if (!loaded.ok()) {
    Verdict verdict = unexpected(refusal(loaded.failure()));
    if (!module.is_definition) bind(module.name, {nullptr, verdict});
    return verdict;
  }
  define(loaded.value(), module.name);
  return module.is_definition ? Verdict::passed() : execute(text::ModuleInstance{module.name, {}});
}

Verdict ScriptRunner::execute(const text::ModuleInstance& command) {
  const Outcome<InstanceHandle> instance = instantiate(command);
  if (instance.ok()) {
    bind(command.instance_name, {instance.value(), {}});
    return Verdict::passed();
  }
  Verdict verdict = unexpected(instance.failure());
  bind(command.instance_name, {nullptr, verdict});
  return verdict;
}

InstanceHandle ScriptRunner::find_instance(const text::OptionalName& name, Verdict& missing) const {
  const auto found = name ? instances_.find(*name) : instances_.end();
  const InstanceState state = !name ? current_ : found != instances_.end() ? found->second : InstanceState{};
  if (state.handle == nullptr) missing = inherited(state.missing);
  return state.handle;
}

Verdict ScriptRunner::execute(const text::Register& command) {
  Verdict missing;
  const InstanceHandle instance = find_instance(command.instance, missing);
  if (instance == nullptr) {
    unavailable_.insert(command.module_name);
    return missing;
  }
  unavailable_.erase(command.module_name);
  engine_.register_instance(command.module_name, instance);
  return Verdict::passed();
}

// ---- actions -------------------------------------------------------------------------------------------------------

std::unique_ptr<ScriptRunner::ActionResult> ScriptRunner::perform(const text::Action& action, Verdict& verdict) {
  const InstanceHandle instance = find_instance(instance_name_of(action), verdict);
  if (instance == nullptr) return nullptr;
  const auto* invoke = std::get_if<text::Invoke>(&action);
  auto result =
      std::make_unique<ActionResult>(invoke != nullptr ? engine_.invoke(instance, invoke->function, invoke->arguments)
                                                       : engine_.get(instance, std::get<text::Get>(action).global));
  if (result->ok() || result->failure().kind != FailureKind::Unsupported) return result;
  incomplete_.insert(instance);
  verdict = Verdict::skipped(result->failure().message);
  return nullptr;
}

Verdict ScriptRunner::judge(const text::Action& action, Verdict verdict) const {
  Verdict missing;
  if (verdict.kind != Verdict::Kind::Failed) return verdict;
  if (!incomplete_.contains(find_instance(instance_name_of(action), missing))) return verdict;
  return Verdict::skipped("follows an action that was skipped");
}

Verdict ScriptRunner::execute(const text::Action& action) {
  Verdict verdict;
  const auto result = perform(action, verdict);
  if (result == nullptr) return verdict;
  return judge(action, result->ok() ? Verdict::passed() : unexpected(result->failure()));
}

Verdict ScriptRunner::execute(const text::AssertReturn& assertion) {
  Verdict verdict;
  const auto result = perform(assertion.action, verdict);
  if (result == nullptr) return verdict;
  if (!result->ok()) return judge(assertion.action, unexpected(result->failure()));
  std::string why;
  if (matches(result->value(), assertion.results, why)) return Verdict::passed();
  return judge(assertion.action, Verdict::failed(why));
}

// ---- failures that are asserted ------------------------------------------------------------------------------------

Verdict ScriptRunner::judge_failure(const Failure& failure, FailureKind kind, const std::string& message,
                                    bool compare_message) const {
  if (failure.kind == FailureKind::Unsupported) return Verdict::skipped(failure.message);
  if (failure.kind != kind)
    return Verdict::failed(std::string("expected ") + name_of(kind) + " \"" + message + "\", got " + described(failure));
  if (compare_message && !message_matches(message, failure.message)) {
    return Verdict::failed("expected \"" + message + "\", got \"" + failure.message + "\"");
  }
  return Verdict::passed();
}

Verdict ScriptRunner::expect_failure(const text::Action& action, FailureKind kind, const std::string& message) {
  Verdict verdict;
  const auto result = perform(action, verdict);
  if (result == nullptr) return verdict;
  if (!result->ok()) {
    return judge(action, judge_failure(result->failure(), kind, message, kind == FailureKind::Trap));
  }
  const std::string expected = std::string("expected ") + name_of(kind) + " \"" + message + "\"";
  return judge(action, Verdict::failed(expected + ", but it returned"));
}

Verdict ScriptRunner::execute(const text::AssertTrap& assertion) {
  if (const auto* action = std::get_if<text::Action>(&assertion.subject))
    return expect_failure(*action, FailureKind::Trap, assertion.message);
  const auto* source = std::get_if<text::ModuleSource>(&assertion.subject);
  const Outcome<InstanceHandle> instance =
      source != nullptr ? instantiate(LinkSubject(*source))
                        : instantiate(LinkSubject(std::get<text::ModuleInstance>(assertion.subject)));
  if (instance.ok()) return Verdict::failed("expected trap \"" + assertion.message + "\", but it instantiates");
  return judge_failure(instance.failure(), FailureKind::Trap, assertion.message, true);
}

Verdict ScriptRunner::execute(const text::AssertExhaustion& assertion) {
  return expect_failure(assertion.action, FailureKind::Exhaustion, assertion.message);
}

Verdict ScriptRunner::execute(const text::AssertException& assertion) {
  return expect_failure(assertion.action, FailureKind::Exception, "");
}

Verdict ScriptRunner::execute(const text::AssertUnlinkable& assertion) {
  const Outcome<InstanceHandle> instance = instantiate(assertion.subject);
  if (instance.ok()) return Verdict::failed("expected unlinkable \"" + assertion.message + "\", but it instantiates");
  return judge_failure(instance.failure(), FailureKind::Unlinkable, assertion.message, options_.strict_messages);
}

Verdict ScriptRunner::execute(const text::AssertMalformed& assertion) {
  const Outcome<ModuleHandle> loaded = load(assertion.module);
  if (loaded.ok()) return Verdict::failed("expected malformed \"" + assertion.message + "\", but it is accepted");
  // An instruction of a feature that is off is no instruction.
  Failure failure = loaded.failure();
  if (failure.kind == FailureKind::Unsupported) failure.kind = FailureKind::Malformed;
  return judge_failure(failure, FailureKind::Malformed, assertion.message, options_.strict_messages);
}

Verdict ScriptRunner::execute(const text::AssertInvalid& assertion) {
  const text::TextResult<std::vector<uint8_t>> bytes = text::assemble(assertion.module);
  if (!bytes.ok()) {
    if (assertion.is_custom) return Verdict::passed();
    return Verdict::failed("expected invalid \"" + assertion.message + "\", got " + described(text_failure(bytes.error())));
  }
  const Outcome<ModuleHandle> loaded = engine_.load(bytes.value());
  if (loaded.ok()) return Verdict::failed("expected invalid \"" + assertion.message + "\", but it is accepted");
  return judge_failure(refusal(loaded.failure()), FailureKind::Invalid, assertion.message, options_.strict_messages);
}

// ---- threads -------------------------------------------------------------------------------------------------------

Verdict ScriptRunner::execute(const text::Thread& command) {
  RunningThread& thread = threads_[command.name.value_or("")];
  if (thread.thread.joinable()) return Verdict::failed("thread $" + command.name.value_or("") + " is still running");
  thread.engine = engine_.fork();
  thread.report = {};
  thread.runner = std::make_unique<ScriptRunner>(*thread.engine, options_, thread.report);
  for (const std::string& name : command.shared) {
    Verdict missing;
    const InstanceHandle instance = find_instance(name, missing);
    thread.runner->instances_[name] = {instance, missing};
  }
  thread.thread = std::thread([&thread, &command] { thread.runner->run(command.commands); });
  return Verdict::passed();
}

Verdict ScriptRunner::execute(const text::Wait& command) {
  const auto found = threads_.find(command.thread.value_or(""));
  if (found == threads_.end()) return Verdict::failed("no thread $" + command.thread.value_or(""));
  join(found->second);
  return Verdict::passed();
}

void ScriptRunner::join(RunningThread& thread) {
  if (!thread.thread.joinable()) return;
  thread.thread.join();
  report_.add(thread.report);
}

}  // namespace umber::spectest
