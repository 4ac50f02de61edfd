#include "decoder/parse/utf8.h"

#include <gtest/gtest.h>

#include <string_view>

namespace umber::wasm {
namespace {

bool check(std::string_view text) { return is_utf8({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }

TEST(Utf8, AcceptsTheShortestFormsOnly) {
  EXPECT_TRUE(check(""));
  EXPECT_TRUE(check("plain text that is longer than a word"));
  EXPECT_TRUE(check("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  EXPECT_FALSE(check("\xc0\x80"));
  EXPECT_FALSE(check("\xc1\xbf"));
  EXPECT_FALSE(check("\xe0\x9f\xbf"));
  EXPECT_FALSE(check("\xf0\x8f\xbf\xbf"));
}

TEST(Utf8, RefusesSurrogatesAndWhatLiesBeyondUnicode) {
  EXPECT_TRUE(check("\xed\x9f\xbf\xee\x80\x80"));
  EXPECT_FALSE(check("\xed\xa0\x80"));
  EXPECT_FALSE(check("\xed\xbf\xbf"));
  EXPECT_FALSE(check("\xf4\x90\x80\x80"));
  EXPECT_FALSE(check("\xf5\x80\x80\x80"));
  EXPECT_FALSE(check("\xff"));
}

TEST(Utf8, RefusesCutSequencesAtEveryPosition) {
  for (std::string_view text : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(check(text));
    for (size_t length = 1; length < text.size(); ++length) EXPECT_FALSE(check(text.substr(0, length)));
    EXPECT_FALSE(check(text.substr(1)));
    for (size_t padding = 0; padding < 20; ++padding) {
      EXPECT_TRUE(check(std::string(padding, 'x') + std::string(text)));
      EXPECT_FALSE(check(std::string(padding, 'x') + std::string(text.substr(0, text.size() - 1)) + "aaaaaaaa"));
    }
  }
}

}  // namespace
}  // namespace umber::wasm
