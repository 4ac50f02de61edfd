// What the decoder says of wrong modules, word for word and with the offset. A golden file has cases of three parts:
//
//   == what is wrong
//   (module …)
//   -- 0x1a: the message
//
// "-- valid" stands for a module that is accepted. UMBER_BLESS=1 rewrites the last lines (scripts/test --bless).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/decoder/decode_fixture.h"

namespace umber::test {
namespace {

struct Case {
  std::string title;
  std::string text;
  std::string message;
};

std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> cases;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== "))
      cases.push_back({line.substr(3), "", ""});
    else if (line.starts_with("-- "))
      cases.back().message = line.substr(3);
    else if (!line.empty())
      cases.back().text += line + "\n";
  }
  return cases;
}

std::string message_of(const Case& test_case) {
  std::string text_error;
  std::vector<uint8_t> bytes = assemble(test_case.text, &text_error);
  if (!text_error.empty()) return "not assembled: " + text_error;
  const DecodedModule module(std::move(bytes));
  return module.ok() ? "valid" : module.message();
}

void write_cases(const std::filesystem::path& path, const std::vector<Case>& cases) {
  std::ofstream out(path);
  for (const Case& test_case : cases)
    out << (&test_case == cases.data() ? "" : "\n") << "== " << test_case.title << "\n" << test_case.text << "-- " << message_of(test_case) << "\n";
}

std::vector<std::string> golden_files() {
  std::vector<std::string> files;
  for (const char* folder : {"parse", "validate"})
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(UMBER_SOURCE_DIR) / "tests/decoder" / folder / "golden"))
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

class DecodeErrors : public testing::TestWithParam<std::string> {};

TEST_P(DecodeErrors, AreWordForWord) {
  const std::vector<Case> cases = read_cases(GetParam());
  EXPECT_FALSE(cases.empty());
  if (std::getenv("UMBER_BLESS") != nullptr) return write_cases(GetParam(), cases);
  for (const Case& test_case : cases) EXPECT_EQ(message_of(test_case), test_case.message) << test_case.title;
}

INSTANTIATE_TEST_SUITE_P(Golden, DecodeErrors, testing::ValuesIn(golden_files()), [](const auto& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace umber::test
