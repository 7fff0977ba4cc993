#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "base/archive.h"
#include "tests/core/comm/world.h"

// Many schedules of one device: rhythm, binding, parts, and what is kept of them (R23, R7, R8, and
// section 5, item 12).
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId ups{0};
constexpr VariableId humidity{first_other_variable};

ScheduleRule every(std::string name, Duration interval, Binding binding = Binding::current) {
  ScheduleRule rule;
  rule.name = std::move(name);
  rule.interval = interval;
  rule.binding = binding;
  return rule;
}

DeviceRule scheduled(std::vector<ScheduleRule> schedules, int paths = 2) {
  std::vector<CommId> comms;
  for (int i = 0; i < paths; ++i) comms.push_back(CommId{static_cast<std::uint32_t>(i)});
  DeviceRule rule = device("UPS-A", comms);
  rule.schedules = std::move(schedules);
  return rule;
}

std::vector<CommRule> two_comms() { return {CommRule{.name = "one"}, CommRule{.name = "two"}}; }

// Answers each message at once, until the end; counts what was sent.
struct Played {
  explicit Played(DeviceRule rule) : world(two_comms(), {std::move(rule)}) {}
  World world;
  std::map<int, int> sent{};         // by schedule
  std::vector<SendMessage> order{};  // all of them
  std::size_t taken = 0;
  bool mute = false;
  std::optional<std::pair<PathRank, std::uint16_t>> mute_on{};  // this schedule on this path

  void until(double end) {
    while (const auto next = world.comm.next_deadline()) {
      if (*next > at(end)) break;
      now = std::max(now, *next);
      world.comm.advance(now, world.out);
      reply_to_all();
    }
    now = at(end);
  }
  void reply_to_all() {
    for (; taken < world.out.effects.size(); ++taken) {
      const auto* send = std::get_if<SendMessage>(&world.out.effects[taken]);
      if (send == nullptr) continue;
      ++sent[send->schedule];
      order.push_back(*send);
      if (mute || (mute_on && *mute_on == std::pair(send->path, send->schedule))) continue;
      Reading part = send->part == 0 ? on_line() : Reading{};
      part.values.set(Variable::ups_temperature, 20 + send->part);
      if (send->schedule == 1) part.others.push_back({humidity, 55});
      world.comm.replied(send->transaction, part, now, world.out);
    }
  }
  Instant now{};
};

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

// --- which answers speak for a path ------------------------------------------------------------

DeviceRule guarded_ups(std::vector<ScheduleRule> schedules) {
  DeviceRule rule = scheduled(std::move(schedules));
  rule.mode = FailoverMode::guarded;
  for (PathRule& path : rule.paths) path.initial_fail = 10s;
  return rule;
}

TEST(Schedules, AGuardedUpsLeavesAPathThatAnswersAllButWhatDecides) {
  Played play(guarded_ups({every("state", 1s), every("slow", 1s)}));
  play.until(5);
  play.mute_on = {primary, std::uint16_t{0}};
  play.until(40);
  EXPECT_EQ(play.world.comm.active(ups), PathRank{2});
  ASSERT_FALSE(play.world.out.moves.empty());
  EXPECT_LE(play.world.out.moves[0].at, at(5 + 10 + 3)) << "initial fail, and the poll under way";
  EXPECT_EQ(play.world.out.moves[0].cause, MoveCause::fail);
}

TEST(Schedules, AGuardedUpsStaysWhereOnlyItsOtherPollsFail) {
  Played play(guarded_ups({every("state", 1s), every("slow", 1s)}));
  play.until(5);
  play.mute_on = {primary, std::uint16_t{1}};
  play.until(60);
  EXPECT_TRUE(play.world.out.moves.empty());
  EXPECT_GT(play.sent[1], 50) << "it is not dead, and both are asked on";
}

TEST(Schedules, ADeviceThatIsNoUpsStaysWhileAnyOfItsPollsIsAnswered) {
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

TEST(Schedules, NothingIsAskedOverAPathThatHasNothingToSay) {
  DeviceRule rule = guarded_ups({every("state", 1s)});
  rule.is_ups = false;
  rule.probe_interval = 5s;
  rule.paths[1].messages = {0};
  Played play(rule);
  play.until(60);
  EXPECT_EQ(play.sent[0], static_cast<int>(play.order.size()));
  for (const SendMessage& sent : play.order) EXPECT_EQ(sent.path, primary);
}

TEST(Schedules, NoProbeGoesToAPrimaryThatHasNothingToSay) {
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
TEST(Schedules, ADeadDeviceIsAskedWhatRunsOnItsPath) {
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

TEST(Schedules, ADeviceThatSpeaksWhereItsFirstScheduleDoesNotRunIsHeardAgain) {
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
TEST(Schedules, ABoundPollThatWaitedIsDueWhenItsPathIsBack) {
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
  Comm next = play.world.comm.with_rules(two_comms(), {rule}, at(10), play.world.out);
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
