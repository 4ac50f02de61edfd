// Golden tests: every file of golden/ is a module in the text format, a line of dashes, and the code of its functions.
// UMBER_BLESS=1 rewrites what stands below the dashes. The listings are those of the reference build: four integer registers,
// three for floats, eight bytes for a handler.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "decoder/ir/build.h"
#include "interp/disasm.h"
#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(UMBER_SOURCE_DIR) / "tests/interp/golden";
constexpr std::string_view kSeparator = "\n----\n";
constexpr bool kIsReferenceBuild = interp::kIntRegs == 4 && interp::kFloatRegs == 3 && interp::kRefBytes == 8;

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct StringOutput final : TextOutput {
  std::string text;
  void write(StringRef part) override { text.append(part.data(), part.size()); }
};

std::string code_of_all(std::string_view source) {
  const TextModule holder(source);
  const wasm::Module& module = holder;
  linux_port::HeapAllocator allocator;
  StringOutput output;
  Arena arena(allocator);
  for (uint32_t i = module.imported_functions; i < module.functions.size(); ++i) {
    Result<ir::Function> function = ir::build(module, i, arena, allocator);
    EXPECT_TRUE(function.ok());
    if (!function.ok()) continue;
    const Status printed = interp::print_code(*function, allocator, output);
    EXPECT_TRUE(printed.ok()) << printed.error().message().c_str();
  }
  return output.text;
}

class CodeGolden : public testing::TestWithParam<std::string> {};

TEST_P(CodeGolden, IsWhatStandsInTheFile) {
  if (!kIsReferenceBuild) GTEST_SKIP() << "other registers, other listings";
  const std::filesystem::path path = kFolder / (GetParam() + ".txt");
  const std::vector<uint8_t> bytes = read_file(path.string());
  const std::string content(bytes.begin(), bytes.end());
  const size_t end = content.find(kSeparator);
  const std::string source = content.substr(0, end);
  const std::string expected = end == std::string::npos ? "" : content.substr(end + kSeparator.size());
  const std::string actual = code_of_all(source);
  if (std::getenv("UMBER_BLESS") != nullptr && actual != expected) {
    std::ofstream(path, std::ios::binary) << source << kSeparator << actual;
    return;
  }
  EXPECT_EQ(actual, expected);
}
INSTANTIATE_TEST_SUITE_P(Files, CodeGolden, testing::ValuesIn(golden_names()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace umber::test
