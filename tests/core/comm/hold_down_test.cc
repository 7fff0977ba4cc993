#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Guarded mode, item 4: each flap of primary doubles the time that it is left alone.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId a{0};
constexpr CommId l1{0};
constexpr CommId l2{1};

std::vector<DeviceRule> flapping(Duration retry) {
  auto devices = shared_line(1, {l1, l2}, 1s, 200ms);
  devices[0].paths[0].initial_fail = 0s;
  devices[0].paths[1].retry_primary = retry;
  return devices;
}

// Primary dies right after each return. Returns how long the device stayed away each time.
std::vector<Duration> times_away(LineWorld& world, int times) {
  std::vector<Duration> away;
  for (int i = 0; i < times; ++i) {
    world.mute(a, primary, true);
    world.forget();
    while (world.comm.active(a) == primary) world.run(world.now + 100ms);
    world.mute(a, primary, false);
    while (world.comm.active(a) != primary) world.run(world.now + 100ms);
    away.push_back(world.moves.back().at - world.moves.front().at);
  }
  return away;
}

TEST(HoldDown, TheFirstOneIsWhatTheUserWrote) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(60s));
  world.run(at(3));
  const auto away = times_away(world, 1);
  EXPECT_GT(away[0], 60s);
  EXPECT_LT(away[0], 70s) << "two probes later";
}

TEST(HoldDown, DoublesWithEachFlapWithinTenPercent) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(60s));
  world.run(at(3));
  const auto away = times_away(world, 5);
  for (int i = 1; i < 5; ++i) {
    const Duration full = 60s * (1 << i);
    EXPECT_GE(away[static_cast<std::size_t>(i)], full * 9 / 10) << i;
    EXPECT_LE(away[static_cast<std::size_t>(i)], full * 11 / 10 + 10s) << i;
  }
}

TEST(HoldDown, IsBounded) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(600s));
  world.run(at(3));
  EXPECT_LE(times_away(world, 8).back(), hold_down_max * 11 / 10 + 10s);
}

TEST(HoldDown, AStableTimeOnPrimaryForgetsTheFlaps) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(60s));
  world.run(at(3));
  EXPECT_GT(times_away(world, 4).back(), 400s);
  world.run(world.now + flap_window + 1s);
  EXPECT_LT(times_away(world, 1).back(), 70s);
}

TEST(HoldDown, WhatAPersonDoesToACommDeviceIsNoFlap) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(60s));
  world.run(at(3));
  for (int i = 0; i < 4; ++i) {
    world.comm.comm_state(l1, CommState::disabled, world.now, world.out);
    world.run(world.now + 1s);
    world.comm.comm_state(l1, CommState::ok, world.now, world.out);
    world.forget();
    const Instant left = world.now;
    while (world.comm.active(a) != primary) world.run(world.now + 100ms);
    EXPECT_LT(world.now - left, 70s) << i;
    world.run(world.now + 5s);
  }
}

TEST(HoldDown, ZeroStaysZeroUntilPrimaryFlaps) {
  LineWorld world({{"L1"}, {"L2"}}, flapping(0s));
  world.run(at(3));
  const auto away = times_away(world, 4);
  EXPECT_LT(away[0], 12s) << "one bad probe, two good ones";
  EXPECT_GT(away[3], 35s) << "5 s x 2^3, within a tenth";
}

TEST(HoldDown, DevicesThatLeftTogetherComeBackOneAfterTheOther) {
  auto devices = shared_line(20, {l1, l2}, 1s, 200ms);
  for (auto& device : devices) {
    device.paths[0].initial_fail = 0s;
    device.paths[1].retry_primary = 60s;
  }
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(3));
  for (int i = 0; i < 4; ++i) {
    world.silence(l1, true);
    world.run(world.now + 10s);
    world.silence(l1, false);
    world.forget();
    world.run(world.now + 700s);
  }
  std::set<Instant> instants;
  for (const Move& move : world.moves) {
    if (move.cause == MoveCause::failback) instants.insert(move.at);
  }
  EXPECT_GE(instants.size(), 15u);
  EXPECT_GE(*instants.rbegin() - *instants.begin(), 20s);
}

}  // namespace
}  // namespace nightwatt::core
