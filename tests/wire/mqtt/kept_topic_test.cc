#include "wire/mqtt/kept_topic.h"

#include <gtest/gtest.h>

#include <string>

namespace nightwatt::wire::mqtt {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1'000s};

TEST(KeptTopic, ALiveMessageIsFreshUpToItsLimit) {
  KeptTopic topic;
  topic.arrived("OL", false, start);
  EXPECT_TRUE(topic.fresh(start, 60s));
  EXPECT_TRUE(topic.fresh(start + 60s, 60s));
  EXPECT_FALSE(topic.fresh(start + 60s + 1ms, 60s));
  EXPECT_EQ(topic.why_not("ups/a/status", start + 93s, 60s, start - 5s),
            "ups/a/status is 93 s old (freshness 60 s)");
}

TEST(KeptTopic, ARetainedMessageIsNoEvidence) {
  KeptTopic topic;
  topic.arrived("OL", true, start);
  EXPECT_FALSE(topic.fresh(start, 60s));
  EXPECT_EQ(
      topic.why_not("ups/a/status", start + 2'500ms, 60s, start),
      "ups/a/status has only a retained message, whose age nobody knows; no live one in 2.5 s");
  topic.arrived("OL", false, start + 3s);
  EXPECT_TRUE(topic.fresh(start + 3s, 60s));
}

TEST(KeptTopic, ARetainedMessageEndsWhatALiveOneSaid) {
  KeptTopic topic;
  topic.arrived("OB", false, start);
  topic.arrived("OL", true, start + 1s);
  EXPECT_FALSE(topic.fresh(start + 1s, 60s));
}

TEST(KeptTopic, NothingFromBeforeALostConnectionIsBelieved) {
  KeptTopic topic;
  topic.arrived("OL", false, start);
  topic.connection_lost();
  EXPECT_FALSE(topic.fresh(start, 60s));
  EXPECT_EQ(topic.why_not("t", start + 4s, 60s, start + 2s),
            "no message on t since the connection came back 2 s ago");
  topic.arrived("OL", false, start + 5s);
  EXPECT_TRUE(topic.fresh(start + 5s, 60s));
}

TEST(KeptTopic, NeverHeard) {
  KeptTopic topic;
  EXPECT_FALSE(topic.fresh(start, 60s));
  EXPECT_EQ(topic.why_not("t", start + 12s, 60s, start),
            "no message on t since it was subscribed 12 s ago");
}

TEST(KeptTopic, AnOversizedMessageIsNotKept) {
  KeptTopic topic;
  topic.arrived(std::string(payload_bytes_max, 'x'), false, start);
  EXPECT_EQ(topic.oversized(), 0u);
  topic.arrived(std::string(payload_bytes_max + 1, 'x'), false, start);
  EXPECT_EQ(topic.oversized(), payload_bytes_max + 1);
  EXPECT_EQ(topic.payload(), "");
  topic.arrived("OL", false, start);
  EXPECT_EQ(topic.oversized(), 0u);
}

TEST(KeptTopic, OnlyNewsIsNews) {
  KeptTopic topic;
  EXPECT_TRUE(topic.differs("OL"));
  topic.arrived("OL", true, start);
  EXPECT_TRUE(topic.differs("OL"));
  topic.arrived("OL", false, start);
  EXPECT_FALSE(topic.differs("OL"));
  EXPECT_TRUE(topic.differs("OB"));
}

}  // namespace
}  // namespace nightwatt::wire::mqtt
