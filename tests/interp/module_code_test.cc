// Encoding whole modules, by one task and by several.
#include "interp/module_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "ports/linux/platform.h"
#include "tests/runtime/harness.h"

namespace umber::interp {
namespace {

/// A module of functions of 1.2 KB each that is worth several tasks, decoded but not validated; those in `wrong` have a body of the
/// wrong type.
class LargeModule {
 public:
  explicit LargeModule(std::initializer_list<int> wrong = {}, int functions = 600)
      : bytes_(std::move(text::assemble(source(wrong, functions))).value()), module_(allocator_) {
    EXPECT_TRUE(wasm::parse(bytes_, wasm::Features::all(), module_).ok());
  }
  operator const wasm::Module&() const { return module_; }

 private:
  static std::string source(std::initializer_list<int> wrong, int functions);

  linux_port::HeapAllocator allocator_;
  std::vector<uint8_t> bytes_;
  wasm::Module module_;
};

std::string LargeModule::source(std::initializer_list<int> wrong, int functions) {
  std::string text = "(module\n";
  for (int i = 0; i < functions; ++i) {
    const bool is_wrong = std::find(wrong.begin(), wrong.end(), i) != wrong.end();
    text += "(func (param i32) (result i32) local.get 0";
    for (int k = 0; k < 200; ++k) text += " i32.const " + std::to_string(100'000 + i * 1000 + k) + " i32.add";
    text += is_wrong ? " i64.extend_i32_u)\n" : ")\n";
  }
  return text + ")";
}

class Encoding : public testing::TestWithParam<unsigned> {
 protected:
  linux_port::Platform platform;
};

TEST_P(Encoding, GivesEveryFunctionItsCode) {
  const LargeModule module;
  ModuleCode one_by_one(module, {}, platform.allocator, nullptr);
  ModuleCode all(module, {}, platform.allocator, &platform.scheduler);
  ASSERT_TRUE(one_by_one.init().ok());
  ASSERT_TRUE(all.init().ok());
  ASSERT_TRUE(all.encode_all(GetParam()).ok());
  for (uint32_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(one_by_one.encode(i).ok());
    const auto* expected = static_cast<const Code*>(one_by_one.table()[i]);
    const auto* code = static_cast<const Code*>(all.table()[i]);
    const size_t bytes = sizeof(FunctionHeader) + header_of(expected).code_bytes;
    ASSERT_TRUE(std::equal(expected, expected + bytes, code)) << "function " << i;
  }
  EXPECT_EQ(all.code_bytes(), one_by_one.code_bytes());
}

// So what other tests find out about code holds for successors too.
TEST_P(Encoding, ASuccessorIsTheUsualCodeAndEntriesOfLoops) {
  if (!kHasDrafts) GTEST_SKIP() << "no drafts in this profile";
  const LargeModule module;
  ModuleCode usual(module, {}, platform.allocator, nullptr);
  ModuleCode drafts(module, {.patience = 1}, platform.allocator, &platform.scheduler);
  ASSERT_TRUE(usual.init().ok());
  ASSERT_TRUE(drafts.init().ok());
  ASSERT_TRUE(drafts.encode_all(GetParam()).ok());
  for (uint32_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(usual.encode(i).ok());
    const auto* draft = static_cast<const Code*>(drafts.table()[i]);
    ASSERT_EQ(header_of(draft).is_draft, 1u);
    const Code* successor = drafts.successor(i);
    ASSERT_NE(successor, nullptr);
    ASSERT_EQ(successor, drafts.table()[i]);
    ASSERT_EQ(successor, drafts.successor(i)) << "there is one";
    const auto* expected = static_cast<const Code*>(usual.table()[i]);
    ASSERT_EQ(header_of(successor).is_draft, 0u);
    const size_t bytes = header_of(expected).code_bytes;
    ASSERT_GT(header_of(successor).code_bytes, bytes);
    ASSERT_TRUE(std::equal(expected + sizeof(FunctionHeader), expected + sizeof(FunctionHeader) + bytes, successor + sizeof(FunctionHeader)));
    ASSERT_EQ(drafts.find(draft + sizeof(FunctionHeader)), draft) << "frames may still be in it";
  }
}

TEST_P(Encoding, ReportsTheFirstOfSeveralErrors) {
  const LargeModule module({17, 18, 300, 599});
  for (int round = 0; round < 20; ++round) {
    ModuleCode code(module, {}, platform.allocator, &platform.scheduler);
    ASSERT_TRUE(code.init().ok());
    const Status status = code.encode_all(GetParam());
    ASSERT_FALSE(status.ok());
    EXPECT_NE(std::string(status.error().message().c_str()).find("func 17"), std::string::npos) << status.error().message().c_str();
  }
}

/// Counts the allocations that ask for large pages.
class LargePageCounter final : public Allocator {
 public:
  void* allocate(size_t size, size_t alignment) override {
    if (alignment >= kLargePage && ++outstanding > most) most = outstanding.load();
    return heap_.allocate(size, alignment);
  }
  void release(void* memory, size_t size, size_t alignment) override {
    outstanding -= alignment >= kLargePage ? 1 : 0;
    heap_.release(memory, size, alignment);
  }
  std::atomic<int> outstanding = 0;
  std::atomic<int> most = 0;  ///< tasks ask for large pages under a lock, one at a time

 private:
  static constexpr size_t kLargePage = 2 << 20;
  linux_port::HeapAllocator heap_;
};

TEST_P(Encoding, PutsMuchCodeOnLargePagesAndFindsItThere) {
  constexpr uint32_t kFunctions = 4000;
  const LargeModule module({}, kFunctions);
  LargePageCounter allocator;
  {
    ModuleCode all(module, {}, allocator, &platform.scheduler);
    ASSERT_TRUE(all.init().ok());
    ASSERT_TRUE(all.encode_all(GetParam()).ok());
    EXPECT_GE(allocator.most, 1);
    for (uint32_t i = 0; i < kFunctions; ++i) {
      const auto* code = static_cast<const Code*>(all.table()[i]);
      ASSERT_EQ(header_of(code).func_idx, i);
      ASSERT_EQ(all.find(code + sizeof(FunctionHeader) + header_of(code).code_bytes - 1), code);
    }
  }
  EXPECT_EQ(allocator.outstanding, 0);
}

INSTANTIATE_TEST_SUITE_P(Tasks, Encoding, testing::Values(1u, 2u, 7u));

}  // namespace
}  // namespace umber::interp
