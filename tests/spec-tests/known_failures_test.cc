#include "spec-tests/known_failures.h"

#include <gtest/gtest.h>

#include "spec-tests/suite.h"

namespace umber::spectest {
namespace {

FileReport report_of(std::string path, std::vector<uint32_t> failing_lines) {
  FileReport report;
  report.path = std::move(path);
  for (const uint32_t line : failing_lines) report.failures.push_back({line, "wrong"});
  return report;
}

KnownFailures parse(std::string_view text) {
  std::string error;
  std::optional<KnownFailures> list = KnownFailures::parse(text, error);
  EXPECT_EQ(error, "");
  return std::move(list).value_or(KnownFailures());
}

TEST(KnownFailures, KnownLinesAreSkippedWithTheirReason) {
  const KnownFailures list = parse("# comment\n\nthreads/imports.wast:12  older than 3.0\n");
  FileReport report = report_of("suite/proposals/threads/imports.wast", {12, 30});
  list.apply(report);
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].line, 30u);
  ASSERT_EQ(report.skips.size(), 1u);
  EXPECT_EQ(report.skips[0].reason, "known failure: older than 3.0");
}

TEST(KnownFailures, UnexpectedPassFails) {
  FileReport report = report_of("suite/a.wast", {});
  parse("a.wast:7 broken").apply(report);
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].reason, "passes, but is listed as a known failure: broken");
}

TEST(KnownFailures, WholeFilesAndOtherFiles) {
  const KnownFailures list = parse("a.wast everything");
  FileReport listed = report_of("a.wast", {1, 2});
  list.apply(listed);
  EXPECT_TRUE(listed.failures.empty());
  FileReport other = report_of("suite/ba.wast", {1});
  list.apply(other);
  EXPECT_EQ(other.failures.size(), 1u);
  EXPECT_TRUE(other.skips.empty());
}

TEST(KnownFailures, MalformedLists) {
  std::string error;
  EXPECT_FALSE(KnownFailures::parse("a.wast:3 why\nb.wast:4", error));
  EXPECT_EQ(error, "2: an entry needs a reason");
  EXPECT_FALSE(KnownFailures::parse("a.wast:x why", error));
  EXPECT_EQ(error, "1: \"x\" is no line number");
}

TEST(Suite, FoldersHaveFeatures) {
  using wasm::Feature;
  EXPECT_FALSE(classify("suite/i32.wast").features.has(Feature::Threads));
  EXPECT_TRUE(classify("suite/proposals/threads/atomic.wast").features.has(Feature::Threads));
  EXPECT_TRUE(classify("suite/legacy/throw.wast").features.has(Feature::LegacyExceptions));
  EXPECT_FALSE(classify("suite/proposals/custom-descriptors/exact.wast").skip_reason.empty());
}

TEST(Suite, FeaturesCanBeChanged) {
  wasm::Features features = wasm::Features::wasm3();
  std::string error;
  EXPECT_TRUE(change_features("threads,-simd", features, error));
  EXPECT_TRUE(features.has(wasm::Feature::Threads));
  EXPECT_FALSE(features.has(wasm::Feature::Simd));
  EXPECT_FALSE(change_features("threads,warp", features, error));
  EXPECT_EQ(error, "warp");
}

}  // namespace
}  // namespace umber::spectest
