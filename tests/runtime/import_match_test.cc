// Which imports resolve, and what is said of those that don't.
#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

class ImportMatch : public ::testing::Test {
 protected:
  /// What instantiating a module with this one import says; empty for success.
  std::string import(const std::string& text) {
    const TextModule module("(module " + text + ")");
    Result<Instance*> instance = world.instantiate(module);
    return instance.ok() ? "" : to_string(instance.error().text());
  }
  void provide(const std::string& text) {
    ASSERT_TRUE(world.linker.define_instance("m", world.must_instantiate(TextModule("(module " + text + ")"))).ok());
  }
  World world;
};

TEST_F(ImportMatch, Unknown) {
  provide("(func (export \"f\"))");
  EXPECT_EQ(import("(import \"m\" \"g\" (func))"), "unknown import: function \"m\" \"g\"");
  EXPECT_EQ(import("(import \"n\" \"f\" (memory 1))"), "unknown import: memory \"n\" \"f\"");
}

TEST_F(ImportMatch, Kinds) {
  provide("(func (export \"f\"))");
  EXPECT_EQ(import("(import \"m\" \"f\" (func))"), "");
  EXPECT_EQ(import("(import \"m\" \"f\" (memory 0))"), "incompatible import type: memory \"m\" \"f\" is a function");
}

TEST_F(ImportMatch, Functions) {
  provide("(func (export \"f\") (param i32) (result i64) (i64.const 0))");
  EXPECT_EQ(import("(import \"m\" \"f\" (func (param i32) (result i64)))"), "");
  EXPECT_EQ(import("(import \"m\" \"f\" (func (param i32)))"),
            "incompatible import type: function \"m\" \"f\": the function's type is another");
}

TEST_F(ImportMatch, FunctionSubtypes) {
  provide("(type $t (sub (func))) (type $u (sub $t (func))) (func (export \"f\") (type $u))");
  EXPECT_EQ(import("(type $t (sub (func))) (import \"m\" \"f\" (func (type $t)))"), "");
  EXPECT_NE(import("(import \"m\" \"f\" (func))"), "");  // a final type without supertype is another
}

TEST_F(ImportMatch, Memories) {
  provide("(memory (export \"m\") 2 5)");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 2 5))"), "");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 0))"), "");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 3))"),
            "incompatible import type: memory \"m\" \"m\": expected a size of at least 3, it is 2");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 2 4))"),
            "incompatible import type: memory \"m\" \"m\": expected a maximum of at most 4, it is 5");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory i64 2 5))"),
            "incompatible import type: memory \"m\" \"m\": expected 64-bit addresses");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 2 5 shared))"),
            "incompatible import type: memory \"m\" \"m\": expected a shared one");
}

TEST_F(ImportMatch, TheSizeThatCountsIsTheCurrentOne) {
  provide("(memory (export \"m\") 1) (table (export \"t\") 1 funcref)");
  Extern memory;
  ASSERT_TRUE(world.linker.find("m", "m", memory));
  ASSERT_EQ(memory.memory->grow(2), 1u);
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 3))"), "");
  EXPECT_EQ(import("(import \"m\" \"m\" (memory 3 9))"),
            "incompatible import type: memory \"m\" \"m\": expected a maximum of at most 9, it has none");
  EXPECT_NE(import("(import \"m\" \"t\" (table 2 funcref))"), "");
}

TEST_F(ImportMatch, Tables) {
  provide("(table (export \"t\") 4 funcref)");
  EXPECT_EQ(import("(import \"m\" \"t\" (table 4 funcref))"), "");
  EXPECT_EQ(import("(import \"m\" \"t\" (table 4 externref))"),
            "incompatible import type: table \"m\" \"t\": expected elements of externref, they are funcref");
}

TEST_F(ImportMatch, Globals) {
  provide(
      "(global (export \"c\") i32 (i32.const 1)) (global (export \"v\") (mut i32) (i32.const 1)) "
      "(global (export \"r\") (ref func) (ref.func $f)) (global (export \"rv\") (mut (ref func)) (ref.func $f)) (func $f)");
  EXPECT_EQ(import("(import \"m\" \"c\" (global i32))"), "");
  EXPECT_EQ(import("(import \"m\" \"v\" (global (mut i32)))"), "");
  EXPECT_EQ(import("(import \"m\" \"c\" (global (mut i32)))"),
            "incompatible import type: global \"m\" \"c\": expected a mutable global");
  EXPECT_EQ(import("(import \"m\" \"c\" (global i64))"),
            "incompatible import type: global \"m\" \"c\": expected i64, it is i32");
  EXPECT_EQ(import("(import \"m\" \"r\" (global funcref))"), "");
  EXPECT_NE(import("(import \"m\" \"rv\" (global (mut funcref)))"), "");
}

TEST_F(ImportMatch, Tags) {
  provide("(tag (export \"t\") (param i32))");
  EXPECT_EQ(import("(import \"m\" \"t\" (tag (param i32)))"), "");
  EXPECT_EQ(import("(import \"m\" \"t\" (tag (param i64)))"),
            "incompatible import type: tag \"m\" \"t\": the tag's type is another");
}

TEST_F(ImportMatch, DefinitionsReplaceAndWin) {
  provide("(func (export \"f\"))");
  Slot value{};
  value.u32 = 5;
  Result<Global> global = world.store.create_global({wasm::ValType::I32, false}, &value);
  ASSERT_TRUE(global.ok());
  ASSERT_TRUE(world.linker.define("m", "f", *global).ok());
  EXPECT_EQ(import("(import \"m\" \"f\" (global i32))"), "");
  provide("(memory (export \"x\") 1)");
  EXPECT_EQ(import("(import \"m\" \"x\" (memory 1))"), "");
}

TEST_F(ImportMatch, ManyNames) {
  Slot value{};
  Result<Global> global = world.store.create_global({wasm::ValType::I32, false}, &value);
  ASSERT_TRUE(global.ok());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(world.linker.define("n", std::to_string(i), *global).ok());
  Extern found;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(world.linker.find("n", std::to_string(i), found));
  EXPECT_FALSE(world.linker.find("n", "1000", found));
  EXPECT_FALSE(world.linker.find("n1", "0", found));
}

}  // namespace
}  // namespace umber::test
