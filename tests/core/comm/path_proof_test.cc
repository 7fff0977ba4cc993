#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "tests/core/comm/scheduled_world.h"

// What shows that a path is good, where nothing can be asked, and polls of paths that were left
// (section 5, items 6 and 12; R23).
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

// --- which answers speak for a path ------------------------------------------------------------

DeviceRule guarded_ups(std::vector<ScheduleRule> schedules) {
  DeviceRule rule = scheduled(std::move(schedules));
  rule.mode = FailoverMode::guarded;
  for (PathRule& path : rule.paths) path.initial_fail = 10s;
  return rule;
}

TEST(PathProof, AGuardedUpsLeavesAPathThatAnswersAllButWhatDecides) {
  Played play(guarded_ups({every("state", 1s), every("slow", 1s)}));
  play.until(5);
  play.mute_on = {primary, std::uint16_t{0}};
  play.until(40);
  EXPECT_EQ(play.world.comm.active(ups), PathRank{2});
  ASSERT_FALSE(play.world.out.moves.empty());
  EXPECT_LE(play.world.out.moves[0].at, at(5 + 10 + 3)) << "initial fail, and the poll under way";
  EXPECT_EQ(play.world.out.moves[0].cause, MoveCause::fail);
}

// Nor does it hunt when no path says how it is: it stays, and goes where it is seen again.
TEST(PathProof, AGuardedUpsThatNoPathShowsDoesNotHunt) {
  DeviceRule rule = guarded_ups({every("state", 1s), every("slow", 1s)});
  rule.failback_on_failure = true;
  rule.probe_interval = 60s;
  Played play(rule);
  play.until(5);
  play.mute_schedule = std::uint16_t{0};
  play.until(3'600);
  EXPECT_LE(play.world.out.moves.size(), 2u);
  EXPECT_GT(play.sent[1], 3'000) << "what it does answer is asked on";
  EXPECT_EQ(play.world.comm.view(ups, play.now).what_next,
            "no path shows how it is: it stays, and goes where it is seen again");
  play.mute_schedule.reset();
  play.mute_on = {play.world.comm.active(ups), std::uint16_t{0}};
  const PathRank blind = play.world.comm.active(ups);
  play.until(3'800);
  EXPECT_NE(play.world.comm.active(ups), blind);
}

TEST(PathProof, AGuardedUpsStaysWhereOnlyItsOtherPollsFail) {
  Played play(guarded_ups({every("state", 1s), every("slow", 1s)}));
  play.until(5);
  play.mute_on = {primary, std::uint16_t{1}};
  play.until(60);
  EXPECT_TRUE(play.world.out.moves.empty());
  EXPECT_GT(play.sent[1], 50) << "it is not dead, and both are asked on";
}

TEST(PathProof, ADeviceThatIsNoUpsStaysWhileAnyOfItsPollsIsAnswered) {
  DeviceRule rule = guarded_ups({every("fast", 1s), every("slow", 1s)});
  rule.is_ups = false;
  Played play(rule);
  play.until(5);
  play.mute_on = {primary, std::uint16_t{0}};
  play.until(60);
  EXPECT_TRUE(play.world.out.moves.empty());
}

// --- paths with nothing to ask, and schedules of other paths
// --------------------------------------

TEST(PathProof, NothingIsAskedOverAPathThatHasNothingToSay) {
  DeviceRule rule = guarded_ups({every("state", 1s)});
  rule.is_ups = false;
  rule.probe_interval = 5s;
  rule.paths[1].messages = {0};
  Played play(rule);
  play.until(60);
  EXPECT_EQ(play.sent[0], static_cast<int>(play.order.size()));
  for (const SendMessage& sent : play.order) EXPECT_EQ(sent.path, primary);
}

TEST(PathProof, NoProbeGoesToAPrimaryThatHasNothingToSay) {
  DeviceRule rule = guarded_ups({every("state", 1s)});
  rule.is_ups = false;
  rule.paths[0].messages = {0};
  rule.paths[1].retry_primary = 5s;
  Played play(rule);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(0), play.world.out);
  play.world.comm.set_auto(ups, true, at(0), play.world.out);
  play.until(60);
  ASSERT_GT(play.order.size(), 30u);
  for (const SendMessage& sent : play.order) EXPECT_EQ(sent.path, PathRank{2});
}

// A dead device is asked one thing, slowly: something that it may be asked where it is.
TEST(PathProof, ADeadDeviceIsAskedWhatRunsOnItsPath) {
  DeviceRule rule =
      guarded_ups({every("home", 1s, Binding::primary), every("state", 1s, Binding::current)});
  rule.is_ups = false;
  rule.probe_interval = 10s;
  Played play(rule);
  play.until(2);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(2), play.world.out);
  play.until(3);
  play.mute = true;
  play.until(120);
  ASSERT_EQ(play.world.comm.active(ups), PathRank{2});
  ASSERT_TRUE(play.world.comm.view(ups, at(120)).dead);
  const std::size_t before = play.order.size();
  play.until(180);
  const auto late = std::span(play.order).subspan(before);
  EXPECT_GT(std::ranges::count(late, PathRank{2}, &SendMessage::path), 5);
}

TEST(PathProof, ADeviceThatSpeaksWhereItsFirstScheduleDoesNotRunIsHeardAgain) {
  DeviceRule rule =
      guarded_ups({every("home", 60s, Binding::primary), every("state", 60s, Binding::current)});
  rule.is_ups = false;
  Played play(rule);
  play.until(2);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(2), play.world.out);
  play.until(3);
  for (int i = 0; i < 3; ++i) {
    const int before = play.sent[1];
    play.world.comm.device_spoke(CommId{1}, play.now);
    play.until(seconds(play.now.time_since_epoch()) + 2);
    EXPECT_EQ(play.sent[1], before + 1) << "time " << i;
  }
}

// A poll that waits in the queue of a path that is left is not lost until its next regular time.
TEST(PathProof, ABoundPollThatWaitedIsDueWhenItsPathIsBack) {
  DeviceRule rule = scheduled({every("state", 1s), every("home", 3'600s, Binding::primary)});
  rule.paths[0].message_timeout = 30s;
  Played play(rule);
  play.mute = true;
  play.until(2);  // "state" is under way, "home" waits
  (void)play.world.comm.select_path(ups, PathRank{2}, at(2), play.world.out);
  play.mute = false;
  play.until(10);
  EXPECT_EQ(play.sent[1], 0);
  (void)play.world.comm.select_path(ups, primary, at(10), play.world.out);
  play.until(50);
  EXPECT_EQ(play.sent[1], 1);
}

}  // namespace
}  // namespace nightwatt::core
