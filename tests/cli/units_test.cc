#include "cli/units.h"

#include <gtest/gtest.h>

namespace umber::cli {
namespace {

TEST(Units, Sizes) {
  EXPECT_EQ(parse_size("65536"), 65536u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("64KB"), 64000u);
  EXPECT_EQ(parse_size("2G"), uint64_t{2} << 30);
  EXPECT_EQ(parse_size("1.5M"), std::nullopt);
  EXPECT_EQ(parse_size("-1"), std::nullopt);
  EXPECT_EQ(parse_size("10 KB"), std::nullopt);
  EXPECT_EQ(parse_size("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_size("99999999999G"), std::nullopt);
}

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("200ms"), 200'000'000u);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000u);
  EXPECT_EQ(parse_duration("2m"), 120'000'000'000u);
  EXPECT_EQ(parse_duration("5"), std::nullopt);
  EXPECT_EQ(parse_duration("-5s"), std::nullopt);
  EXPECT_EQ(parse_duration("inf s"), std::nullopt);
  EXPECT_EQ(parse_duration("9e99h"), std::nullopt);
  EXPECT_EQ(parse_duration("999999999999h"), std::nullopt);
}

}  // namespace
}  // namespace umber::cli
