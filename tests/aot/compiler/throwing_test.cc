// What is known of functions before any is compiled.
#include "aot/compiler/throwing.h"

#include "aot/compiler/heap_allocator.h"
#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

std::vector<bool> shallow(std::string_view source) {
  const TextModule module(source);
  HeapAllocator allocator;
  Result<Throwing> found = find_throwing(module.module, allocator);
  EXPECT_TRUE(found.ok());
  return found.ok() ? found.value().is_shallow : std::vector<bool>();
}

TEST(Throwing, WhatCallsLittleIsShallow) {
  EXPECT_EQ(shallow("(module (func $a) (func $b (call $a) (call $a)) (func (call $b) (call $a)))"), (std::vector<bool>{true, true, true}));
}

TEST(Throwing, RecursionIsNotShallowAndNeitherAreItsCallers) {
  EXPECT_EQ(shallow("(module (func $a (call $a)) (func $b (call $a)) (func $c (call $d)) (func $d (call $c)) (func $e))"),
            (std::vector<bool>{false, false, false, false, true}));
}

TEST(Throwing, WhatIsNotKnownIsNotShallow) {
  EXPECT_EQ(shallow("(module (import \"\" \"\" (func $i)) (table 1 funcref) (func (call $i)) (func (call_indirect (i32.const 0))))"),
            (std::vector<bool>{false, false, false}));
}

TEST(Throwing, ALongChainIsShallowOnlyNearItsEnd) {
  std::string source = "(module (func $f0)";
  for (int i = 1; i < 40; ++i) source += " (func $f" + std::to_string(i) + " (call $f" + std::to_string(i - 1) + "))";
  const std::vector<bool> found = shallow(source + ")");
  ASSERT_EQ(found.size(), 40u);
  EXPECT_TRUE(found[4]);
  EXPECT_FALSE(found[39]);
  EXPECT_TRUE(std::is_sorted(found.rbegin(), found.rend()));
}

TEST(Throwing, LargeFramesCount) {
  std::string locals;
  for (int i = 0; i < 200; ++i) locals += " i64";
  EXPECT_EQ(shallow("(module (func $a (local" + locals + ")) (func $b (local" + locals + ") (call $a)))"), (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace umber::aot::test
