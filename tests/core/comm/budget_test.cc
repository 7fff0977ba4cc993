#include <gtest/gtest.h>

#include "base/archive.h"
#include "tests/core/comm/line_world.h"

// How far polls quicken on a comm device with a budget (comm-failover, section 6).
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

// Ten devices every 10 s, every second in haste: 1 message per second at least, 10 at most.
std::vector<DeviceRule> ten_on(CommId line) {
  auto devices = shared_line(10, {line}, 10s, 1s);
  for (DeviceRule& device : devices) device.poll_interval_alert = 1s;
  return devices;
}

std::vector<CommRule> line_with(std::uint32_t budget_milli) {
  return {CommRule{.name = "line", .budget_milli = budget_milli},
          CommRule{.name = "other", .budget_milli = budget_milli}};
}

void on_battery(LineWorld& world, std::uint32_t from, std::uint32_t to, bool on = true) {
  for (std::uint32_t i = from; i < to; ++i) world.comm.set_alert(DeviceId{i}, on, world.now);
}

// Messages over the first line in the time that passes.
std::size_t sent_in(LineWorld& world, Duration time) {
  const Instant from = world.now;
  world.run(from + time);
  return world.sent_over(CommId{0}, from, from + time);
}

std::size_t answers_in(LineWorld& world, DeviceId device, Duration time) {
  const std::size_t before = world.answered(device);
  world.run(world.now + time);
  return world.answered(device) - before;
}

TEST(Budget, WithoutOneEverybodyHurriesAsMuchAsItWants) {
  LineWorld world(line_with(0), ten_on(CommId{0}));
  EXPECT_NEAR(sent_in(world, 60s), 60, 1);
  on_battery(world, 0, 10);
  EXPECT_NEAR(sent_in(world, 60s), 600, 6);
}

TEST(Budget, WhatFitsIsNotSlowed) {
  LineWorld world(line_with(4'000), ten_on(CommId{0}));
  world.run(Instant{} + 20s);
  on_battery(world, 0, 3);  // 0.7 calm and 3 in haste
  EXPECT_NEAR(answers_in(world, DeviceId{0}, 60s), 60, 1);
  EXPECT_NEAR(answers_in(world, DeviceId{9}, 60s), 6, 1);
}

TEST(Budget, MoreThanFitsIsSharedByAllAlike) {
  LineWorld world(line_with(4'000), ten_on(CommId{0}));
  world.run(Instant{} + 20s);
  on_battery(world, 0, 10);
  EXPECT_LE(sent_in(world, 60s), 240 + 10u) << "4 a second, and what was planned before";
  world.forget();
  EXPECT_NEAR(sent_in(world, 300s), 1'200, 12) << "and no less";
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_NEAR(world.answered(DeviceId{i}), 120, 4) << "every 2.5 s: device " << i;
  }
}

TEST(Budget, ThoseOnBatteryComeBeforeThoseWhosePathIsInDoubt) {
  auto devices = ten_on(CommId{0});
  for (std::uint32_t i = 5; i < 10; ++i) {
    devices[i].paths[0].poll_attempts = 1;
    devices[i].probe_interval = Duration::zero();  // else a dead device is polled seldom
  }
  LineWorld world(line_with(5'000), std::move(devices));
  world.run(Instant{} + 20s);
  for (std::uint32_t i = 5; i < 10; ++i) world.refuse(DeviceId{i}, true);
  EXPECT_LE(sent_in(world, 60s), 300 + 10u);
  world.forget();
  world.run(world.now + 60s);
  EXPECT_NEAR(world.sent_to(DeviceId{7}).size(), 54, 3) << "0.1 + 4.0 / 4.5 of 0.9 a second";
  on_battery(world, 0, 5);
  world.run(world.now + 20s);
  world.forget();
  world.run(world.now + 60s);
  EXPECT_NEAR(world.sent_to(DeviceId{0}).size(), 54, 3) << "they take what there is";
  EXPECT_NEAR(world.sent_to(DeviceId{7}).size(), 6, 1) << "nothing is left: at their calm interval";
}

TEST(Budget, NeverSlowerThanTheCalmInterval) {
  LineWorld world(line_with(500), ten_on(CommId{0}));  // half of what they need anyway
  world.run(Instant{} + 20s);
  on_battery(world, 0, 10);
  EXPECT_NEAR(sent_in(world, 300s), 300, 3);
}

TEST(Budget, AMessageCountsNotAPoll) {
  auto devices = ten_on(CommId{0});
  for (DeviceRule& device : devices) device.paths[0].messages = {2};
  LineWorld world(line_with(8'000), std::move(devices));
  world.run(Instant{} + 20s);
  on_battery(world, 0, 10);
  world.run(world.now + 20s);
  EXPECT_NEAR(sent_in(world, 300s), 2'400, 24) << "4 polls of 2 messages a second";
}

TEST(Budget, WhoIsCalmAgainGivesItsShareBack) {
  LineWorld world(line_with(4'000), ten_on(CommId{0}));
  world.run(Instant{} + 20s);
  on_battery(world, 0, 10);
  world.run(world.now + 60s);
  on_battery(world, 3, 10, false);
  world.run(world.now + 10s);
  EXPECT_NEAR(answers_in(world, DeviceId{0}, 60s), 60, 2);
  EXPECT_NEAR(answers_in(world, DeviceId{5}, 60s), 6, 1);
}

// The line that it left, and the one that it goes to, know of it.
TEST(Budget, ADeviceThatMovesTakesItsShareAlong) {
  auto devices = shared_line(10, {CommId{0}, CommId{1}}, 10s, 1s);
  for (DeviceRule& device : devices) {
    device.poll_interval_alert = 1s;
    device.probe_interval = Duration::zero();
  }
  LineWorld world(line_with(4'000), std::move(devices));
  world.run(Instant{} + 20s);
  on_battery(world, 0, 10);
  world.run(world.now + 30s);
  for (std::uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(world.comm.select_path(DeviceId{i}, PathRank{2}, world.now, world.out));
  }
  world.run(world.now + 20s);
  world.forget();
  world.run(world.now + 60s);
  EXPECT_NEAR(world.answered(DeviceId{9}), 60, 2) << "three of them: 3 a second fit";
  EXPECT_NEAR(world.answered(DeviceId{0}), 34, 2) << "seven of them: 4 a second";
  on_battery(world, 0, 10, false);
  for (std::uint32_t i = 0; i < 7; ++i) {
    ASSERT_TRUE(world.comm.select_path(DeviceId{i}, primary, world.now, world.out));
  }
  world.run(world.now + 20s);
  on_battery(world, 0, 10);
  world.run(world.now + 20s);
  EXPECT_NEAR(sent_in(world, 60s), 240, 5) << "nothing of them is counted twice";
}

// Ten that go on battery in the same instant do not stay in step; a replay is exact.
TEST(Budget, HurriedPollsAreScattered) {
  LineWorld world({CommRule{.name = "a"}, CommRule{.name = "b"}}, [] {
    auto devices = shared_line(2, {CommId{0}}, 10s, 1s);
    devices[1].paths[0].comm = CommId{1};
    for (DeviceRule& device : devices) device.poll_interval_alert = 1s;
    return devices;
  }());
  on_battery(world, 0, 2);
  world.run(Instant{} + 100s);
  std::set<Duration> gaps;
  std::optional<Instant> last;
  for (const auto& [when, message] : world.sent) {
    if (message.device.value != 0) continue;
    if (last && when > Instant{} + 10s) gaps.insert(when - *last);
    last = when;
  }
  ASSERT_GT(gaps.size(), 20u);
  EXPECT_GE(*gaps.begin(), 900ms);
  EXPECT_LE(*gaps.rbegin(), 1'100ms);
  EXPECT_NEAR(world.answered(DeviceId{0}), 100, 2) << "on average as asked for";
}

TEST(Budget, CalmDevicesKeepTheirRhythm) {
  LineWorld world(line_with(4'000), ten_on(CommId{0}));
  world.run(Instant{} + 60s);
  on_battery(world, 0, 9);
  world.forget();
  world.run(world.now + 100s);
  const auto times = [&] {
    std::vector<Instant> found;
    for (const auto& [when, message] : world.sent) {
      if (message.device.value == 9) found.push_back(when);
    }
    return found;
  }();
  ASSERT_EQ(times.size(), 10u);
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_NEAR(seconds(times[i] - times[i - 1]), 10, 0.1) << "no jitter, and hardly a queue";
  }
}

TEST(Budget, SharesAndIntervals) {
  const Demand demand{.budget = 3'000'000, .calm = 1'000'000, .battery = 4'000'000, .doubt = 9};
  EXPECT_EQ(share_of(demand, Haste::battery), 32'768u);
  EXPECT_EQ(share_of(demand, Haste::doubt), 0u);
  EXPECT_EQ(share_of(demand, Haste::unseen), 65'536u);
  EXPECT_EQ(share_of({}, Haste::doubt), 65'536u) << "no budget";
  EXPECT_EQ(share_of({.budget = 1, .calm = 2, .battery = 1, .doubt = 0}, Haste::battery), 0u);
  EXPECT_EQ(shared_interval(65'536, 1, 10s, 1s), 1s);
  EXPECT_EQ(shared_interval(0, 1, 10s, 1s), 10s);
  EXPECT_EQ(shared_interval(32'768, 1, 10s, 1s), 1'819ms) << "0.55 a second, rounded up";
  EXPECT_EQ(shared_interval(1, 1, 24h, 50ms), 3'164'557ms);
}

TEST(Budget, ScatteredIntervalsKeepTheirMean) {
  for (const Duration interval : {Duration(1'000), Duration(9'900), Duration(10'000)}) {
    Duration sum{0}, least{1h}, most{0};
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
      const Duration one = scattered_interval(interval, 10s, seed << 20);
      sum += one;
      least = std::min(least, one);
      most = std::max(most, one);
    }
    EXPECT_NEAR(seconds(sum / 10'000), seconds(interval), seconds(interval) / 500);
    EXPECT_GE(least, interval * 9 / 10);
    EXPECT_LE(most, std::min<Duration>(interval * 11 / 10, 10s));
  }
}

}  // namespace
}  // namespace nightwatt::core
