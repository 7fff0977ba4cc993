#include "wire/mqtt/topic.h"

#include <gtest/gtest.h>

#include <string>

namespace nightwatt::wire::mqtt {
namespace {

TEST(Topic, NamesAreNamesAndNoWildcards) {
  for (const char* good : {"a", "ups/a/status", "/", "caf\xc3\xa9", "$SYS/x", "a b"}) {
    EXPECT_TRUE(is_topic_name(good)) << good;
  }
  for (const char* bad :
       {"", "a/+/b", "#", "a#", "a\nb", "\x7f", "\xff", "\xc3", "\xc0\x80", "\x80"}) {
    EXPECT_FALSE(is_topic_name(bad)) << bad;
  }
  EXPECT_FALSE(is_topic_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_topic_name(std::string(65'535, 'x')));
  EXPECT_FALSE(is_topic_name(std::string(65'536, 'x')));
}

TEST(Topic, StandsBelowItsUnit) {
  EXPECT_EQ(topic_below("ups/a", "status"), "ups/a/status");
  EXPECT_EQ(topic_below("", "status"), "status");
  EXPECT_EQ(topic_below("ups/a", ""), "ups/a");
}

}  // namespace
}  // namespace nightwatt::wire::mqtt
