#include <gtest/gtest.h>

#include "base/archive.h"
#include "tests/core/comm/scheduled_world.h"

// Many schedules of one device: rhythm, binding, parts, and what is kept of them (R23, R7, R8, and
// section 5, item 12).
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

TEST(Schedules, EachHasItsOwnRhythm) {
  Played play(scheduled({every("state", 1s), every("slow", 10s)}));
  play.until(60);
  EXPECT_NEAR(play.sent[0], 60, 1);
  EXPECT_NEAR(play.sent[1], 6, 1);
}

TEST(Schedules, OnePendingPollForEachSchedule) {
  DeviceRule slow = scheduled({every("state", 1s), every("slow", 1s)}, 1);
  slow.paths[0].message_timeout = 30s;
  Played waits(slow);
  waits.mute = true;
  waits.until(20);
  EXPECT_LE(waits.world.comm.view(ups, at(20)).polls_waiting, 2u);
  EXPECT_GE(waits.world.comm.view(ups, at(20)).polls_skipped, 30u);
}

TEST(Schedules, TheBetterPriorityGoesFirst) {
  ScheduleRule urgent = every("urgent", 1s);
  urgent.priority = PollPriority::high;
  DeviceRule rule = scheduled({every("state", 1s), urgent}, 1);
  rule.paths[0].message_timeout = 10s;
  Played play(rule);
  play.mute = true;
  play.until(5);  // one is under way, both wait
  play.mute = false;
  play.world.comm.failed(play.order.back().transaction, MessageFailure::timed_out, "", at(5),
                         play.world.out);
  play.until(5);
  ASSERT_GE(play.order.size(), 2u);
  EXPECT_EQ(play.order[1].schedule, 1);
}

TEST(Schedules, DecisionsSeeTheFirstAndTheOthersAreKeptByVariable) {
  Played play(scheduled({every("state", 1s), every("slow", 1s)}));
  play.until(3);
  for (const PollReport& report : play.world.out.reports) {
    ASSERT_TRUE(report.reading);
    EXPECT_TRUE(report.reading->others.empty());
  }
  const auto latest = play.world.comm.variables(ups);
  ASSERT_EQ(latest.size(), 3u);
  EXPECT_EQ(latest[0].variable, id_of(Variable::ups_temperature));
  EXPECT_EQ(latest[1].variable, status_variable);
  EXPECT_EQ(latest[2].variable, humidity);
  EXPECT_EQ(latest[2].number, 55);
  EXPECT_GT(latest[2].at, at(1));
}

constexpr VariableId success{first_other_variable + 1};
constexpr VariableId line{first_other_variable + 2};

DeviceRule with_points(DeviceRule rule) {
  PointVariables points;
  points.push_back({success, {PointKind::success_hour, {}}, 0.01, 1, 1u, 3});
  points.push_back({line, {PointKind::active_line, {}}, 1, 0, 2u, 1});
  rule.points = std::make_shared<const PointVariables>(std::move(points));
  return rule;
}

TEST(StatusPoints, AreFilledWhenAPollOfTheirScheduleEnds) {
  Played play(with_points(scheduled({every("state", 1s), every("slow", 1s)})));
  play.until(3);
  ASSERT_FALSE(play.world.out.reports.empty());
  for (const PollReport& report : play.world.out.reports) {
    ASSERT_TRUE(report.reading);
    EXPECT_EQ(report.reading->others, (std::vector<OtherValue>{{success, 2}})) << "100 x 0.01 + 1";
  }
  const auto latest = play.world.comm.variables(ups);
  ASSERT_EQ(latest.size(), 5u);
  EXPECT_EQ(latest[3].variable, success);
  EXPECT_EQ(latest[4].variable, line);
  EXPECT_EQ(latest[4].number, 1);
}

TEST(StatusPoints, AreFilledByAPollThatFailedToo) {
  Played play(with_points(scheduled({every("state", 1s)}, 1)));
  play.until(2);
  play.mute = true;
  play.until(8);
  const auto latest = play.world.comm.variables(ups);
  ASSERT_EQ(latest.size(), 1u);
  EXPECT_LT(latest[0].number, 1.9);
  EXPECT_GT(latest[0].at, at(3));
}

TEST(StatusPoints, OnlyOverThePathsWhoseProfileHasThem) {
  Played play(with_points(scheduled({every("state", 1s), every("slow", 1s)})));
  ASSERT_TRUE(play.world.comm.select_path(ups, PathRank{2}, at(0), play.world.out));
  play.until(3);
  for (const LatestValue& each : play.world.comm.variables(ups)) EXPECT_NE(each.variable, line);
}

TEST(Schedules, ADeviceThatIsNoUpsNeedsNoStatus) {
  DeviceRule plc = scheduled({every("all", 1s)});
  plc.is_ups = false;
  World world(two_comms(), {plc});
  world.advance(1);
  Reading reading;
  reading.others.push_back({humidity, 40});
  world.answer(1, reading);
  EXPECT_TRUE(world.out.reports.empty());
  ASSERT_EQ(world.comm.variables(ups).size(), 1u);
  EXPECT_EQ(world.comm.view(ups, at(1)).paths[0].failures, 0u);
}

TEST(Schedules, PartsMakeOneReading) {
  DeviceRule rule = scheduled({every("state", 5s)});
  rule.paths[0].messages = {3};
  Played play(rule);
  play.until(4);
  ASSERT_EQ(play.order.size(), 3u);
  EXPECT_EQ(play.order[2].part, 2);
  ASSERT_EQ(play.world.out.reports.size(), 1u);
  const Reading& whole = *play.world.out.reports[0].reading;
  EXPECT_TRUE(whole.status.has(StatusWord::OL));
  EXPECT_EQ(whole.values.get(Variable::ups_temperature), 22);
}

TEST(Schedules, TheFirstFailedMessageFailsThePoll) {
  DeviceRule rule = scheduled({every("state", 5s)}, 1);
  rule.paths[0].messages = {3};
  World world(two_comms(), {rule});
  world.advance(1);
  world.answer(1);
  world.fail(1, MessageFailure::timed_out, "");
  EXPECT_EQ(world.sends().size(), 2u);
  ASSERT_EQ(world.out.reports.size(), 1u);
  EXPECT_EQ(world.out.reports[0].result, PollResult::failed);
}

struct Resumed {
  FailoverMode mode;
  std::uint16_t messages_there;
  std::uint16_t first_part_there;
};

TEST(Schedules, AForwardedPollResumesOnlyInCompatAndWhereThePartsAreTheSame) {
  for (const Resumed& each :
       {Resumed{FailoverMode::compat, 3, 1}, Resumed{FailoverMode::compat, 2, 0},
        Resumed{FailoverMode::guarded, 3, 0}}) {
    DeviceRule rule = scheduled({every("state", 5s)});
    rule.mode = each.mode;
    rule.paths[0].messages = {3};
    rule.paths[1].messages = {each.messages_there};
    World world(two_comms(), {rule});
    world.advance(1);
    world.answer(1);
    world.fail(1, MessageFailure::timed_out, "");
    EXPECT_EQ(world.sends().back().path.value, 2);
    EXPECT_EQ(world.sends().back().part, each.first_part_there);
  }
}

TEST(Schedules, OneThatIsBoundToAnotherPathWaitsAndOpensNoSecondOne) {
  Played play(scheduled({every("state", 1s), every("meter", 1s, Binding::secondary)}));
  play.until(10);
  EXPECT_EQ(play.sent[1], 0);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(10), play.world.out);
  play.until(10.1);
  EXPECT_EQ(play.sent[1], 1) << "it was due, and runs as soon as its path is active";
  play.until(20);
  EXPECT_NEAR(play.sent[1], 10, 2);
  for (const SendMessage& send : play.order) {
    if (send.schedule == 1) {
      EXPECT_EQ(send.path.value, 2);
    }
  }
  (void)play.world.comm.select_path(ups, primary, at(20), play.world.out);
  const int before = play.sent[1];
  play.until(30);
  EXPECT_EQ(play.sent[1], before);
}

TEST(Schedules, AWaitingPollDoesNotGoAlongToAPathThatIsNotItsOwn) {
  DeviceRule rule = scheduled({every("state", 1s), every("meter", 1s, Binding::primary)});
  rule.paths[0].message_timeout = 30s;
  Played play(rule);
  play.mute = true;
  play.until(3);
  EXPECT_EQ(play.world.comm.view(ups, at(3)).polls_waiting, 2u);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(3), play.world.out);
  EXPECT_EQ(play.world.comm.view(ups, at(3)).polls_waiting, 1u);
}

TEST(Schedules, OneThatAPathCannotAnswerDoesNotRunThere) {
  DeviceRule rule = scheduled({every("state", 1s), every("meter", 1s)});
  rule.paths[1].messages = {1, 0};
  Played play(rule);
  play.until(5);
  const int before = play.sent[1];
  EXPECT_GT(before, 3);
  (void)play.world.comm.select_path(ups, PathRank{2}, at(5), play.world.out);
  play.until(10);
  EXPECT_EQ(play.sent[1], before);
  EXPECT_GT(play.sent[0], 8);
}

TEST(Schedules, KeepTheirRhythmOverAReload) {
  const DeviceRule rule = scheduled({every("state", 1s), every("slow", 60s)});
  Played play(rule);
  play.until(10);
  const int before = play.sent[1];
  Comm next = under_rules(play.world.comm, two_comms(), {rule}, at(10), play.world.out);
  play.world.comm = std::move(next);
  play.until(59);
  EXPECT_EQ(play.sent[1], before);
  play.until(62);
  EXPECT_EQ(play.sent[1], before + 1);
}

TEST(Spoke, ADeviceIsPolledAtOnce) {
  Played play(scheduled({every("state", 60s)}));
  play.until(10);
  ASSERT_EQ(play.sent[0], 1);
  play.world.comm.device_spoke(CommId{1}, at(10));
  play.until(11);
  EXPECT_EQ(play.sent[0], 1) << "its active path is not there";
  play.world.comm.device_spoke(CommId{0}, at(11));
  play.until(11);
  EXPECT_EQ(play.sent[0], 2);
}

TEST(Spoke, AFloodIsOnePollASecondAndTheLastWordIsHeard) {
  Played play(scheduled({every("state", 600s)}));
  play.until(10);
  const int before = play.sent[0];
  for (int ms = 0; ms <= 2'500; ++ms) {
    play.until(10 + ms / 1000.0);
    play.world.comm.device_spoke(CommId{0}, play.now);
  }
  EXPECT_EQ(play.sent[0] - before, 3);
  play.until(14);
  EXPECT_EQ(play.sent[0] - before, 4) << "what was said after the last poll is not lost";
}

TEST(Spoke, APollThatWaitsIsRaised) {
  DeviceRule mute = device("mute", {CommId{0}});
  mute.schedules = {every("state", 600s)};
  mute.paths[0].message_timeout = 30s;
  DeviceRule low = mute;
  low.name = "low";
  low.schedules[0].priority = PollPriority::low;
  World world(two_comms(), {mute, low});
  world.advance(1);  // the first is under way, the second waits
  EXPECT_EQ(world.sends().size(), 1u);
  world.comm.device_spoke(CommId{0}, at(1));
  world.advance(1);
  EXPECT_EQ(world.comm.view(DeviceId{1}, at(1)).polls_waiting, 1u);
}

TEST(Schedules, TheStateIsAValue) {
  DeviceRule rule = scheduled({every("state", 1s), every("slow", 2s)});
  rule.paths[0].messages = {2, 1};
  Played play(rule);
  play.mute = true;
  play.until(0.9);
  play.world.answer(0.9);  // the first part is there, the second under way
  Writer before;
  play.world.comm.fields(before);
  Comm copy(two_comms(), {rule}, Instant{});
  Reader reader(before.bytes());
  copy.fields(reader);
  Writer after;
  copy.fields(after);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(before.bytes(), after.bytes());
}

}  // namespace
}  // namespace nightwatt::core
