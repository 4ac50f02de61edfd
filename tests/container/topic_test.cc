// Topics, patterns and what covers what.
#include "container/topic.h"

#include <gtest/gtest.h>

#include <string>

namespace umber::container {
namespace {

TEST(Topic, NamesAndPatterns) {
  EXPECT_TRUE(is_topic_name("a/b"));
  EXPECT_TRUE(is_topic_name("a//b/"));
  EXPECT_FALSE(is_topic_name(""));
  EXPECT_FALSE(is_topic_name("a/+"));
  EXPECT_FALSE(is_topic_name(StringRef("a\0b", 3)));
  EXPECT_FALSE(is_topic_name(std::string(kMaxTopic + 1, 'x')));
  for (const char* good : {"#", "+", "a/+/b", "a/#", "+/+/#", "/", "$sys/#"}) EXPECT_TRUE(is_topic_pattern(good)) << good;
  for (const char* bad : {"", "a#", "a/#/b", "a+/b", "#/a", "a/b+"}) EXPECT_FALSE(is_topic_pattern(bad)) << bad;
}

TEST(Topic, Matching) {
  EXPECT_TRUE(topic_matches("a/b", "a/b"));
  EXPECT_FALSE(topic_matches("a/b", "a/b/c"));
  EXPECT_FALSE(topic_matches("a/b/c", "a/b"));
  EXPECT_TRUE(topic_matches("a/+", "a/b"));
  EXPECT_TRUE(topic_matches("a/+", "a/"));
  EXPECT_FALSE(topic_matches("a/+", "a"));
  EXPECT_TRUE(topic_matches("a/#", "a"));
  EXPECT_TRUE(topic_matches("a/#", "a/b/c"));
  EXPECT_TRUE(topic_matches("#", "x"));
  EXPECT_FALSE(topic_matches("#", "$sys/x"));
  EXPECT_FALSE(topic_matches("+/x", "$sys/x"));
  EXPECT_TRUE(topic_matches("$sys/#", "$sys/x"));
}

TEST(Topic, PatternsCoverPatterns) {
  EXPECT_TRUE(pattern_covers("#", "a/#"));
  EXPECT_TRUE(pattern_covers("a/#", "a/+/b"));
  EXPECT_FALSE(pattern_covers("a/+", "a/#"));
  EXPECT_FALSE(pattern_covers("a/+", "#"));
  EXPECT_TRUE(pattern_covers("a/+", "a/+"));
  EXPECT_FALSE(pattern_covers("a/b", "a/+"));
}

}  // namespace
}  // namespace umber::container
