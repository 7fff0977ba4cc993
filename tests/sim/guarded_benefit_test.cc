// What guarded mode is worth: the same devices and the same troubles, played once in compat and
// once in guarded mode.
//
//   NIGHTWATT_COMPARE=1 test_sim --gtest_filter='GuardedBenefit.*'   prints the table of
//                                                                    docs/SIMULATION.md
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "tests/core/comm/line_world.h"

namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

struct Played {
  double stalled = 0;   // polls without a reading
  double switches = 0;  // path changes per hour, all devices together
  double rate = 0;      // readings of the devices that could be read, percent of those due
  double notices = 0;
};

struct Setting {
  std::vector<CommRule> comms{};
  std::vector<DeviceRule> devices{};
  Duration latency{20};
  Duration lasts = 1h;
  bool compat_goes_back = false;
  std::function<bool(DeviceId)> counts = [](DeviceId) { return true; };
  std::function<void(LineWorld&)> before{};  // not measured
  std::function<void(LineWorld&, Instant end)> trouble = [](LineWorld&, Instant) {};
};

Played play(Setting setting, FailoverMode mode) {
  for (DeviceRule& device : setting.devices) {
    device.mode = mode;
    device.failback_on_failure = mode == FailoverMode::guarded || setting.compat_goes_back;
    if (mode == FailoverMode::compat) device.probe_interval = Duration::zero();
  }
  LineWorld world(setting.comms, setting.devices);
  world.latency = setting.latency;
  world.run(Instant{} + 60s);
  if (setting.before) setting.before(world);
  world.forget();
  const Instant end = world.now + setting.lasts;
  setting.trouble(world, end);
  world.run(end);
  Played out;
  out.stalled = static_cast<double>(world.stalled);
  const double hours = seconds(setting.lasts) / 3'600;
  out.switches = static_cast<double>(world.moves.size()) / hours;
  out.notices = static_cast<double>(world.told.size()) / hours;
  double due = 0;
  double read = 0;
  for (std::uint32_t i = 0; i < setting.devices.size(); ++i) {
    if (!setting.counts(DeviceId{i})) continue;
    due += seconds(setting.lasts) / seconds(setting.devices[i].poll_interval);
    read += static_cast<double>(world.answered(DeviceId{i}));
  }
  out.rate = due == 0 ? 0 : 100 * read / due;
  return out;
}

void print(const char* what, const Played& compat, const Played& guarded) {
  if (std::getenv("NIGHTWATT_COMPARE") == nullptr) return;
  std::printf("| %s | %.0f / %.0f | %.0f / %.0f | %.2f / %.2f | %.0f / %.0f |\n", what,
              compat.stalled, guarded.stalled, compat.switches, guarded.switches, compat.rate,
              guarded.rate, compat.notices, guarded.notices);
}

std::vector<CommRule> lines(std::uint32_t count) {
  std::vector<CommRule> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back({"L" + std::to_string(i + 1)});
  return out;
}

// Serial lines of ten devices: an answer takes 200 ms, a mute device three attempts of a second.
TEST(GuardedBenefit, HealthyDevicesBesideAFifthThatIsMute) {
  Setting setting;
  setting.comms = lines(10);
  setting.latency = 200ms;
  for (std::uint32_t line = 0; line < 10; ++line) {
    for (DeviceRule& device : shared_line(10, {CommId{line}}, 5s, 1s)) {
      device.paths[0].poll_attempts = 3;
      setting.devices.push_back(device);
    }
  }
  setting.counts = [](DeviceId device) { return device.value % 5 != 0; };
  setting.before = [](LineWorld& world) {
    for (std::uint32_t i = 0; i < 100; i += 5) world.mute(DeviceId{i}, true);
    world.run(world.now + 120s);  // five polls each, and the queue that they left
  };
  const Played compat = play(setting, FailoverMode::compat);
  const Played guarded = play(setting, FailoverMode::guarded);
  print("100 devices on 10 shared lines, a fifth of them mute", compat, guarded);
  EXPECT_GE(guarded.rate, 99.5);
  EXPECT_LT(compat.rate, guarded.rate - 10);
  EXPECT_LT(guarded.stalled * 5, compat.stalled);
}

// Primary answers for 80 s and is silent for 40 s, again and again.
TEST(GuardedBenefit, APrimaryThatFlaps) {
  Setting setting;
  setting.comms = lines(100);
  for (std::uint32_t i = 0; i < 50; ++i) {
    auto device = shared_line(1, {CommId{2 * i}, CommId{2 * i + 1}}, 2s, 1s)[0];
    device.name = "d" + std::to_string(i);
    device.paths[0].initial_fail = 10s;
    device.paths[1].retry_primary = 60s;
    setting.devices.push_back(device);
  }
  setting.trouble = [](LineWorld& world, Instant end) {
    while (world.now < end - 120s) {
      for (std::uint32_t i = 0; i < 50; ++i) world.silence(CommId{2 * i}, true);
      world.run(world.now + 40s);
      for (std::uint32_t i = 0; i < 50; ++i) world.silence(CommId{2 * i}, false);
      world.run(world.now + 80s);
    }
  };
  const Played compat = play(setting, FailoverMode::compat);
  const Played guarded = play(setting, FailoverMode::guarded);
  print("50 devices whose primary flaps", compat, guarded);
  EXPECT_LT(guarded.switches * 3, compat.switches);
  EXPECT_LT(guarded.stalled * 3, compat.stalled);
  EXPECT_GT(guarded.rate, compat.rate);
}

TEST(GuardedBenefit, APrimaryThatStaysDead) {
  Setting setting;
  setting.comms = lines(100);
  for (std::uint32_t i = 0; i < 50; ++i) {
    auto device = shared_line(1, {CommId{2 * i}, CommId{2 * i + 1}}, 2s, 1s)[0];
    device.name = "d" + std::to_string(i);
    device.paths[0].initial_fail = 10s;
    device.paths[1].retry_primary = 60s;
    setting.devices.push_back(device);
  }
  setting.trouble = [](LineWorld& world, Instant) {
    for (std::uint32_t i = 0; i < 50; ++i) world.silence(CommId{2 * i}, true);
  };
  const Played compat = play(setting, FailoverMode::compat);
  const Played guarded = play(setting, FailoverMode::guarded);
  print("50 devices whose primary stays dead", compat, guarded);
  EXPECT_LT(guarded.stalled * 3, compat.stalled);
  EXPECT_LT(guarded.switches * 10, compat.switches);
}

TEST(GuardedBenefit, EverythingIsDown) {
  Setting setting;
  setting.comms = lines(3);
  setting.devices = shared_line(20, {CommId{0}, CommId{1}, CommId{2}}, 5s, 200ms);
  setting.trouble = [](LineWorld& world, Instant) {
    for (std::uint32_t i = 0; i < 3; ++i) world.silence(CommId{i}, true);
  };
  setting.compat_goes_back = true;  // else it stays on its last path, and says little
  const Played compat = play(setting, FailoverMode::compat);
  const Played guarded = play(setting, FailoverMode::guarded);
  print("20 devices with three paths, all silent for an hour", compat, guarded);
  EXPECT_LT(guarded.switches * 10, compat.switches);
  EXPECT_LT(guarded.notices * 4, compat.notices);
  EXPECT_LT(guarded.stalled * 5, compat.stalled);
}

TEST(GuardedBenefit, ACommDeviceOfManyFallsSilent) {
  Setting setting;
  setting.comms = lines(2);
  setting.devices = shared_line(60, {CommId{0}, CommId{1}}, 5s, 50ms);
  setting.lasts = 10min;
  setting.trouble = [](LineWorld& world, Instant) { world.silence(CommId{0}, true); };
  const Played compat = play(setting, FailoverMode::compat);
  const Played guarded = play(setting, FailoverMode::guarded);
  print("60 devices whose comm device falls silent", compat, guarded);
  EXPECT_LT(guarded.stalled * 3, compat.stalled);
  EXPECT_GT(guarded.rate, compat.rate);
}

}  // namespace
}  // namespace nightwatt::core
