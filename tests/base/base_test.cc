#include <gtest/gtest.h>

#include "base/byte_reader.h"
#include "base/error.h"
#include "base/vec.h"
#include "tests/support/support.h"

namespace umber {
namespace {

std::string str(StringRef text) { return {text.data(), text.size()}; }

TEST(FixedText, PrintsNumbersAndQuotes) {
  FixedText<64> text;
  text.add("at ", Hex{0x1a}, ": ", -5, " of ", uint64_t{18446744073709551615u}, " in ", Quoted{"a\"\n"});
  EXPECT_EQ(str(text.str()), "at 0x1a: -5 of 18446744073709551615 in \"a\\22\\0a\"");
  FixedText<8> small;
  small.add("0123456789");
  EXPECT_EQ(str(small.str()), "0123456");
}

TEST(Error, MessageStartsWithTheOffset) {
  const Error error = Error::at(ErrorCode::Invalid, 26, "func ", 3u, ": type mismatch");
  EXPECT_EQ(str(error.message().str()), "0x1a: func 3: type mismatch");
  EXPECT_EQ(str(Error::of(ErrorCode::NotFound, "no such file").message().str()), "no such file");
}

TEST(Vec, GrowsAndReportsFailure) {
  const uint64_t allocations = test::sweep_allocation_failures([](test::TestAllocator& allocator) {
    Vec<int> values(allocator);
    for (int i = 0; i < 100; ++i)
      if (!values.push(i)) return;
    EXPECT_EQ(values.size(), 100u);
    EXPECT_EQ(values[99], 99);
  });
  EXPECT_GT(allocations, 3u);
}

TEST(Vec, DestroysOwningElements) {
  test::TestAllocator allocator;
  Vec<Vec<int>> rows(allocator);
  for (int i = 0; i < 10; ++i) {
    Vec<int> row(allocator);
    ASSERT_TRUE(row.push(i));
    ASSERT_TRUE(rows.push(std::move(row)));
  }
  rows.truncate(5);
  EXPECT_EQ(rows.back()[0], 4);
}

TEST(Arena, ResetKeepsTheFirstBlock) {
  test::TestAllocator allocator;
  Arena arena(allocator, 256);
  for (int i = 0; i < 100; ++i) ASSERT_NE(arena.allocate(40, 8), nullptr);
  const uint64_t before = allocator.allocations();
  arena.reset();
  EXPECT_EQ(arena.bytes_reserved(), 256u);
  ASSERT_NE(arena.allocate(40, 8), nullptr);
  EXPECT_EQ(allocator.allocations(), before);
  EXPECT_EQ(arena.allocate(SIZE_MAX - 4, 8), nullptr);
}

struct LebCase {
  std::vector<uint8_t> bytes;
  ReadError error;
  int64_t value;
};

TEST(ByteReader, SignedLeb) {
  const LebCase cases[] = {
      {{0x7f}, ReadError::None, -1},
      {{0xff, 0x7f}, ReadError::None, -1},
      {{0x80, 0x80, 0x80, 0x80, 0x78}, ReadError::None, INT32_MIN},
      {{0xff, 0xff, 0xff, 0xff, 0x07}, ReadError::None, INT32_MAX},
      {{0xff, 0xff, 0xff, 0xff, 0x0f}, ReadError::LebTooLarge, 0},
      {{0x80, 0x80, 0x80, 0x80, 0x70}, ReadError::LebTooLarge, 0},
      {{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, ReadError::LebTooLong, 0},
      {{0x80}, ReadError::UnexpectedEnd, 0},
  };
  for (const LebCase& c : cases) {
    ByteReader reader(c.bytes);
    int32_t value = 0;
    EXPECT_EQ(reader.read_s32(value), c.error == ReadError::None);
    EXPECT_EQ(reader.error(), c.error);
    if (c.error == ReadError::None) {
      EXPECT_EQ(value, c.value);
    }
  }
}

TEST(ByteReader, UnsignedLebAndBounds) {
  const std::vector<uint8_t> bytes = {0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0x1f};
  ByteReader reader(bytes, 100);
  uint32_t value = 0;
  EXPECT_TRUE(reader.read_u32(value));
  EXPECT_EQ(value, UINT32_MAX);
  EXPECT_EQ(reader.offset(), 105u);
  EXPECT_FALSE(reader.read_u32(value));
  EXPECT_EQ(reader.error(), ReadError::LebTooLarge);
  EXPECT_FALSE(reader.skip(6));
  EXPECT_TRUE(reader.skip(5));
  EXPECT_TRUE(reader.at_end());
}

}  // namespace
}  // namespace umber
