#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Guarded mode, item 9: freeze, dry run, and the log of decisions.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr PathRank p2{2};

LineWorld two_paths(bool dry_run = false) {
  auto devices = shared_line(1, {l1, l2}, 5s, 200ms);
  devices[0].failover_dry_run = dry_run;
  return LineWorld({{"L1"}, {"L2"}}, devices);
}

TEST(Freeze, KeepsADeviceWhereItIsUntilItEndsByItself) {
  LineWorld world = two_paths();
  world.run(at(20));
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  world.mute(a, primary, true);
  world.run(at(600));
  EXPECT_EQ(world.comm.active(a), primary);
  EXPECT_EQ(world.comm.view(a, world.now).frozen_until, at(620));
  EXPECT_EQ(world.notices(NoticeKind::would_move), 1u) << "told once";
  world.run(at(640));
  EXPECT_EQ(world.comm.active(a), p2);
  EXPECT_EQ(world.comm.view(a, world.now).frozen_until, std::nullopt);
  EXPECT_EQ(world.notices(NoticeKind::frozen), 2u);
}

TEST(Freeze, HoldsForcedMovesTooAndMakesUpForThem) {
  LineWorld world = two_paths();
  world.run(at(20));
  EXPECT_TRUE(world.comm.freeze(a, 60s, world.now, world.out));
  world.comm.comm_state(l1, CommState::disabled, world.now, world.out);
  world.run(at(79));
  EXPECT_EQ(world.comm.active(a), primary);
  world.run(at(80));
  EXPECT_EQ(world.comm.active(a), p2);
}

TEST(Freeze, ASweepIsReadAndMovesNothing) {
  LineWorld world = two_paths();
  world.run(at(20));
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  world.mute(a, primary, true);
  world.run(at(27));
  world.forget();
  world.comm.sweep(a, world.now, world.out);
  world.run(at(29));
  EXPECT_EQ(world.answered(a), 1u);
  EXPECT_EQ(world.comm.active(a), primary);
}

TEST(Freeze, PeopleMoveItAllTheSame) {
  LineWorld world = two_paths();
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  EXPECT_TRUE(world.comm.select_path(a, p2, world.now, world.out));
  EXPECT_EQ(world.comm.active(a), p2);
}

TEST(Freeze, ZeroEndsItAndTooLongIsRefused) {
  LineWorld world = two_paths();
  EXPECT_FALSE(world.comm.freeze(a, freeze_max + 1ms, world.now, world.out));
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  EXPECT_TRUE(world.comm.freeze(a, 0s, world.now, world.out));
  EXPECT_EQ(world.comm.view(a, world.now).frozen_until, std::nullopt);
}

TEST(DryRun, SaysWhatItWouldDoOnceForEachTroubleAndStays) {
  LineWorld world = two_paths(true);
  world.run(at(20));
  world.mute(a, primary, true);
  world.run(at(300));
  EXPECT_EQ(world.comm.active(a), primary);
  EXPECT_TRUE(world.moves.empty());
  EXPECT_EQ(world.notices(NoticeKind::would_move), 1u);
  world.mute(a, primary, false);
  world.run(at(400));
  world.mute(a, primary, true);
  world.run(at(500));
  EXPECT_EQ(world.notices(NoticeKind::would_move), 2u) << "a second outage is news";
  EXPECT_EQ(world.comm.view(a, world.now).decisions.back().outcome, DecisionOutcome::dry_run);
}

TEST(Decisions, KeepTheInputsOfEachMove) {
  LineWorld world = two_paths();
  world.run(at(20));
  world.mute(a, primary, true);
  world.run(at(60));
  const auto made = world.comm.view(a, world.now).decisions;
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].from, primary);
  EXPECT_EQ(made[0].to, p2);
  EXPECT_EQ(made[0].cause, MoveCause::fail);
  EXPECT_EQ(made[0].outcome, DecisionOutcome::moved);
  EXPECT_GT(made[0].elapsed_ms, 30'000);
  EXPECT_EQ(made[0].threshold_ms, 30'000);
  EXPECT_EQ(made[0].ok_age_ms[0], made[0].elapsed_ms);
  EXPECT_EQ(made[0].ok_age_ms[2], Decision::never);
}

TEST(Decisions, TheLastOnesAreKept) {
  LineWorld world = two_paths();
  for (int i = 0; i < 40; ++i) {
    world.run(world.now + 1s);
    (void)world.comm.select_path(a, PathRank{static_cast<std::uint8_t>(i % 2 == 0 ? 2 : 1)},
                                 world.now, world.out);
  }
  const auto made = world.comm.view(a, world.now).decisions;
  ASSERT_EQ(made.size(), decisions_max);
  EXPECT_EQ(made.back().at, at(40));
}

}  // namespace
}  // namespace nightwatt::core
