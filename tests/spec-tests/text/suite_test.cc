// The whole official suite through the text front end, without running anything: every text module must assemble, every
// quoted malformed one must not. Where the suite exists in binary form, too, most modules must come out as the reference
// interpreter encoded them, byte for byte.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/byte_reader.h"
#include "spec-tests/text/byte_sink.h"
#include "spec-tests/text/script.h"

namespace umber::text {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

const fs::path kShared = fs::path(UMBER_SOURCE_DIR) / ".." / "shared";

std::vector<fs::path> scripts_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (!fs::is_directory(folder)) return paths;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const bool is_supported = entry.path().string().find("custom-descriptors") == std::string::npos;
    if (entry.path().extension() == ".wast" && is_supported) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The modules of a script that are meant to be well-formed, in order.
std::vector<const ModuleSource*> modules_of(const std::vector<Command>& commands) {
  std::vector<const ModuleSource*> modules;
  for (const Command& command : commands) {
    if (const auto* module = std::get_if<ModuleSource>(&command.body)) modules.push_back(module);
    if (const auto* invalid = std::get_if<AssertInvalid>(&command.body); invalid != nullptr && !invalid->is_custom)
      modules.push_back(&invalid->module);
    if (const auto* trap = std::get_if<AssertTrap>(&command.body))
      if (const auto* module = std::get_if<ModuleSource>(&trap->subject)) modules.push_back(module);
    if (const auto* unlinkable = std::get_if<AssertUnlinkable>(&command.body))
      if (const auto* module = std::get_if<ModuleSource>(&unlinkable->subject)) modules.push_back(module);
  }
  return modules;
}

/// Writes sizes in their shortest form and drops custom sections; the reference interpreter pads its sizes to five bytes.
Bytes normalize(const Bytes& binary) {
  ByteSink out;
  ByteReader reader(binary);
  std::span<const uint8_t> header;
  if (!reader.read_bytes(8, header)) return binary;
  out.put_bytes(header);
  while (!reader.at_end()) {
    uint8_t id = 0;
    uint32_t size = 0;
    std::span<const uint8_t> content;
    if (!reader.read_u8(id) || !reader.read_u32(size) || !reader.read_bytes(size, content)) return binary;
    ByteSink section;
    if (id == 10) {
      ByteReader bodies(content);
      uint32_t count = 0;
      if (!bodies.read_u32(count)) return binary;
      section.put_unsigned(count);
      while (!bodies.at_end()) {
        if (!bodies.read_u32(size) || !bodies.read_bytes(size, content)) return binary;
        section.put_unsigned(size);
        section.put_bytes(content);
      }
    } else {
      section.put_bytes(content);
    }
    if (id == 0) continue;
    out.put_u8(id);
    out.put_sized(section);
  }
  return out.take();
}

TEST(Suite, EveryTextModuleAssembles) {
  const std::vector<fs::path> paths = scripts_below(kShared / "testsuite");
  if (paths.empty()) GTEST_SKIP() << "no test suite";
  size_t count = 0;
  for (const fs::path& path : paths) {
    const std::string source = read_file(path);
    const TextResult<std::vector<Command>> script = parse_script(source);
    ASSERT_TRUE(script.ok()) << path << ": " << script.error().to_string();
    for (const ModuleSource* module : modules_of(script.value())) {
      const TextResult<Bytes> binary = assemble(*module);
      EXPECT_TRUE(binary.ok()) << path << ":" << module->position.line << ": " << binary.error().to_string();
      ++count;
    }
  }
  EXPECT_GE(count, 5500u);
}

TEST(Suite, EveryMalformedTextIsRefusedInTheSuitesWords) {
  const std::vector<fs::path> paths = scripts_below(kShared / "testsuite");
  if (paths.empty()) GTEST_SKIP() << "no test suite";
  size_t count = 0;
  for (const fs::path& path : paths) {
    const std::string source = read_file(path);
    const TextResult<std::vector<Command>> script = parse_script(source);
    ASSERT_TRUE(script.ok()) << path << ": " << script.error().to_string();
    for (const Command& command : script.value()) {
      const auto* malformed = std::get_if<AssertMalformed>(&command.body);
      if (malformed == nullptr || malformed->module.form == ModuleForm::Binary) continue;
      // threads/memory.wast is older than memory64, with which "(memory 0x1_0000_0000)" became well-formed and invalid.
      if (malformed->message == "i32 constant out of range" && path.string().find("threads") != std::string::npos) continue;
      const TextResult<Bytes> binary = assemble(malformed->module);
      ASSERT_FALSE(binary.ok()) << path << ":" << command.position.line << ": accepted, but " << malformed->message;
      EXPECT_NE(binary.error().message.find(malformed->message), std::string::npos)
          << path << ":" << command.position.line << ": " << binary.error().message << " instead of " << malformed->message;
      ++count;
    }
  }
  EXPECT_GE(count, 1270u);
}

TEST(Suite, EncodesAsTheReferenceInterpreterDoes) {
  // The rest differs in ways that do not matter: the order of types that blocks state in place, an empty else, a null table
  // initialiser written out, (ref func) elements as expressions, and function indices where the reference has expressions.
  constexpr size_t kKnownDifferences = 110;
  const fs::path binary_suite = kShared / "testsuite-bin";
  if (!fs::is_directory(binary_suite)) GTEST_SKIP() << "no test suite in binary form";
  size_t same = 0;
  size_t different = 0;
  for (const fs::path& path : scripts_below(kShared / "testsuite")) {
    fs::path twin = binary_suite / fs::relative(path, kShared / "testsuite");
    twin.replace_extension(".bin.wast");
    if (!fs::exists(twin)) continue;
    const std::string text_source = read_file(path);
    const std::string binary_source = read_file(twin);
    const TextResult<std::vector<Command>> text_script = parse_script(text_source);
    const TextResult<std::vector<Command>> binary_script = parse_script(binary_source);
    ASSERT_TRUE(text_script.ok() && binary_script.ok()) << path;
    const std::vector<const ModuleSource*> texts = modules_of(text_script.value());
    const std::vector<const ModuleSource*> binaries = modules_of(binary_script.value());
    ASSERT_EQ(texts.size(), binaries.size()) << path;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (texts[i]->form == ModuleForm::Binary) continue;
      const TextResult<Bytes> ours = assemble(*texts[i]);
      const TextResult<Bytes> theirs = assemble(*binaries[i]);
      ASSERT_TRUE(ours.ok() && theirs.ok()) << path << ":" << texts[i]->position.line;
      ++(normalize(ours.value()) == normalize(theirs.value()) ? same : different);
    }
  }
  EXPECT_LE(different, kKnownDifferences);
  EXPECT_GE(same, 4500u);
}

}  // namespace
}  // namespace umber::text
