#include "runtime/table.h"

#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

wasm::TableType elements(uint64_t min, uint64_t max = UINT64_MAX) {
  wasm::TableType type;
  type.element = wasm::ValType::externref();
  type.limits.min = min;
  type.limits.has_max = max != UINT64_MAX;
  type.limits.max = max;
  return type;
}

TEST(Table, GrowsUpToItsMaximum) {
  World world;
  Result<Table*> made = world.store.create_table(elements(2, 5), host_ref(7));
  ASSERT_TRUE(made.ok());
  Table& table = **made;
  EXPECT_EQ(table.grow(0, kNullRef), 2u);
  EXPECT_EQ(table.grow(3, host_ref(9)), 2u);
  EXPECT_EQ(table.grow(1, kNullRef), Table::kGrowFailed);
  EXPECT_EQ(table.grow(UINT64_MAX, kNullRef), Table::kGrowFailed);
  EXPECT_EQ(table.elements()[1], host_ref(7));
  EXPECT_EQ(table.elements()[2], host_ref(9));
  EXPECT_EQ(table.elements()[4], host_ref(9));
  EXPECT_EQ(table.view().size, 5u);
}

TEST(Table, GrowingOneByOneIsLinear) {
  World world;
  Result<Table*> made = world.store.create_table(elements(0));
  ASSERT_TRUE(made.ok());
  const uint64_t before = world.allocator.allocations();
  for (uint64_t i = 0; i < 100'000; ++i) ASSERT_EQ((*made)->grow(1, kNullRef), i);
  EXPECT_LT(world.allocator.allocations() - before, 40u);
}

TEST(Table, Limits) {
  StoreConfig config;
  config.max_table_elements = 10;
  config.max_total_table_elements = 12;
  World world(config);
  Result<Table*> made = world.store.create_table(elements(8));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ((*made)->grow(3, kNullRef), Table::kGrowFailed);
  EXPECT_EQ((*made)->grow(2, kNullRef), 8u);
  Result<Table*> second = world.store.create_table(elements(3));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::LimitReached);
  EXPECT_TRUE(world.store.create_table(elements(2)).ok());
  EXPECT_EQ(world.store.table_elements(), 12u);
}

TEST(Table, FillAndCopyCheckFirst) {
  World world;
  Result<Table*> made = world.store.create_table(elements(8));
  ASSERT_TRUE(made.ok());
  Table& table = **made;
  for (uint64_t i = 0; i < 8; ++i) table.elements()[i] = host_ref(i);
  EXPECT_FALSE(table.fill(7, kNullRef, 2));
  EXPECT_FALSE(table.fill(UINT64_MAX, kNullRef, 2));
  EXPECT_FALSE(Table::copy(table, 1, table, 2, 7));
  EXPECT_EQ(table.elements()[7], host_ref(7));
  EXPECT_TRUE(table.fill(8, kNullRef, 0));
  EXPECT_TRUE(Table::copy(table, 1, table, 0, 7));  // overlapping, upwards
  EXPECT_EQ(table.elements()[1], host_ref(0));
  EXPECT_EQ(table.elements()[7], host_ref(6));
  EXPECT_TRUE(table.fill(0, host_ref(99), 2));
  EXPECT_EQ(table.elements()[1], host_ref(99));
  EXPECT_EQ(table.elements()[2], host_ref(1));
}

}  // namespace
}  // namespace umber::test
