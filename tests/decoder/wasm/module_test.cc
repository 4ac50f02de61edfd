#include "decoder/wasm/module.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/decoder/decode_fixture.h"
#include "tests/decoder/module_bytes.h"

namespace umber::wasm {
namespace {

std::string str(StringRef text) { return {text.data(), text.size()}; }
std::string str(ValType type) { return str(text_of(type).str()); }

TEST(Module, NamesFunctionsByNameSectionThenExportThenImport) {
  const test::DecodedModule module(
      "(module (import \"env\" \"puts\" (func)) (import \"env\" \"gets\" (func $read_line))"
      "  (func (export \"run\")) (func $helper) (func))");
  ASSERT_EQ(module.message(), "");
  EXPECT_EQ(str(module->function_name(0)), "puts");
  EXPECT_EQ(str(module->function_name(1)), "read_line");
  EXPECT_EQ(str(module->function_name(2)), "run");
  EXPECT_EQ(str(module->function_name(3)), "helper");
  EXPECT_EQ(str(module->function_name(4)), "");
  EXPECT_EQ(str(module->function_name(1000)), "");
}

TEST(Module, ReadsAMalformedNameSectionAsFarAsItGoes) {
  using test::Bytes;
  const Bytes names = Bytes().leb(3).leb(0).name("first").leb(1).name("second").leb(2).u8(0x7f);
  const Bytes custom = Bytes().name("name").u8(0).sized(Bytes().name("m")).u8(1).sized(names);
  const test::DecodedModule module(test::module_header()
                                       .section(1, {1, 0x60, 0, 0})
                                       .section(3, {3, 0, 0, 0})
                                       .section(10, {3, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b})
                                       .section(0, custom)
                                       .vector());
  ASSERT_EQ(module.message(), "");
  EXPECT_EQ(str(module->function_name(1)), "second");
  EXPECT_EQ(str(module->function_name(2)), "");
}

TEST(Module, FindsExports) {
  const test::DecodedModule module(
      "(module (memory (export \"memory\") 1) (func (export \"\")) (func (export \"a\") (export \"b\")))");
  ASSERT_EQ(module.message(), "");
  ASSERT_NE(module->find_export("memory"), nullptr);
  EXPECT_EQ(module->find_export("memory")->kind, ExternalKind::Memory);
  ASSERT_NE(module->find_export(""), nullptr);
  EXPECT_EQ(module->find_export("")->index, 0u);
  ASSERT_NE(module->find_export("b"), nullptr);
  EXPECT_EQ(module->find_export("b")->index, 1u);
  EXPECT_EQ(module->find_export("c"), nullptr);
  EXPECT_EQ(test::DecodedModule("(module)")->find_export("a"), nullptr);
}

TEST(Module, RecordsCustomSectionsAndWhereTheyLie) {
  const test::DecodedModule module(test::module_header()
                                       .section(0, test::Bytes().name("one").add({1, 2, 3}))
                                       .section(1, {0})
                                       .section(0, test::Bytes().name("two"))
                                       .vector());
  ASSERT_EQ(module.message(), "");
  ASSERT_EQ(module->custom_sections.size(), 2u);
  EXPECT_EQ(str(module->custom_sections[0].name), "one");
  EXPECT_EQ(module->custom_sections[0].after, 0);
  EXPECT_EQ(module->slice(module->custom_sections[0].content).size(), 3u);
  EXPECT_EQ(module->custom_sections[1].after, 1);
}

TEST(Module, DeclaresFunctionsNamedOutsideBodies) {
  const test::DecodedModule module(
      "(module (func) (func (export \"x\")) (func) (func) (func) (elem declare func 2) (elem funcref (ref.func 3))"
      "  (global funcref (ref.func 4)))");
  ASSERT_EQ(module.message(), "");
  EXPECT_FALSE(module->is_declared(0));
  for (uint32_t i = 1; i < 5; ++i) EXPECT_TRUE(module->is_declared(i)) << i;
}

TEST(Types, HaveTheTextFormatsWords) {
  EXPECT_EQ(str(ValType(ValType::I32)), "i32");
  EXPECT_EQ(str(ValType(ValType::V128)), "v128");
  EXPECT_EQ(str(ValType::funcref()), "funcref");
  EXPECT_EQ(str(ValType::ref(HeapType::NoFunc, true)), "nullfuncref");
  EXPECT_EQ(str(ValType::ref(HeapType::None, true)), "nullref");
  EXPECT_EQ(str(ValType::ref(HeapType::Any, false)), "(ref any)");
  EXPECT_EQ(str(ValType::ref(HeapType::of_index(7), true)), "(ref null 7)");
  EXPECT_EQ(str(ValType::ref(HeapType::of_index(7), false)), "(ref 7)");
}

class Subtyping : public testing::Test {
 protected:
  // 0: open struct, 1: its sub type, 2: sub type of that, 3: function, 4: array, 5: equal to 0
  const test::DecodedModule module_{std::string_view(
      "(module (type (sub (struct))) (type (sub 0 (struct (field i32)))) (type (sub 1 (struct (field i32 i64))))"
      "  (type (func)) (type (array i8)) (type (sub (struct))))")};
  bool is(HeapType sub, HeapType super) { return is_subtype(*module_, sub, super); }
  static HeapType type(uint32_t idx) { return HeapType::of_index(idx); }
};

TEST_F(Subtyping, FollowsTheDeclaredChain) {
  ASSERT_EQ(module_.message(), "");
  EXPECT_TRUE(is(type(2), type(0)));
  EXPECT_TRUE(is(type(2), type(1)));
  EXPECT_FALSE(is(type(0), type(2)));
  EXPECT_FALSE(is(type(1), type(3)));
  EXPECT_EQ(module_->types[5].canonical, 0u);
}

TEST_F(Subtyping, PlacesDefinedTypesInTheirHierarchy) {
  for (HeapType super : {HeapType(HeapType::Struct), HeapType(HeapType::Eq), HeapType(HeapType::Any)}) EXPECT_TRUE(is(type(2), super));
  EXPECT_FALSE(is(type(2), HeapType::Array));
  EXPECT_FALSE(is(type(2), HeapType::Func));
  EXPECT_TRUE(is(type(3), HeapType::Func));
  EXPECT_FALSE(is(type(3), HeapType::Any));
  EXPECT_TRUE(is(type(4), HeapType::Array));
  EXPECT_TRUE(is(HeapType::None, type(4)));
  EXPECT_FALSE(is(HeapType::None, type(3)));
  EXPECT_TRUE(is(HeapType::NoFunc, type(3)));
  EXPECT_TRUE(is(HeapType::Bottom, type(3)));
}

TEST_F(Subtyping, KeepsHierarchiesApart) {
  constexpr HeapType::Abstract kTops[] = {HeapType::Any, HeapType::Func, HeapType::Extern, HeapType::Exn};
  constexpr HeapType::Abstract kBottoms[] = {HeapType::None, HeapType::NoFunc, HeapType::NoExtern, HeapType::NoExn};
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 4; ++k) {
      EXPECT_EQ(is(kBottoms[i], kTops[k]), i == k);
      EXPECT_EQ(is(kTops[i], kTops[k]), i == k);
    }
  EXPECT_EQ(top_of(*module_, HeapType::I31), HeapType(HeapType::Any));
  EXPECT_EQ(top_of(*module_, HeapType::NoExn), HeapType(HeapType::Exn));
  EXPECT_EQ(top_of(*module_, type(3)), HeapType(HeapType::Func));
}

TEST_F(Subtyping, NullableIsAboveNonNull) {
  EXPECT_TRUE(is_subtype(*module_, ValType::ref(type(1), false), ValType::ref(type(0), true)));
  EXPECT_FALSE(is_subtype(*module_, ValType::ref(type(1), true), ValType::ref(type(0), false)));
  EXPECT_FALSE(is_subtype(*module_, ValType(ValType::I32), ValType(ValType::I64)));
  EXPECT_TRUE(is_subtype(*module_, ValType(ValType::Bottom), ValType(ValType::I64)));
}

}  // namespace
}  // namespace umber::wasm
