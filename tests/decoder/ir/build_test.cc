// What golden tests cannot show: limits, failing allocations, reuse, and that nothing is quadratic.
#include "decoder/ir/build.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>

#include "tests/decoder/ir/ir_fixture.h"

namespace umber::ir {
namespace {

constexpr const char* kMixed = R"((module
  (memory 1) (tag $e (param i32)) (type $t (func (param i32) (result i32)))
  (table 1 funcref)
  (func (type $t) (local i64 f32 v128)
    local.get 0
    loop (param i32) (result i32)
      block (param i32) (result i32)
        try_table (param i32) (result i32) (catch $e 0)
          (call_indirect (type $t) (i32.const 3))
        end
        (br_table 0 1 0 (i32.load (local.get 0)))
      end
      (v128.load (i32.const 1)) (local.set 3)
      (br_if 0 (i32.const 5) (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
      drop
    end)))";

TEST(Build, SurvivesEveryFailingAllocation) {
  test::ModuleUnderTest module(kMixed);
  const uint64_t count = test::sweep_allocation_failures([&](test::TestAllocator& allocator) {
    Arena arena(allocator);
    const Result<Function> function = build(*module, 0, arena, allocator);
    EXPECT_TRUE(function.ok() || function.error().code() == ErrorCode::OutOfMemory) << function.error().message().c_str();
  });
  EXPECT_GT(count, 10u);
}

TEST(Build, ReusesItsMemory) {
  test::ModuleUnderTest module(kMixed);
  test::TestAllocator allocator;
  FunctionBuilder builder(*module, allocator);
  ASSERT_TRUE(builder.build(0).ok());
  const size_t held = allocator.outstanding_bytes();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(builder.build(0).ok());
  EXPECT_EQ(allocator.outstanding_bytes(), held);
}

TEST(Build, GivesTheValidatorsError) {
  test::ModuleUnderTest module("(func (result i32) i64.const 1)");
  const Result<Function> function = module.build(0);
  ASSERT_FALSE(function.ok());
  EXPECT_EQ(function.error().code(), ErrorCode::Invalid);
}

std::string repeat(const char* text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

/// Processor time to build function 0 of a module, in seconds.
double time_of(const std::string& source) {
  test::ModuleUnderTest module(source);
  const std::clock_t start = std::clock();
  Result<Function> function = module.build(0);
  const std::clock_t elapsed = std::clock() - start;
  EXPECT_TRUE(function.ok()) << function.error().message().c_str();
  return static_cast<double>(elapsed) / CLOCKS_PER_SEC;
}

/// Ten times the input may take no more than some forty times as long; quadratic steps would take a hundred.
void expect_linear(const std::function<std::string(int)>& source, int count) {
  double small = 1;
  double large = 1;
  for (int attempt = 0; attempt < 3; ++attempt) {
    small = std::min(small, time_of(source(count)));
    large = std::min(large, time_of(source(10 * count)));
  }
  EXPECT_LT(large, 40 * small + 0.01);
}

TEST(Build, IsLinearInPendingReadsAndBlocks) {
  expect_linear([](int n) {
    return "(func (param i32) " + repeat("local.get 0 ", n) + repeat("block nop end ", n) + repeat("drop ", n) + ")";
  }, 5000);
}

TEST(Build, IsLinearInPendingReadsAndWrites) {
  expect_linear([](int n) {
    return "(func (param i32 i32) " + repeat("local.get 0 ", n) + repeat("(local.set 1 (i32.clz (local.get 1))) ", n) +
           repeat("drop ", n) + ")";
  }, 5000);
}

TEST(Build, IsLinearInNestedBlocks) {
  expect_linear([](int n) { return "(func (param i32) " + repeat("block local.get 0 br_if 0 ", n) + repeat("end ", n) + ")"; }, 5000);
}

TEST(Build, IsLinearInNestedTries) {
  expect_linear([](int n) { return "(func " + repeat("try call 0 ", n) + repeat("delegate 0 ", n) + ")"; }, 2000);
}

TEST(Build, IsLinearInLocals) {
  expect_linear([](int n) {
    return "(func (local " + repeat("i32 ", n) + ") " + repeat("local.get 7 local.set 9 ", n) + ")";
  }, 4000);
}

}  // namespace
}  // namespace umber::ir
