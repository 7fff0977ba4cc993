#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "core/comm/words.h"
#include "tests/core/comm/world.h"

// What people read: log lines and the view.
namespace nightwatt::core {
namespace {

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr PathRank p2{2};
using Lines = std::vector<std::string>;

World world_of(DeviceRule rule) { return World({{"nut-a1"}, {"nut-a2"}}, {std::move(rule)}); }

TEST(CommNotices, AFailoverIsToldInFullSentencesAndOnce) {
  auto rule = device("ups-a", {l1, l2});
  rule.paths[0].initial_fail = std::chrono::seconds(30);
  World world = world_of(rule);
  for (int i = 1; i <= 3; ++i) {
    world.ask(10 * i, a, static_cast<std::uint64_t>(i));
    world.advance(10 * i + 1);
  }
  world.answer(31.5);
  EXPECT_EQ(
      world.messages(),
      (Lines{"A poll of ups-a over its primary path (nut-a1) failed: no answer within 1000 ms.",
             "ups-a is now polled over its first failover path (nut-a2) instead of its "
             "primary path (nut-a1): a message failed (no answer within 1000 ms) and the last "
             "success was 31 s ago (initial fail: 30 s)."}));
  const Notice moved = world.all<Notice>()[1];
  EXPECT_EQ(moved.severity, Severity::warning);
  EXPECT_EQ(moved.kind, NoticeKind::path_changed);
  EXPECT_EQ(moved.subject, "ups-a");
  using Details = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(moved.details, (Details{{"from", "1"},
                                    {"to", "2"},
                                    {"cause", "fail"},
                                    {"from_comm", "nut-a1"},
                                    {"to_comm", "nut-a2"}}));
}

TEST(CommNotices, ARecoveryIsToldAsInformation) {
  auto rule = device("ups-a", {l1});
  World world = world_of(rule);
  world.ask(10, a, 1);
  world.fail(10.1, MessageFailure::unreachable, "connection refused by 10.0.0.1:3493");
  world.ask(11, a, 2);
  world.answer(12.6);
  ASSERT_EQ(world.messages(),
            (Lines{"A poll of ups-a over its primary path (nut-a1) failed: connection refused by "
                   "10.0.0.1:3493.",
                   "ups-a answers again over its primary path (nut-a1), 2.5 s after its last "
                   "failure there."}));
  EXPECT_EQ(world.all<Notice>()[1].severity, Severity::info);
}

TEST(CommNotices, AForcedMoveNamesTheCommDevice) {
  World world = world_of(device("ups-a", {l1, l2}));
  world.comm.comm_state(l1, CommState::disabled, at(5), world.out);
  world.comm.comm_state(l1, CommState::ok, at(9), world.out);
  EXPECT_EQ(world.messages(),
            (Lines{"Comm device nut-a1 is disabled; 1 device has a path over it.",
                   "ups-a is now polled over its first failover path (nut-a2) instead of its "
                   "primary path (nut-a1): comm device nut-a1 is disabled.",
                   "Comm device nut-a1 is ok; 1 device has a path over it."}));
}

TEST(CommNotices, ARepeatedControlIsAnEventOfItsOwn) {
  auto rule = device("ups-a", {l1, l2});
  rule.retry_control_on_failover = true;
  World world = world_of(rule);
  world.ask(10, a, 1, PollClass::control);
  world.advance(11);
  ASSERT_EQ(world.messages().size(), 3u);
  EXPECT_EQ(world.messages()[1],
            "Retry in progress: a control message to ups-a did not end, and is sent again over its "
            "first failover path (nut-a2) because retry_control_on_failover allows it.");
  EXPECT_EQ(world.all<Notice>()[1].details[0].second, "retry_in_progress");
}

TEST(CommView, SaysWhereItIsWhyAndWhatComesNext) {
  auto rule = device("ups-a", {l1, l2}, FailoverMode::guarded);
  World world = world_of(rule);
  EXPECT_EQ(world.comm.view(a, at(1)).what_next,
            "it moves to its first failover path (nut-a2) when a poll fails");
  world.ask(10, a, 1);
  world.advance(11);
  world.answer(11.1);
  const DeviceView view = world.comm.view(a, at(99));
  EXPECT_EQ(view.active, p2);
  EXPECT_EQ(view.active_comm, "nut-a2");
  EXPECT_EQ(view.primary_comm, "nut-a1");
  EXPECT_EQ(view.secondary_comm, "nut-a2");
  EXPECT_TRUE(view.primary_failed_over);
  EXPECT_EQ(view.since, at(11));
  EXPECT_EQ(view.why_here,
            "on its first failover path (nut-a2) because a message failed (no answer within 1000 "
            "ms) and initial fail is 0");
  EXPECT_EQ(view.what_next,
            "it stays: no other path can be used; retry primary in 3 min 32 s after 2 good probes");
  EXPECT_EQ(view.next_at, at(311));
  EXPECT_EQ(view.paths[0].condition, PathCondition::failing);
  EXPECT_EQ(view.paths[0].last_error, "no answer within 1000 ms");
  EXPECT_EQ(view.paths[0].failovers, 1u);
  EXPECT_EQ(view.paths[1].condition, PathCondition::active);
  EXPECT_EQ(view.paths[1].latency_ms, 100);
  EXPECT_EQ(view.paths[1].latency_p95_ms, 100);
  EXPECT_GT(view.paths[0].loss_percent, 0);
  EXPECT_EQ(view.paths[1].loss_percent, 0);
  ASSERT_TRUE(view.success_hour);
  EXPECT_LT(*view.success_hour, 100);
  EXPECT_GT(*view.success_hour, 0);
}

TEST(CommView, ManualModeSaysThatOnlyAPersonMovesIt) {
  auto rule = device("ups-a", {l1, l2});
  rule.auto_failover = false;
  rule.active_at_start = p2;
  World world = world_of(rule);
  const DeviceView view = world.comm.view(a, at(1));
  EXPECT_FALSE(view.automatic);
  EXPECT_EQ(view.active, p2);
  EXPECT_EQ(view.what_next, "manual mode: only an operator moves it");
  EXPECT_EQ(view.paths[0].condition, PathCondition::standby);
}

TEST(CommView, DryRunSaysThatItStays) {
  auto rule = device("ups-a", {l1, l2}, FailoverMode::guarded);
  rule.failover_dry_run = true;
  World world = world_of(rule);
  const DeviceView view = world.comm.view(a, at(1));
  EXPECT_TRUE(view.dry_run);
  EXPECT_EQ(view.what_next,
            "it stays and only reports what it would do (dry run). Without that: it moves to its "
            "first failover path (nut-a2) when a poll fails");
}

TEST(CommView, AnUnusablePathSaysWhy) {
  auto rule = device("ups-a", {l1, l2});
  rule.paths[1].available = false;
  World world = world_of(rule);
  const DeviceView view = world.comm.view(a, at(1));
  EXPECT_EQ(view.paths[1].condition, PathCondition::unusable);
  EXPECT_EQ(view.paths[1].why_unusable, "its first failover path is marked as not available");
  EXPECT_EQ(view.what_next, "it stays: no other path can be used");
}

TEST(CommWords, Durations) {
  EXPECT_EQ(duration_words(Duration(0)), "0 s");
  EXPECT_EQ(duration_words(Duration(31'250)), "31.2 s");
  EXPECT_EQ(duration_words(Duration(119'000)), "119 s");
  EXPECT_EQ(duration_words(Duration(260'000)), "4 min 20 s");
  EXPECT_EQ(duration_words(Duration(7'500'000)), "2 h 5 min");
  EXPECT_EQ(duration_words(Duration(-5)), "0 s");
}

}  // namespace
}  // namespace nightwatt::core
