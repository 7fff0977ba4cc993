// What a restart or a reload of the daemon must not forget or mix up.
#include <gmock/gmock.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RunRecord ran_to_its_end(std::uint64_t id) {
  RunRecord record;
  record.id = RunId{id};
  record.group = "rack";
  record.reason = "quorum lost: 0 healthy, 1 needed";
  record.state = RunState::done;
  for (const char* step : {"remote:compute", "remote:storage"}) {
    StepRecord each;
    each.id = step;
    each.name = step;
    each.state = StepState::ok;
    each.started_at = each.ended_at = Instant(Duration(-60'000));
    record.steps.push_back(each);
  }
  return record;
}

// One engine, stepped by hand: its effects are looked at one by one.
struct Bench {
  explicit Bench(const Site& site) : engine(site, RunId{100}, Instant{}) {}
  // Answers everything that was asked, on line, once a second.
  void on_line_until(Instant end) {
    for (; now < end; now += 500ms) {
      const auto asked = std::exchange(sent, {});
      std::vector<Event> replies;
      for (const SendMessage& message : asked) {
        Reading reading;
        reading.status = parse_status("OL");
        replies.push_back(MessageReplied{message.transaction, reading});
      }
      Effects out;
      engine.step(replies, now, out);
      for (const Effect& effect : out) {
        if (const auto* send = std::get_if<SendMessage>(&effect)) sent.push_back(*send);
        if (const auto* watch = std::get_if<WatchReturn>(&effect)) watched.push_back(*watch);
        if (const auto* record = std::get_if<RecordStep>(&effect)) recorded.push_back(*record);
      }
    }
  }
  std::vector<std::string> return_list(GroupId group = the_rack) const {
    return engine.group(group, now).run.return_list;
  }
  Engine engine;
  Instant now{};
  std::vector<SendMessage> sent{};
  std::vector<WatchReturn> watched{};
  std::vector<RecordStep> recorded{};
};

// Invariant 9. The list lived in memory alone: an upgrade of the daemon emptied it.
TEST(Regression, ARestartKeepsTheListOfMachinesThatAreNotUpAgain) {
  Bench bench(rack());
  RunRecord closed = ran_to_its_end(7);
  closed.steps[1].returned = true;
  ASSERT_TRUE(bench.engine.recall(closed, bench.now));
  bench.on_line_until(at_s(10));
  EXPECT_THAT(bench.return_list(), ElementsAre("remote:compute"));
  ASSERT_EQ(bench.watched.size(), 1u);
  bench.recorded.clear();
  Effects out;
  const Event up = ReturnConfirmed{bench.watched[0].group, "remote:compute"};
  bench.engine.step({&up, 1}, bench.now, out);
  EXPECT_THAT(bench.return_list(), IsEmpty());
  bool told = false;
  for (const Effect& effect : out) {
    const auto* record = std::get_if<RecordStep>(&effect);
    if (record == nullptr) continue;
    EXPECT_EQ(record->run, RunId{7});
    told = told || (record->step.id == "remote:compute" && record->step.returned);
  }
  EXPECT_TRUE(told) << "the next start must not expect it again";
}

// A watch that was asked for under the group's old number answers nobody, or another group.
TEST(Regression, AReloadThatRenumbersAGroupWatchesItsMachinesAnew) {
  Site two = rack();
  two.groups.insert(two.groups.begin(), two.groups[0]);
  two.groups[0].name = "first";
  Bench bench(two);
  ASSERT_TRUE(bench.engine.recall(ran_to_its_end(7), bench.now));
  bench.on_line_until(at_s(10));
  ASSERT_EQ(bench.watched.size(), 2u);
  EXPECT_EQ(bench.watched[0].group, GroupId{1});
  bench.watched.clear();
  Effects out;
  ASSERT_TRUE(bench.engine.reload(rack(), bench.now, out));
  int stopped = 0;
  for (const Effect& effect : out) {
    const auto* stop = std::get_if<StopWatching>(&effect);
    if (stop != nullptr && stop->group == GroupId{1}) ++stopped;
  }
  EXPECT_EQ(stopped, 2);
  bench.sent.clear();
  bench.on_line_until(at_s(20));
  ASSERT_EQ(bench.watched.size(), 2u);
  EXPECT_EQ(bench.watched[0].group, GroupId{0});
}

// It was an index beyond the end of the table: the daemon died when a machine came back.
TEST(Regression, AnAnswerForAGroupThatAReloadRemovedIsIgnored) {
  Bench bench(rack());
  bench.on_line_until(at_s(5));
  const std::vector<Event> late = {
      ReturnConfirmed{GroupId{9}, "remote:compute"},
      FlagAnswered{GroupId{9}, FlagAnswer::present_live, "/run/flag", {}}};
  Effects out;
  bench.engine.step(late, bench.now, out);
  EXPECT_EQ(bench.engine.group(the_rack, bench.now).run.state, RunState::armed);
}

TEST(Regression, AGroupThatLeavesTheConfigurationClosesTheRunThatItHasEnded) {
  Site without = rack();
  without.groups.clear();
  RackStory story;
  story.until(9.9).says(a, "OB LB").says(b, "OB LB").until(60);
  ASSERT_EQ(story.run(), RunState::done);
  Engine engine = story.engine();
  Effects out;
  ASSERT_TRUE(engine.reload(without, story.world.now(), out));
  int closed = 0;
  for (const Effect& effect : out) closed += std::holds_alternative<CloseRun>(effect) ? 1 : 0;
  EXPECT_EQ(closed, 1) << "else the journal holds it as unfinished for ever";
}

// A journal that holds two unfinished runs of one group stopped every start of the daemon.
TEST(Regression, OfTwoUnfinishedRunsTheNewestGoesOn) {
  Bench bench(rack());
  RunRecord older = ran_to_its_end(7);
  older.state = RunState::running;
  older.steps[1].state = StepState::pending;
  RunRecord newer = older;
  newer.id = RunId{8};
  Effects out;
  ASSERT_TRUE(bench.engine.resume(older, bench.now, out));
  ASSERT_TRUE(bench.engine.resume(newer, bench.now, out));
  EXPECT_EQ(bench.engine.group(the_rack, bench.now).run.run, RunId{8});
  bool closed = false;
  for (const Effect& effect : out) {
    const auto* close = std::get_if<CloseRun>(&effect);
    closed = closed || (close != nullptr && close->run == RunId{7});
  }
  EXPECT_TRUE(closed);
}

// A UPS on the bench counted as failed as soon as the daemon was restarted.
TEST(Regression, ARestartKeepsAUpsInMaintenance) {
  RackStory story;
  story.until(10);
  ASSERT_TRUE(story.ask(MaintenanceRequested{{}, a, 10min, false}).ok);
  ASSERT_EQ(story.maintained.size(), 1u);
  EXPECT_EQ(story.maintained[0].device, "UPS-A");
  Bench bench(rack());
  bench.now = at_s(20);
  Effects out;
  ASSERT_TRUE(bench.engine.restore_maintenance(story.maintained[0], bench.now, out));
  EXPECT_EQ(bench.engine.member(a)->state, MemberState::maintenance);
  bench.on_line_until(at_s(600));
  EXPECT_EQ(bench.engine.member(a)->state, MemberState::maintenance);
  bench.on_line_until(at_s(620));
  EXPECT_EQ(bench.engine.member(a)->state, MemberState::healthy);
  EXPECT_FALSE(bench.engine.restore_maintenance(story.maintained[0], bench.now, out)) << "over";
  EXPECT_FALSE(bench.engine.restore_maintenance({"gone", at_s(900)}, bench.now, out));
  ASSERT_TRUE(story.ask(MaintenanceRequested{{}, a, 0s, false}).ok);
  EXPECT_EQ(story.maintained.back().until, std::nullopt);
}

// A real-time clock that begins in 1970 after a power cut made a hold of ten minutes one of
// decades.
TEST(Regression, ARestoredHoldEndsAndIsTold) {
  Bench bench(rack());
  Effects out;
  const Instant absurd = bench.now + std::chrono::hours(24 * 365 * 50);
  ASSERT_TRUE(bench.engine.restore_hold({"rack", absurd}, bench.now, out));
  EXPECT_EQ(bench.engine.group(the_rack, bench.now).run.held_until, bench.now + hold_max);
  ASSERT_EQ(out.size(), 1u);
  const auto* notice = std::get_if<Notice>(&out[0]);
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->severity, Severity::alarm);
  EXPECT_EQ(notice->kind, NoticeKind::held);
}

}  // namespace
}  // namespace nightwatt::core::testing
