#include "runtime/type_registry.h"

#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

using wasm::HeapType;
using wasm::ValType;

class TypeRegistryTest : public ::testing::Test {
 protected:
  std::vector<uint32_t> add(const wasm::Module& module) {
    std::vector<uint32_t> ids(module.types.size());
    const Status added = types.add_module(module, ids);
    EXPECT_TRUE(added.ok());
    return ids;
  }
  TestAllocator allocator;
  TypeRegistry types{allocator};
};

TEST_F(TypeRegistryTest, EqualTypesOfTwoModulesHaveOneId) {
  const auto a = add(TextModule("(module (type (func (param i32) (result i64))) (type (func)))"));
  const auto b = add(TextModule("(module (type (func)) (type (func (param i64))) (type (func (param i32) (result i64))))"));
  EXPECT_EQ(a[0], b[2]);
  EXPECT_EQ(a[1], b[0]);
  EXPECT_NE(b[1], a[0]);
  EXPECT_EQ(types.size(), 3u);
}

TEST_F(TypeRegistryTest, EqualTypesOfOneModuleHaveOneId) {
  const auto ids = add(TextModule("(module (type (func)) (type (func)) (type (func (param i32))))"));
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], ids[2]);
}

TEST_F(TypeRegistryTest, RecursiveGroupsAreComparedByShape) {
  const char* list = "(type $list (struct (field i32) (field (ref null $list))))";
  const auto a = add(TextModule(std::string("(module ") + list + ")"));
  const auto b = add(TextModule(std::string("(module (type (func)) ") + list + " (type (array (ref $list))))"));
  EXPECT_EQ(a[0], b[1]);
  EXPECT_EQ(types[b[2]].fields()[0].type, ValType::ref(HeapType::of_index(a[0]), false));
}

TEST_F(TypeRegistryTest, GroupsThatDifferOnlyInSizeDiffer) {
  const auto a = add(TextModule("(module (rec (type (struct)) (type (struct))) (type (struct)))"));
  EXPECT_NE(a[0], a[1]);
  EXPECT_NE(a[0], a[2]);
}

TEST_F(TypeRegistryTest, ReferencesInsideAndOutsideAGroupDiffer) {
  const auto a = add(TextModule(R"((module
    (type $outer (struct))
    (rec (type $s (struct)) (type (array (ref $s))))
    (rec (type $t (struct)) (type (array (ref $outer))))))"));
  EXPECT_NE(a[2], a[4]);
}

TEST_F(TypeRegistryTest, SubtypesByDisplay) {
  const auto ids = add(TextModule(R"((module
    (type $a (sub (struct)))
    (type $b (sub $a (struct (field i32))))
    (type $c (sub $b (struct (field i32) (field i64))))
    (type $other (sub $a (struct (field f32))))
    (type $f (func))))"));
  EXPECT_TRUE(types.is_subtype(ids[2], ids[0]));
  EXPECT_TRUE(types.is_subtype(ids[2], ids[1]));
  EXPECT_TRUE(types.is_subtype(ids[2], ids[2]));
  EXPECT_FALSE(types.is_subtype(ids[0], ids[2]));
  EXPECT_FALSE(types.is_subtype(ids[3], ids[1]));
  EXPECT_FALSE(types.is_subtype(ids[4], ids[0]));
  EXPECT_EQ(types[ids[2]].depth, 2);

  const auto ref = [](HeapType type, bool nullable = false) { return ValType::ref(type, nullable); };
  EXPECT_TRUE(types.is_subtype(ref(HeapType::of_index(ids[2])), ref(HeapType::of_index(ids[0]), true)));
  EXPECT_FALSE(types.is_subtype(ref(HeapType::of_index(ids[2]), true), ref(HeapType::of_index(ids[0]))));
  EXPECT_TRUE(types.is_subtype(ref(HeapType::of_index(ids[2])), ref(HeapType::Struct)));
  EXPECT_TRUE(types.is_subtype(ref(HeapType::of_index(ids[2])), ref(HeapType::Any)));
  EXPECT_FALSE(types.is_subtype(ref(HeapType::of_index(ids[2])), ref(HeapType::Func)));
  EXPECT_TRUE(types.is_subtype(ref(HeapType::of_index(ids[4])), ref(HeapType::Func)));
  EXPECT_TRUE(types.is_subtype(ref(HeapType::None), ref(HeapType::of_index(ids[1]))));
  EXPECT_TRUE(types.is_subtype(ref(HeapType::NoFunc), ref(HeapType::of_index(ids[4]))));
  EXPECT_FALSE(types.is_subtype(ref(HeapType::NoFunc), ref(HeapType::of_index(ids[1]))));
  EXPECT_FALSE(types.is_subtype(ValType(ValType::I32), ValType(ValType::I64)));
}

TEST_F(TypeRegistryTest, HostFunctionTypesMeetModuleTypes) {
  const auto ids = add(TextModule("(module (type (func (param i32 externref) (result f64))))"));
  const ValType params[] = {ValType::I32, ValType::externref()};
  const ValType results[] = {ValType::F64};
  Result<uint32_t> id = types.add_func(params, results);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(*id, ids[0]);
  Result<uint32_t> other = types.add_func(results, params);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*other, *id);
  EXPECT_EQ(types[*other].param_slots, 1u);
  EXPECT_EQ(types[*other].result_slots, 2u);
}

TEST_F(TypeRegistryTest, ManyTypesStayFindable) {
  std::string text = "(module";
  for (int i = 0; i < 300; ++i) {
    text += "(type (func";
    for (int bit = 0; bit < 9; ++bit) text += (i >> bit & 1) != 0 ? " (param i32)" : " (param f32)";
    text += "))";
  }
  const TextModule module(text + ")");
  const auto first = add(module);
  const auto again = add(module);
  EXPECT_EQ(first, again);
  EXPECT_EQ(types.size(), 300u);
}

TEST_F(TypeRegistryTest, GroupsOfSeveralTypesStayFindableWhenTheTableGrows) {
  std::string text = "(module";
  for (int i = 0; i < 40; ++i) {
    text += "(rec (type (struct (field i64))) (type (func";
    for (int bit = 0; bit < 6; ++bit) text += (i >> bit & 1) != 0 ? " (param i32)" : " (param f32)";
    text += ")))";
  }
  const TextModule module(text + " (type (struct (field i64))))");
  const auto first = add(module);
  EXPECT_EQ(types.size(), 81u);
  EXPECT_EQ(add(module), first);
  EXPECT_EQ(types.size(), 81u);
}

TEST_F(TypeRegistryTest, RoomForOneModuleIsAllThatItTakes) {
  const ValType one[] = {ValType::I32};
  const TextModule module("(module (type (func (param i32))) (type (func)) (type (func (param i32 i32))))");
  const auto bytes_with = [&](bool reserves) {
    TestAllocator counted;
    TypeRegistry registry(counted);
    if (reserves) EXPECT_TRUE(registry.reserve(3).ok());
    EXPECT_TRUE(registry.add_func(one, {}).ok());
    std::vector<uint32_t> ids(3);
    EXPECT_TRUE(registry.add_module(module, ids).ok());
    EXPECT_EQ(registry.size(), 3u);
    return counted.outstanding_bytes();
  };
  EXPECT_LT(bytes_with(true), bytes_with(false));
}

TEST_F(TypeRegistryTest, AHostFunctionHasAsManyParametersAndResultsAsAModulesMayHave) {
  const std::vector<ValType> most(wasm::kMaxParams, ValType::V128), more(wasm::kMaxParams + 1, ValType::I32);
  Result<uint32_t> id = types.add_func(most, most);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(types[*id].param_slots, 2 * wasm::kMaxParams);
  EXPECT_EQ(types[*id].result_slots, 2 * wasm::kMaxResults);
  EXPECT_EQ(types[*id].func().results.size(), size_t{wasm::kMaxResults});
  EXPECT_EQ(types.add_func(more, {}).error().code(), ErrorCode::LimitReached);
  EXPECT_EQ(types.add_func({}, more).error().code(), ErrorCode::LimitReached);
}

TEST(TypeRegistryAllocation, AFailureLeavesTheRegistryUsable) {
  const TextModule module(
      R"((module (type (sub (func (param i32)))) (rec (type $s (struct (field (ref null $a)))) (type $a (array i8)))
    (type (sub 0 (func (param i32))))))");
  const wasm::Module& data = module;
  const uint64_t count = sweep_allocation_failures([&](TestAllocator& allocator) {
    TypeRegistry types(allocator);
    std::vector<uint32_t> ids(data.types.size());
    if (types.add_module(data, ids).ok()) return;
    allocator.fail_after(TestAllocator::kUnlimited);
    ASSERT_TRUE(types.add_module(data, ids).ok());
    EXPECT_EQ(types.size(), 4u);
    EXPECT_TRUE(types.is_subtype(ids[3], ids[0]));
  });
  EXPECT_GT(count, 3u);
}

}  // namespace
}  // namespace umber::test
