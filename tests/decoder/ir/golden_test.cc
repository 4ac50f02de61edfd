// Golden tests: every file of golden/ is a module in the text format, a line of dashes, and the IR of its functions.
// UMBER_BLESS=1 rewrites what stands below the dashes (scripts/test --bless).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "decoder/ir/print.h"
#include "tests/decoder/ir/ir_fixture.h"
#include "tests/support/support.h"

namespace umber::ir {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(UMBER_SOURCE_DIR) / "tests/decoder/ir/golden";
constexpr std::string_view kSeparator = "\n----\n";

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// The IR of all functions; verified.
std::string build_all(std::string_view source) {
  test::ModuleUnderTest module(source);
  test::StringOutput text;
  for (uint32_t i = module->imported_functions; i < module->functions.size(); ++i) {
    Result<Function> function = module.build(i);
    if (!function.ok()) {
      text.text += function.error().message().c_str();
      text.text += '\n';
      continue;
    }
    print(*function, text, {.offsets = false});
    const Status status = verify(*function, module.allocator);
    EXPECT_TRUE(status.ok()) << status.error().message().c_str();
  }
  return text.text;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PrintsWhatStandsInTheFile) {
  const std::filesystem::path path = kFolder / (GetParam() + ".txt");
  const std::vector<uint8_t> bytes = test::read_file(path.string());
  const std::string content(bytes.begin(), bytes.end());
  const size_t end = content.find(kSeparator);
  const std::string source = content.substr(0, end);
  const std::string expected = end == std::string::npos ? "" : content.substr(end + kSeparator.size());
  const std::string actual = build_all(source);
  if (std::getenv("UMBER_BLESS") != nullptr && actual != expected) {
    std::ofstream(path, std::ios::binary) << source << kSeparator << actual;
    return;
  }
  EXPECT_EQ(actual, expected);
}

INSTANTIATE_TEST_SUITE_P(Ir, GoldenTest, testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace umber::ir
