#include "base/nearest_word.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace umber {
namespace {

std::string nearest(const char* misspelt, std::initializer_list<const char*> known) {
  NearestWord word(misspelt);
  for (const char* each : known) word.offer(each);
  return {word.best().data(), word.best().size()};
}

TEST(NearestWord, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("timer", {"gpio", "timers", "dir"}), "timers");
  EXPECT_EQ(nearest("ocre_timer_craete", {"ocre_timer_delete", "ocre_timer_create"}), "ocre_timer_create");
  EXPECT_EQ(nearest("ocre_gpio_unregister_calback_by_name", {"ocre_gpio_unregister_callback_by_name"}), "ocre_gpio_unregister_callback_by_name");
  EXPECT_EQ(nearest("fd_wirte", {"fd_read", "fd_write"}), "fd_write");
}

TEST(NearestWord, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("telepathy", {"timers", "gpio"}), "");
  EXPECT_EQ(nearest("g", {"f", ""}), "");  // all of it wrong
  EXPECT_EQ(nearest("", {"ab"}), "");
  EXPECT_EQ(nearest("abc", {}), "");
}

TEST(NearestWord, LongWordsAreFarFromEverything) {
  const std::string longest(63, 'x'), longer(64, 'x');
  EXPECT_EQ(nearest(longest.c_str(), {longest.c_str()}), longest);
  EXPECT_EQ(nearest(longer.c_str(), {longer.c_str()}), "");
}

}  // namespace
}  // namespace umber
