// The grammar of grants: what parses, what does not and with which message, and what each allows.
#include "container/grant.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/support.h"

namespace umber::container {
namespace {

std::string error_of(const char* text) {
  const Result<Grant> grant = parse_grant(text);
  EXPECT_FALSE(grant.ok()) << text;
  return grant.ok() ? "" : std::string(grant.error().text().data(), grant.error().text().size());
}

TEST(Grant, EveryKindParses) {
  for (const char* text :
       {"dir:/data:/data", "dir:/data:/data:ro", "dir:/data:/data:rw", "volume:db:/db", "volume:db-1.x:/db:ro",
        "listen:tcp:0.0.0.0:8080", "listen:tcp:::1:80", "connect:tcp:10.0.0.1:1883", "publish:a/#", "subscribe:+/b", "timers", "net:example.com:443", "net:listen:127.0.0.1:*",
        "timers:3", "gpio:0/5", "gpio:*/5:in", "gpio:0/*:out", "gpio:1/2:inout", "sensor:rng", "sensor:*", "clock",
        "clock:realtime", "clock:cpu", "random", "env:HOME"}) {
    const Result<Grant> grant = parse_grant(text);
    EXPECT_TRUE(grant.ok()) << text << ": " << grant.error().message().c_str();
  }
}

TEST(Grant, MalformedOnesShowTheGrammar) {
  EXPECT_EQ(error_of("dir:/data"), "malformed permission \"dir:/data\"; expected dir:HOST:GUEST[:ro|rw]");
  for (const char* text : {"dir", "dir:", "dir::x", "dir:/a:", "dir:/a:b:wo", "volume:../x:/x", "volume:.x:/x", "volume:a/b:/x",
                           "listen:udp:0.0.0.0:1", "listen:tcp:80", "listen:tcp:0.0.0.0:0", "listen:tcp:0.0.0.0:65536",
                           "connect:tcp:a:", "net:", "net:host", "net:listen:name:80", "publish:", "publish:a#", "timers:", "timers:x", "timers:99999", "gpio:", "gpio:5",
                           "gpio:-1/2", "gpio:0/65535", "gpio:0/1:both", "sensor:", "clock:", "clock:wall", "random:yes", "env:"})
    EXPECT_NE(error_of(text).find("malformed permission"), std::string::npos) << text;
}

TEST(Grant, UnknownOnesGetASuggestion) {
  EXPECT_EQ(error_of("publsh:a"), "unknown permission \"publsh\"; did you mean \"publish\"?");
  EXPECT_EQ(error_of("timer"), "unknown permission \"timer\"; did you mean \"timers\"?");
  EXPECT_NE(error_of("networking").find("known are dir, volume, listen"), std::string::npos);
  EXPECT_NE(error_of("").find("unknown permission"), std::string::npos);
  EXPECT_NE(error_of(std::string(5000, 'p').c_str()).find("unknown permission"), std::string::npos);
}

class Grants : public ::testing::Test {
 protected:
  void add(const char* text) {
    const Result<Grant> grant = parse_grant(text);
    ASSERT_TRUE(grant.ok()) << text;
    grants.push_back(grant.value());
    set = GrantSet(grants);
  }
  std::vector<Grant> grants;
  GrantSet set;
};

TEST_F(Grants, NothingIsAllowedByDefault) {
  EXPECT_FALSE(set.may_publish("a"));
  EXPECT_FALSE(set.may_subscribe("a"));
  EXPECT_FALSE(set.may_use_pin(0, 0, PinUse::In));
  EXPECT_FALSE(set.may_read_sensor("a"));
  EXPECT_FALSE(set.may_read_clock(ClockUse::Monotonic));
  EXPECT_EQ(set.max_timers(), 0u);
}

TEST_F(Grants, EachCoversWhatItSays) {
  add("publish:out/#");
  add("subscribe:in/+");
  add("gpio:0/5:out");
  add("gpio:1/*:in");
  add("sensor:rng");
  add("clock:monotonic");
  add("timers:3");
  EXPECT_TRUE(set.may_publish("out/a/b"));
  EXPECT_FALSE(set.may_publish("in/a"));
  EXPECT_TRUE(set.may_subscribe("in/x"));
  EXPECT_FALSE(set.may_subscribe("in/#"));
  EXPECT_TRUE(set.may_use_pin(0, 5, PinUse::Out));
  EXPECT_FALSE(set.may_use_pin(0, 5, PinUse::In));
  EXPECT_FALSE(set.may_use_pin(0, 6, PinUse::Out));
  EXPECT_TRUE(set.may_use_pin(1, 200, PinUse::In));
  EXPECT_FALSE(set.may_use_pin(0xffffffff, 5, PinUse::Out));
  EXPECT_TRUE(set.may_read_sensor("rng"));
  EXPECT_FALSE(set.may_read_sensor("rn"));
  EXPECT_TRUE(set.may_read_clock(ClockUse::Monotonic));
  EXPECT_FALSE(set.may_read_clock(ClockUse::Realtime));
  EXPECT_EQ(set.max_timers(), 3u);
}

}  // namespace
}  // namespace umber::container
