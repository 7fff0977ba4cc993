#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Item 10: what a device knows over a restart of the daemon.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr PathRank p2{2};

std::vector<DeviceRule> rules() {
  auto devices = shared_line(1, {l1, l2}, 5s, 200ms);
  devices[0].paths[1].retry_primary = 120s;
  return devices;
}

LineWorld failed_over() {
  LineWorld world({{"L1"}, {"L2"}}, rules());
  world.run(at(20));
  world.mute(a, primary, true);
  world.run(at(100));
  return world;
}

TEST(CommMemory, TheActivePathAndWhatIsKnownOfEachSurviveARestart) {
  LineWorld world = failed_over();
  ASSERT_EQ(world.comm.active(a), p2);
  const DeviceView before = world.comm.view(a, world.now);
  const CommMemory memory = world.comm.remember(a, world.now);

  LineWorld again({{"L1"}, {"L2"}}, rules());
  again.now = at(10'000);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  const DeviceView after = again.comm.view(a, again.now);
  EXPECT_EQ(after.active, p2);
  EXPECT_TRUE(after.primary_failed_over);
  EXPECT_TRUE(after.paths[0].unproven);
  EXPECT_EQ(after.last_ok, at(0)) << "R5: loading resets the device's own clock";
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.now - *after.paths[i].last_ok, world.now - *before.paths[i].last_ok);
  }
  again.run(again.now + 10s);
  EXPECT_EQ(again.answered(a), 2u) << "its polls go on where they were";
}

TEST(CommMemory, RetryPrimaryGoesOnFromWhereItWas) {
  LineWorld world = failed_over();
  CommMemory memory = world.comm.remember(a, world.now);
  const Duration left = *memory.left_primary_ago;
  memory.age(30s);
  LineWorld again({{"L1"}, {"L2"}}, rules());
  again.now = at(10'000);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  again.run(again.now + 119s - left - 30s);
  EXPECT_EQ(again.comm.active(a), p2);
  again.run(again.now + 20s);
  EXPECT_EQ(again.comm.active(a), primary);
}

TEST(CommMemory, PathsAreFoundByCommDeviceAndUnit) {
  LineWorld world = failed_over();
  const CommMemory memory = world.comm.remember(a, world.now);
  auto swapped = rules();
  std::swap(swapped[0].paths[0], swapped[0].paths[1]);
  LineWorld again({{"L1"}, {"L2"}}, swapped);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  EXPECT_EQ(again.comm.active(a), primary) << "L2 is primary now";
}

TEST(CommMemory, OfAPathThatIsGoneNothingIsLeft) {
  LineWorld world = failed_over();
  const CommMemory memory = world.comm.remember(a, world.now);
  auto fewer = rules();
  fewer[0].paths.pop_back();
  LineWorld again({{"L1"}, {"L2"}}, fewer);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  EXPECT_EQ(again.comm.active(a), primary);
  again.run(at(60));
}

TEST(CommMemory, OfAnotherDeviceIsRefused) {
  LineWorld world = failed_over();
  CommMemory memory = world.comm.remember(a, world.now);
  memory.device = "somebody";
  EXPECT_FALSE(world.comm.recall(a, memory, world.now));
}

TEST(CommMemory, AFreezeSurvivesWithWhatIsLeftOfIt) {
  LineWorld world = failed_over();
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  CommMemory memory = world.comm.remember(a, world.now);
  memory.age(200s);
  LineWorld again({{"L1"}, {"L2"}}, rules());
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  EXPECT_EQ(again.comm.view(a, again.now).frozen_until, again.now + 400s);
  memory.age(500s);
  LineWorld late({{"L1"}, {"L2"}}, rules());
  ASSERT_TRUE(late.comm.recall(a, memory, late.now));
  EXPECT_EQ(late.comm.view(a, late.now).frozen_until, std::nullopt);
}

TEST(CommMemory, WhyItIsThereAndItsDecisionsSurviveARestart) {
  LineWorld world = failed_over();
  const DeviceView before = world.comm.view(a, world.now);
  CommMemory memory = world.comm.remember(a, world.now);
  memory.age(30s);
  LineWorld again({{"L1"}, {"L2"}}, rules());
  again.now = at(10'000);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  const DeviceView after = again.comm.view(a, again.now);
  EXPECT_EQ(after.why_here, before.why_here);
  EXPECT_EQ(after.move_cause, before.move_cause);
  EXPECT_EQ(again.now - *after.moved_at, world.now - *before.moved_at + 30s);
  EXPECT_EQ(after.since, *after.moved_at);
  EXPECT_EQ(after.paths[0].failovers, 1u);
  ASSERT_EQ(after.decisions.size(), before.decisions.size());
  const Decision& was = before.decisions.back();
  const Decision& is = after.decisions.back();
  EXPECT_EQ(again.now - is.at, world.now - was.at + 30s);
  EXPECT_EQ(is.from, was.from);
  EXPECT_EQ(is.to, was.to);
  EXPECT_EQ(is.cause, was.cause);
  EXPECT_EQ(is.elapsed_ms, was.elapsed_ms);
  EXPECT_EQ(is.ok_age_ms, was.ok_age_ms);
}

TEST(CommMemory, DecisionsFollowTheirPathsOrGoWithThem) {
  LineWorld world = failed_over();
  const CommMemory memory = world.comm.remember(a, world.now);
  auto swapped = rules();
  std::swap(swapped[0].paths[0], swapped[0].paths[1]);
  LineWorld again({{"L1"}, {"L2"}}, swapped);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  ASSERT_FALSE(again.comm.view(a, again.now).decisions.empty());
  EXPECT_EQ(again.comm.view(a, again.now).decisions.back().to, primary);
  auto fewer = rules();
  fewer[0].paths.pop_back();
  LineWorld alone({{"L1"}, {"L2"}}, fewer);
  ASSERT_TRUE(alone.comm.recall(a, memory, alone.now));
  EXPECT_TRUE(alone.comm.view(a, alone.now).decisions.empty());
  EXPECT_EQ(alone.comm.view(a, alone.now).move_cause, std::nullopt);
}

TEST(CommMemory, ADecisionThatWasHeldBackIsWorthARecord) {
  LineWorld world({{"L1"}, {"L2"}}, rules());
  world.run(at(20));
  EXPECT_TRUE(world.comm.freeze(a, 600s, world.now, world.out));
  const auto frozen = world.comm.changes(a);
  world.mute(a, primary, true);
  world.run(at(60));
  EXPECT_EQ(world.comm.active(a), primary);
  EXPECT_GT(world.comm.changes(a), frozen);
}

TEST(CommMemory, ChangesSaysWhenThereIsSomethingToKeep) {
  LineWorld world({{"L1"}, {"L2"}}, rules());
  world.run(at(20));
  const auto calm = world.comm.changes(a);
  world.run(at(100));
  EXPECT_EQ(world.comm.changes(a), calm) << "successes alone are not written";
  world.mute(a, primary, true);
  world.run(at(200));
  EXPECT_GT(world.comm.changes(a), calm);
}

TEST(CommMemory, ManualModeIsWhereItsConfigurationSays) {
  LineWorld world = failed_over();
  const CommMemory memory = world.comm.remember(a, world.now);
  auto manual = rules();
  manual[0].auto_failover = false;
  LineWorld again({{"L1"}, {"L2"}}, manual);
  ASSERT_TRUE(again.comm.recall(a, memory, again.now));
  EXPECT_EQ(again.comm.active(a), primary);
}

}  // namespace
}  // namespace nightwatt::core
