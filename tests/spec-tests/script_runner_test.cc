// Verdicts of whole scripts. Without a tier nothing runs, but the stages before it do.
#include "spec-tests/script_runner.h"

#include <gtest/gtest.h>

namespace umber::spectest {
namespace {

FileReport run_script(std::string_view source, RunOptions options = {}) {
  FileReport report;
  const text::TextResult<std::vector<text::Command>> commands = text::parse_script(source);
  EXPECT_TRUE(commands.ok()) << (commands.ok() ? "" : commands.error().to_string());
  if (!commands.ok()) return report;
  Engine engine(EngineConfig{});
  ScriptRunner(engine, options, report).run(commands.value());
  return report;
}

std::string reasons(const std::vector<Entry>& entries) {
  std::string all;
  for (const Entry& entry : entries) all += std::to_string(entry.line) + ": " + entry.reason + "\n";
  return all;
}

TEST(ScriptRunner, StagesOfRefusal) {
  const FileReport report = run_script(R"wast(
    (assert_malformed (module quote "(func (i32.foo))") "unknown operator")
    (assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
    (assert_invalid (module (func (result i32))) "type mismatch")
    (module definition (func)))wast");
  EXPECT_EQ(reasons(report.failures), "");
  EXPECT_EQ(report.passed, 4u);
  EXPECT_EQ(report.passed_assertions, 3u);
}

TEST(ScriptRunner, WrongStageFails) {
  const FileReport report = run_script(
      "(assert_malformed (module binary \"\\00asm\\01\\00\\00\\00\") \"anything\")\n"
      "(assert_malformed (module quote \"(func (result i32))\") \"anything\")\n"
      "(assert_invalid (module (func)) \"anything\")");
  ASSERT_EQ(report.failures.size(), 3u) << reasons(report.failures);
  EXPECT_EQ(report.failures[0].reason, "expected malformed \"anything\", but it is accepted");
  EXPECT_EQ(report.failures[1].reason.find("expected malformed \"anything\", got invalid: "), 0u)
      << report.failures[1].reason;
  EXPECT_EQ(report.failures[2].line, 3u);
}

TEST(ScriptRunner, MessagesCountOnlyWhenStrict) {
  constexpr std::string_view kScript = "(assert_invalid (module (func (result i32))) \"no such words\")";
  EXPECT_EQ(run_script(kScript).failures.size(), 0u);
  EXPECT_EQ(run_script(kScript, {.strict_messages = true}).failures.size(), 1u);
}

TEST(ScriptRunner, WhatNeedsASkippedModuleIsSkipped) {
  const FileReport report = run_script(R"wast((module $m (func (export "f")))
    (register "m" $m)
    (invoke "f")
    (assert_return (invoke $m "f"))
    (assert_trap (invoke "f") "unreachable"))wast");
  EXPECT_EQ(reasons(report.failures), "");
  EXPECT_EQ(report.passed, 0u);
  EXPECT_EQ(report.skips.size(), 5u) << reasons(report.skips);
}

TEST(ScriptRunner, WhatNeedsAFailedModuleFails) {
  const FileReport report =
      run_script("(module (func (result i32)))\n(assert_return (invoke \"f\"))\n(invoke $none \"f\")");
  ASSERT_EQ(report.failures.size(), 3u);
  EXPECT_EQ(report.failures[1].reason.find("no instance: invalid: "), 0u) << report.failures[1].reason;
  EXPECT_EQ(report.failures[2].reason, "no instance: no module before this command");
}

TEST(ScriptRunner, ThreadsReportWhenTheyAreWaitedFor) {
  const FileReport report = run_script(R"wast((thread $t
      (assert_invalid (module (func (result i32))) "type mismatch")
      (assert_invalid (module (func)) "nothing wrong"))
    (wait $t)
    (wait $other))wast");
  EXPECT_EQ(report.passed, 1u);
  ASSERT_EQ(report.failures.size(), 2u) << reasons(report.failures);
  EXPECT_EQ(report.failures[1].reason, "no thread $other");
}

/// Each (thread …) is a thread with a store of its own: one waits until the other notifies it, so they must run side by side.
TEST(ScriptRunner, ThreadsRunSideBySideOverOneMemory) {
  const text::TextResult<std::vector<text::Command>> commands = text::parse_script(R"wast(
    (module $Mem (memory (export "shared") 1 1 shared) (func (export "get") (result i32) (i32.load (i32.const 4))))
    (register "mem" $Mem)
    (thread $sleeper (shared (module $Mem))
      (register "mem" $Mem)
      (module (memory (import "mem" "shared") 1 1 shared)
        (func (export "sleep") (result i32)
          (i32.atomic.store (i32.const 8) (i32.const 1))
          (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
      (assert_return (invoke "sleep") (i32.const 0)))
    (thread $waker (shared (module $Mem))
      (register "mem" $Mem)
      (module (memory (import "mem" "shared") 1 1 shared)
        (func (export "wake")
          (loop $l (br_if $l (i32.eqz (memory.atomic.notify (i32.const 0) (i32.const 1)))))
          (i32.atomic.store (i32.const 4) (i32.const 42))))
      (invoke "wake")
      (assert_unlinkable (module (import "mem" "get" (func (result i32)))) "unknown import"))
    (wait $sleeper)
    (wait $waker)
    (assert_return (invoke $Mem "get") (i32.const 42)))wast");
  ASSERT_TRUE(commands.ok()) << commands.error().to_string();
  EngineConfig config;
  config.tier = TierKind::Interpreter;
  config.features = wasm::Features::all();
  Engine engine(config);
  FileReport report;
  ScriptRunner(engine, {}, report).run(commands.value());
  EXPECT_EQ(reasons(report.failures), "");
  EXPECT_EQ(report.passed, 7u);
}

}  // namespace
}  // namespace umber::spectest
