#include "spec-tests/report.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace umber::spectest {
namespace {

FileReport sample() {
  FileReport report;
  report.path = "a.wast";
  report.add(1, false, Verdict::passed());
  report.add(2, true, Verdict::passed());
  report.add(3, true, Verdict::failed("expected \"x\""));
  report.add(4, true, Verdict::skipped("later"));
  return report;
}

/// What `write` prints.
template <class Write>
std::string printed(Write write) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  write(out);
  std::fclose(out);
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(Report, OneLinePerFailureThenTheFile) {
  EXPECT_EQ(printed([](std::FILE* out) { print(sample(), false, out); }),
            "a.wast:3: expected \"x\"\na.wast: 2 passed, 1 failed, 1 skipped (0 ms)\n");
}

TEST(Report, QuietLeavesOutFilesWithoutFailures) {
  FileReport fine;
  fine.path = "b.wast";
  EXPECT_EQ(printed([&](std::FILE* out) { print(fine, true, out); }), "");
}

TEST(Report, SummaryEndsWithTheCounts) {
  EXPECT_EQ(printed([](std::FILE* out) { print_summary({sample(), sample()}, out); }),
            "skipped 2: later\n2 files, 2 assertions among what passed\n4 passed, 2 failed, 2 skipped\n");
}

TEST(Report, JsonHasEveryVerdict) {
  const std::string path = testing::TempDir() + "umber-report-test.json";
  ASSERT_TRUE(write_json({sample()}, path));
  std::ifstream in(path);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text,
            "{\"passed\": 2, \"passed_assertions\": 1, \"failed\": 1, \"skipped\": 1, \"files\": [\n"
            "  {\"path\": \"a.wast\", \"passed\": 2, \"passed_assertions\": 1, \"failed\": 1, \"skipped\": 1, "
            "\"seconds\": 0.000000, \"failures\": [\n    {\"line\": 3, \"reason\": \"expected \\\"x\\\"\"}], \"skips\": [\n"
            "    {\"line\": 4, \"reason\": \"later\"}]}\n]}\n");
  EXPECT_FALSE(write_json({}, "/nonexistent/file.json"));
}

}  // namespace
}  // namespace umber::spectest
