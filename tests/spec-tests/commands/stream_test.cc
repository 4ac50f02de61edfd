// Scripts as command streams: what was asserted in the text is judged the same by the runner of devices.
#include <gtest/gtest.h>

#include <string>

#include "ports/linux/platform.h"
#include "spec-tests/commands/run.h"
#include "spec-tests/commands/write.h"

namespace umber::spectest {
namespace {

constexpr const char* kScript = R"(
  (module (memory 1)
    (func (export "id") (param i64) (result i64) (local.get 0))
    (func (export "nan") (result f32) (f32.const nan))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "null") (result externref) (ref.null extern))
    (global (export "g") i32 (i32.const 7)))
  (assert_return (invoke "id" (i64.const -5)) (i64.const -5))
  (assert_return (invoke "nan") (f32.const nan:canonical))
  (assert_return (invoke "null") (ref.null extern))
  (assert_return (get "g") (i32.const 7))
  (assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
  (assert_unlinkable (module (import "no" "such" (func))) "unknown import"))";

/// A wrong expectation of each kind.
constexpr const char* kWrong = R"(
  (module (func (export "one") (result i32) (i32.const 1)) (func (export "trap") unreachable))
  (assert_return (invoke "one") (i32.const 2))
  (assert_return (invoke "one") (f32.const nan:canonical))
  (assert_return (invoke "trap"))
  (assert_trap (invoke "one") "unreachable"))";

struct Run {
  StreamTotals totals;
  std::string text;
  bool is_damaged = false;
};

std::vector<uint8_t> stream_of(const char* script) {
  const text::TextResult<std::vector<text::Command>> commands = text::parse_script(script);
  EXPECT_TRUE(commands.ok());
  FileReport report;
  const MakePayload as_it_is = [](std::vector<uint8_t> bytes) -> Result<std::vector<uint8_t>> { return bytes; };
  return write_stream(commands.value(), as_it_is, 16, report);
}

Run run(std::span<const uint8_t> stream) {
  linux_port::Platform platform;
  Run result;
  StreamConfig config;
  config.allocator = &platform.allocator;
  config.state = &result.text;
  config.print = [](void* state, StringRef text) { static_cast<std::string*>(state)->append(text.data(), text.size()); };
  const Result<StreamTotals> totals = run_stream(stream, config);
  result.is_damaged = !totals.ok();
  if (totals.ok()) result.totals = totals.value();
  return result;
}

TEST(Stream, PassesWhatHolds) {
  const auto result = run(stream_of(kScript));
  EXPECT_FALSE(result.is_damaged);
  EXPECT_EQ(result.totals.passed, 7u) << result.text;
  EXPECT_EQ(result.totals.failed, 0u) << result.text;
}

TEST(Stream, FailsWhatDoesNotHold) {
  const auto result = run(stream_of(kWrong));
  EXPECT_EQ(result.totals.passed, 1u) << result.text;
  EXPECT_EQ(result.totals.failed, 4u) << result.text;
  EXPECT_NE(result.text.find("3: other results, as slots: 0x1"), std::string::npos) << result.text;
  EXPECT_NE(result.text.find("6: succeeded"), std::string::npos) << result.text;
}

TEST(Stream, EveryCutIsRefused) {
  const std::vector<uint8_t> stream = stream_of(kScript);
  for (size_t size = 0; size < stream.size(); ++size) {
    std::vector<uint8_t> cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(run(cut).is_damaged) << size;
  }
}

}  // namespace
}  // namespace umber::spectest
