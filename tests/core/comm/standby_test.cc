#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Guarded mode, item 2: paths that stand by have a heartbeat.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};
constexpr CommId l3{2};
constexpr PathRank p2{2};
constexpr PathRank p3{3};

std::vector<CommRule> three() { return {{"L1"}, {"L2"}, {"L3"}}; }

TEST(Standby, EachIdlePathIsTriedOnceAMinuteGiveOrTakeATenth) {
  LineWorld world(three(), shared_line(1, {l1, l2, l3}, 5s, 200ms));
  world.run(at(3'600));
  for (const CommId line : {l2, l3}) {
    const auto sent = world.sent_over(line, at(0), at(3'600));
    EXPECT_GE(sent, 53u);
    EXPECT_LE(sent, 68u);
  }
}

TEST(Standby, DevicesDoNotBeatInStep) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(60, {l1, l2}, 5s, 200ms));
  world.run(at(600));
  for (int s = 120; s < 600; ++s) {
    EXPECT_LE(world.sent_over(l2, at(s), at(s + 1)), 6u) << s;
  }
}

TEST(Standby, NothingIsSentOverAMeteredPath) {
  auto devices = shared_line(1, {l1, l2, l3}, 5s, 200ms);
  devices[0].paths[1].metered = true;
  LineWorld world(three(), devices);
  world.run(at(600));
  EXPECT_EQ(world.sent_over(l2, at(0), at(600)), 0u);
  EXPECT_GE(world.sent_over(l3, at(0), at(600)), 8u);
}

TEST(Standby, ACommDeviceTakesSoManyHeartbeatsASecondAndNoMore) {
  auto devices = shared_line(600, {l1, l2}, 60s, 200ms);
  for (auto& device : devices) device.probe_interval = 10s;
  std::vector<CommRule> comms{{"L1"}, {"L2"}};
  comms[1].probes_per_second = 5;
  LineWorld world(comms, devices);
  world.latency = Duration(1);
  world.run(at(300));
  for (int s = 0; s < 300; ++s) EXPECT_LE(world.sent_over(l2, at(s), at(s + 1)), 6u) << s;
  EXPECT_GE(world.sent_over(l2, at(100), at(300)), 950u) << "and uses what it may";
}

TEST(Standby, DeadPathsCostTheirLineATenthOfItsTime) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(200, {l1, l2}, 30s, 1s));
  world.latency = Duration(1);
  world.silence(l2, true);
  world.run(at(1'000));
  EXPECT_LE(world.sent_over(l2, at(100), at(1'000)), 120u) << "1 s each, of 900 s";
  EXPECT_GE(world.sent_over(l2, at(100), at(1'000)), 60u);
}

TEST(Standby, ADeadOneIsToldOnceAndOnceWhenItIsWellAgain) {
  LineWorld world(three(), shared_line(1, {l1, l2, l3}, 5s, 200ms));
  world.run(at(100));
  world.mute(a, p3, true);
  world.run(at(100 + 60 * 1.1 + 10));
  ASSERT_EQ(world.notices(NoticeKind::standby), 1u) << "confirmed within seconds of the first miss";
  EXPECT_EQ(world.told.back().severity, Severity::warning);
  world.run(at(3'000));
  EXPECT_EQ(world.notices(NoticeKind::standby), 1u);
  world.mute(a, p3, false);
  world.run(at(3'100));
  EXPECT_EQ(world.notices(NoticeKind::standby), 2u);
  EXPECT_EQ(world.told.back().severity, Severity::info);
}

// With another alternate that answers it is a warning; without one, the next failure is blindness.
TEST(Standby, TheLastAlternateThatDiesIsAnAlarm) {
  LineWorld world(three(), shared_line(1, {l1, l2, l3}, 5s, 200ms));
  world.run(at(100));
  world.mute(a, p3, true);
  world.run(at(200));
  ASSERT_EQ(world.notices(NoticeKind::standby), 1u);
  EXPECT_EQ(world.told.back().severity, Severity::warning);
  world.mute(a, p2, true);
  world.run(at(400));
  ASSERT_EQ(world.notices(NoticeKind::standby), 2u);
  EXPECT_EQ(world.told.back().severity, Severity::alarm);
  EXPECT_EQ(world.told.back().message,
            "d0 does not answer over its first failover path (L2), which stands by: it could not "
            "take over now, and no other path is known to answer.");
}

TEST(Standby, OneLostHeartbeatIsNoNews) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(1, {l1, l2}, 5s, 200ms));
  world.run(at(100));
  world.mute(a, p2, true);
  while (world.sent_over(l2, at(100), world.now) == 0) world.run(world.now + 100ms);
  world.run(world.now + 300ms);
  world.mute(a, p2, false);
  world.run(at(600));
  EXPECT_EQ(world.notices(NoticeKind::standby), 0u);
}

TEST(Standby, AnAlternateKnownDeadIsNotChosenWhileAnotherIsKnownAlive) {
  LineWorld world(three(), shared_line(1, {l1, l2, l3}, 5s, 200ms));
  world.mute(a, p2, true);
  world.run(at(200));
  world.mute(a, primary, true);
  world.run(at(300));
  EXPECT_EQ(world.comm.active(a), p3);
  for (const Move& move : world.moves) EXPECT_EQ(move.to, p3);
}

TEST(Standby, AllKnownDeadAreTriedAllTheSame) {
  LineWorld world(three(), shared_line(1, {l1, l2, l3}, 5s, 200ms));
  world.mute(a, p2, true);
  world.mute(a, p3, true);
  world.run(at(200));
  world.mute(a, primary, true);
  world.run(at(235));
  EXPECT_NE(world.comm.active(a), primary);
}

TEST(Standby, AnIdleDeviceFailsBackByProbes) {
  auto devices = shared_line(1, {l1, l2}, 0s, 200ms);
  devices[0].paths[0].initial_fail = 0s;
  devices[0].paths[1].retry_primary = 120s;
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.mute(a, primary, true);
  world.comm.enqueue({a, PollClass::read, 1, PollPriority::medium, 1}, at(1), world.out);
  world.run(at(10));
  ASSERT_EQ(world.comm.active(a), p2);
  world.mute(a, primary, false);
  world.run(at(119));
  EXPECT_EQ(world.comm.active(a), p2) << "retry primary is the earliest time";
  world.run(at(140));
  EXPECT_EQ(world.comm.active(a), primary);
  EXPECT_EQ(world.moves.back().cause, MoveCause::failback);
}

TEST(Standby, AManualDeviceHasNone) {
  auto devices = shared_line(1, {l1, l2}, 5s, 200ms);
  devices[0].auto_failover = false;
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(600));
  EXPECT_EQ(world.sent_over(l2, at(0), at(600)), 0u);
}

TEST(Standby, AHeartbeatIsNoPollOfTheDevice) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(1, {l1, l2}, 0s, 200ms));
  world.run(at(600));
  EXPECT_EQ(world.answered(a), 0u);
  EXPECT_EQ(world.comm.view(a, world.now).last_reading, std::nullopt);
  EXPECT_TRUE(world.comm.view(a, world.now).paths[1].last_ok);
}

TEST(Prepare, TheNextPathIsConnectedWithTheFirstFailure) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(1, {l1, l2}, 5s, 200ms));
  world.run(at(20));
  EXPECT_TRUE(world.prepared.empty());
  world.mute(a, primary, true);
  world.run(at(27));
  EXPECT_EQ(world.prepared, std::vector<CommId>{l2});
  world.run(at(45));
  EXPECT_EQ(world.prepared.size(), 1u) << "once for each row of failures";
}

TEST(Pace, OnBatteryAndInDoubtItQuickens) {
  auto devices = shared_line(1, {l1, l2}, 10s, 200ms);
  devices[0].poll_interval_alert = 2s;
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(100));
  EXPECT_EQ(world.sent_over(l1, at(0), at(100)), 10u);
  world.comm.set_alert(a, true, world.now);
  world.run(at(200));
  EXPECT_GE(world.sent_over(l1, at(100), at(200)), 49u);
  world.comm.set_alert(a, false, world.now);
  world.run(at(300));
  EXPECT_LE(world.sent_over(l1, at(200), at(300)), 11u);
  world.mute(a, primary, true);
  world.run(at(320));
  EXPECT_GE(world.sent_over(l1, at(300), at(320)), 5u) << "failing";
}

}  // namespace
}  // namespace nightwatt::core
