#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/world.h"

// Guarded mode as the engine uses it: sweeps, what power learns from them, probes. Timing is also
// in tests/vectors/comm-guarded.yaml.
namespace nightwatt::core {
namespace {

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr CommId l3{2};
constexpr PathRank p2{2};
constexpr PathRank p3{3};

World guarded_world() {
  auto rule = device("ups-a", {l1, l2, l3}, FailoverMode::guarded);
  rule.paths[0].initial_fail = std::chrono::minutes(5);
  return World({{"L1"}, {"L2"}, {"L3"}}, {rule});
}

TEST(Guarded, ASweepThatAnswersIsReportedAndMovesTheDevice) {
  World world = guarded_world();
  world.ask(10, a, 1);
  world.advance(11);
  world.comm.sweep(a, at(12), world.out);
  world.comm.sweep(a, at(12), world.out);
  world.advance(12);
  ASSERT_EQ(world.sends().size(), 3u) << "asking twice sends once";
  world.out.reports.clear();
  world.answer(12.1);
  ASSERT_EQ(world.out.reports.size(), 1u);
  EXPECT_TRUE(world.out.reports[0].probe);
  EXPECT_EQ(world.out.reports[0].reading->path, p3);
  ASSERT_EQ(world.out.moves.size(), 1u);
  EXPECT_EQ(world.out.moves[0].cause, MoveCause::sweep);
  EXPECT_EQ(world.comm.active(a), p3);
}

TEST(Guarded, TheSecondAnswerOfOneSweepDoesNotMoveAgain) {
  World world = guarded_world();
  world.ask(10, a, 1);
  world.advance(11);
  world.comm.sweep(a, at(12), world.out);
  world.advance(12);
  const auto sends = world.sends();
  world.comm.replied(sends[2].transaction, on_line(), at(12.1), world.out);
  world.comm.replied(sends[1].transaction, on_line(), at(12.2), world.out);
  EXPECT_EQ(world.comm.active(a), p3);
  EXPECT_EQ(world.out.moves.size(), 1u);
}

TEST(Guarded, PowerLearnsWhenEveryUsablePathWasTried) {
  World world = guarded_world();
  world.ask(1, a, 1);
  world.answer(1.1);
  world.ask(10, a, 2);
  world.advance(11);
  EXPECT_FALSE(world.comm.every_usable_path_tried_since(a, at(1.1), at(13)));
  world.comm.sweep(a, at(12), world.out);
  world.advance(12);
  EXPECT_FALSE(world.comm.every_usable_path_tried_since(a, at(1.1), at(13)))
      << "they are under way";
  world.advance(13);
  EXPECT_TRUE(world.comm.every_usable_path_tried_since(a, at(1.1), at(13)));
  EXPECT_FALSE(world.comm.every_usable_path_tried_since(a, at(11.5), at(13)));
}

TEST(Guarded, AnUnusablePathIsNotWaitedFor) {
  World world = guarded_world();
  world.comm.comm_state(l2, CommState::disabled, at(1), world.out);
  world.comm.comm_state(l3, CommState::disabled, at(1), world.out);
  world.ask(10, a, 2);
  world.advance(11);
  EXPECT_TRUE(world.comm.every_usable_path_tried_since(a, at(1), at(13)));
}

// Without items of the first schedule it is never swept: to wait for it would block the failsafe.
TEST(Guarded, APathThatCannotSayHowTheUpsIsIsNotWaitedFor) {
  DeviceRule rule = device("ups-a", {CommId{0}, CommId{1}}, FailoverMode::guarded);
  rule.paths[0].messages = {1, 1};
  rule.paths[1].messages = {0, 1};
  rule.schedules = std::vector<ScheduleRule>(2);
  rule.schedules[0].interval = rule.schedules[1].interval = Duration(1'000);
  World world({{"L1"}, {"L2"}}, {rule});
  world.advance(1);
  world.fail(1.5, MessageFailure::timed_out, "no reply");
  EXPECT_TRUE(world.comm.every_usable_path_tried_since(a, at(1), at(13)));
}

TEST(Guarded, InManualModeTheActivePathAloneCounts) {
  World world = guarded_world();
  world.comm.set_auto(a, false, at(0), world.out);
  world.ask(10, a, 1);
  world.advance(11);
  EXPECT_TRUE(world.comm.every_usable_path_tried_since(a, at(1), at(13)));
  world.comm.sweep(a, at(12), world.out);
  world.advance(12);
  EXPECT_EQ(world.sends().size(), 1u);
}

TEST(Guarded, TheReadingOfAProbeIsNotAReadingOfTheDevice) {
  World world = guarded_world();
  (void)world.comm.select_path(a, p2, at(0), world.out);
  world.advance(300);
  ASSERT_EQ(world.sends().size(), 1u);
  EXPECT_EQ(world.sends()[0].path, primary);
  world.answer(300.1);
  EXPECT_TRUE(world.out.reports.empty());
  const DeviceView view = world.comm.view(a, at(301));
  EXPECT_EQ(view.last_reading, std::nullopt);
  EXPECT_EQ(view.last_ok, at(0));
  EXPECT_EQ(view.paths[0].last_ok, at(300.1));
}

TEST(Guarded, AControlThatTimedOutIsNeverSentAgainByItself) {
  auto rule = device("ups-a", {l1, l2}, FailoverMode::guarded);
  rule.paths[0].poll_attempts = 3;
  World world({{"L1"}, {"L2"}}, {rule});
  world.ask(10, a, 1, PollClass::control);
  world.advance(30);
  EXPECT_EQ(world.sends().size(), 1u);
  ASSERT_EQ(world.out.results.size(), 1u);
  EXPECT_EQ(world.out.results[0].result, PollResult::failed);
}

TEST(Guarded, TheProbeOfADeadPrimaryKeepsItsPaceOnASlowLine) {
  auto rule = device("ups-a", {l1, l2}, FailoverMode::guarded);
  rule.paths[0].message_timeout = std::chrono::seconds(8);
  rule.paths[1].retry_primary = std::chrono::seconds(10);
  World world({{"L1"}, {"L2"}}, {rule});
  (void)world.comm.select_path(a, p2, at(0), world.out);
  std::vector<Instant> sent;
  for (int s = 0; s <= 40; ++s) {
    const std::size_t before = world.sends().size();
    world.advance(s);
    if (world.sends().size() > before) sent.push_back(at(s));
  }
  EXPECT_EQ(sent, (std::vector<Instant>{at(10), at(23), at(36)})) << "5 s of rest after each";
}

}  // namespace
}  // namespace nightwatt::core
