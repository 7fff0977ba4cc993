// Success percentages, slow answers and losses (comm-failover, section 4).
#include "core/comm/success.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/comm/state.h"

namespace nightwatt::core::testing {
namespace {

using namespace std::chrono_literals;

TEST(MessageSuccess, NothingWasSent) {
  EXPECT_EQ(MessageSuccess().last_hour(Instant(1h)).percent(), std::nullopt);
}

TEST(MessageSuccess, CountsEachMessageOnceOnAMachineThatHasJustBooted) {
  MessageSuccess messages;
  for (int i = 0; i < 4; ++i) messages.add(i > 0, Instant(5min));
  for (const MessageCount& count :
       {messages.last_hour(Instant(5min)), messages.last_day(Instant(5min))}) {
    EXPECT_EQ(count.answered, 3u);
    EXPECT_EQ(count.all, 4u);
  }
}

TEST(MessageSuccess, CountsTheHourAndTheDay) {
  MessageSuccess messages;
  for (int i = 0; i < 3; ++i) messages.add(true, Instant(10min));
  messages.add(false, Instant(10min));
  EXPECT_EQ(messages.last_hour(Instant(11min)).percent(), 75.0);
  EXPECT_EQ(messages.last_day(Instant(11min)).percent(), 75.0);
}

TEST(MessageSuccess, AnHourLaterOnlyTheDayRemembers) {
  MessageSuccess messages;
  messages.add(false, Instant(10min));
  EXPECT_EQ(messages.last_hour(Instant(69min)).percent(), 0.0);
  EXPECT_EQ(messages.last_hour(Instant(70min)).percent(), std::nullopt);
  messages.add(true, Instant(2h));
  EXPECT_EQ(messages.last_hour(Instant(2h)).percent(), 100.0);
  EXPECT_EQ(messages.last_day(Instant(2h)).percent(), 50.0);
  EXPECT_EQ(messages.last_day(Instant(25h)).percent(), std::nullopt);
}

TEST(PathQuality, ThePercentileLiesAboveMostAnswersAndBelowTheOutliers) {
  PathQuality quality;
  for (int i = 0; i < 10'000; ++i) quality.answered(i % 10 == 0 ? 200.0f : 20.0f);
  EXPECT_GT(quality.p95_ms, 100);
  EXPECT_LT(quality.p95_ms, 260);
  for (int i = 0; i < 10'000; ++i) quality.answered(i % 50 == 0 ? 200.0f : 20.0f);
  EXPECT_LT(quality.p95_ms, 60) << "2 % of outliers are not the 95th percentile";
}

TEST(PathQuality, LossFollowsTheAttempts) {
  PathQuality quality;
  EXPECT_EQ(quality.loss, 0);
  for (int i = 0; i < 1'000; ++i) quality.lost();
  EXPECT_GT(quality.loss, 0.99f);
  for (int i = 0; i < 1'000; ++i) quality.answered(1);
  EXPECT_LT(quality.loss, 0.01f);
}

TEST(PathState, ItsCountersStayAtTheirGreatest) {
  constexpr std::uint32_t greatest = std::numeric_limits<std::uint32_t>::max();
  PathState path;
  path.attempts = greatest - 1;
  for (int i = 0; i < 3; ++i) count_one(path.attempts);
  EXPECT_EQ(path.attempts, greatest) << "and not a few";
  count_one(path.failures);
  EXPECT_EQ(path.failures, 1u);
}

}  // namespace
}  // namespace nightwatt::core::testing
