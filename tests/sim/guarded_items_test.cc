// What each item of guarded mode is worth (the list of comm-failover, section 5), one number for
// each that tests/sim/guarded_benefit_test.cc does not measure: the same devices and the same
// trouble, without the item as in compat, and with it.
//
//   NIGHTWATT_COMPARE=1 test_sim --gtest_filter='GuardedItems.*'   prints the table of
//                                                                  docs/SIMULATION.md
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/core/comm/line_world.h"

namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t fifty = 50;
constexpr FailoverMode modes[] = {FailoverMode::compat, FailoverMode::guarded};

void print(int item, const char* what, double compat, double guarded) {
  if (std::getenv("NIGHTWATT_COMPARE") == nullptr) return;
  std::printf("| %d | %s | %.0f / %.0f |\n", item, what, compat, guarded);
}

// Fifty devices with so many paths, each over comm devices of its own: rank p of device i is comm
// device i * paths + p - 1.
LineWorld own_lines(std::uint32_t paths, FailoverMode mode) {
  std::vector<CommRule> comms;
  std::vector<DeviceRule> devices;
  for (std::uint32_t i = 0; i < fifty; ++i) {
    std::vector<CommId> mine;
    for (std::uint32_t p = 0; p < paths; ++p) {
      mine.push_back(CommId{static_cast<std::uint32_t>(comms.size())});
      comms.push_back({"L" + std::to_string(comms.size())});
    }
    DeviceRule device = shared_line(1, mine, 5s, 200ms)[0];
    device.name = "d" + std::to_string(i);
    device.mode = mode;
    device.failback_on_failure = mode == FailoverMode::guarded;
    if (mode == FailoverMode::compat) device.probe_interval = 0s;
    devices.push_back(std::move(device));
  }
  return LineWorld(std::move(comms), std::move(devices));
}

void mute_all(LineWorld& world, PathRank path, bool on) {
  for (std::uint32_t i = 0; i < fifty; ++i) world.mute(DeviceId{i}, path, on);
}

double moves_to(const LineWorld& world, PathRank path) {
  return static_cast<double>(std::ranges::count(world.moves, path, &Move::to));
}

TEST(GuardedItems, TwoAPathThatIsKnownDeadIsNotChosen) {
  double chosen[2] = {};
  for (int i = 0; i < 2; ++i) {
    LineWorld world = own_lines(3, modes[i]);
    mute_all(world, PathRank{2}, true);
    world.run(at(300));
    mute_all(world, primary, true);
    world.run(at(600));
    chosen[i] = moves_to(world, PathRank{2});
  }
  print(2, "50 devices whose first failover was dead before: moves to it", chosen[0], chosen[1]);
  EXPECT_EQ(chosen[0], fifty);
  EXPECT_EQ(chosen[1], 0);
}

// The first failover needs a reconnect: its first answers come 8 s after the devices do.
TEST(GuardedItems, ThreeNoCascadeBecauseTheNextPathNeedsAMoment) {
  double cascades[2] = {};
  for (int i = 0; i < 2; ++i) {
    LineWorld world = own_lines(3, modes[i]);
    world.run(at(300));
    mute_all(world, primary, true);
    while (moves_to(world, PathRank{2}) == 0 && world.now < at(400)) world.run(world.now + 100ms);
    mute_all(world, PathRank{2}, true);
    world.run(world.now + 8s);
    mute_all(world, PathRank{2}, false);
    world.run(at(500));
    cascades[i] = static_cast<double>(std::ranges::count_if(world.moves, [](const Move& move) {
      return move.from == PathRank{2} && move.to == PathRank{3};
    }));
  }
  print(3, "50 devices whose first failover answers after 8 s: moves on to the second", cascades[0],
        cascades[1]);
  EXPECT_GE(cascades[0], fifty - 10);
  EXPECT_EQ(cascades[1], 0);
}

// The most messages that were sent over this comm device within a second, from `since` on.
double busiest_second(const LineWorld& world, CommId line, Instant since) {
  std::vector<Instant> times;
  for (const auto& [when, message] : world.sent) {
    if (message.comm == line && when >= since) times.push_back(when);
  }
  std::size_t most = 0;
  for (std::size_t first = 0, last = 0; last < times.size(); ++last) {
    while (times[last] - times[first] >= 1s) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<double>(most);
}

TEST(GuardedItems, EightAMoveOfManyIsNoBurst) {
  double burst[2] = {};
  for (int i = 0; i < 2; ++i) {
    std::vector<CommRule> comms{{"L1"}, {"L2"}};
    for (CommRule& comm : comms) comm.arrivals_per_second = 50;
    auto devices = shared_line(600, {CommId{0}, CommId{1}}, 20s, 200ms);
    for (std::uint32_t d = 0; d < devices.size(); ++d) {
      devices[d].mode = modes[i];
      devices[d].probe_interval = 0s;
      devices[d].poll_interval = devices[d].poll_interval +
                                 d * 100ms;  // 20 s to 80 s: their polls are spread after a while
    }
    LineWorld world(comms, devices);
    world.latency = 1ms;
    world.run(at(300));
    world.silence(CommId{0}, true);
    world.run(at(330));
    world.comm.comm_state(CommId{0}, CommState::disabled, world.now, world.out);
    world.run(at(390));
    burst[i] = busiest_second(world, CommId{1}, at(330));
  }
  print(8, "600 devices move, 50 arrivals a second allowed: polls within the busiest second",
        burst[0], burst[1]);
  EXPECT_GT(burst[0], 3 * burst[1]);
}

// Somebody works on the primary lines for 10 minutes: a minute on, a minute off.
TEST(GuardedItems, NineAFrozenDeviceStaysWhileSomebodyWorksOnItsLine) {
  double moves[2] = {};
  for (int i = 0; i < 2; ++i) {
    LineWorld world = own_lines(2, modes[i]);
    world.run(at(60));
    for (std::uint32_t d = 0; i == 1 && d < fifty; ++d) {
      ASSERT_TRUE(world.comm.freeze(DeviceId{d}, 600s, world.now, world.out));
    }
    for (int minute = 0; minute < 10; ++minute) {
      mute_all(world, primary, minute % 2 == 0);
      world.run(world.now + 60s);
    }
    moves[i] = static_cast<double>(world.moves.size());
  }
  print(9, "50 devices during 10 minutes of work on their primary lines: moves", moves[0],
        moves[1]);
  EXPECT_GE(moves[0], fifty);
  EXPECT_EQ(moves[1], 0);
}

TEST(GuardedItems, TenARestartGoesOnWhereItWas) {
  double lost[2] = {};
  for (int i = 0; i < 2; ++i) {
    LineWorld before = own_lines(2, modes[i]);
    mute_all(before, primary, true);
    before.run(at(200));
    LineWorld after = own_lines(2, modes[i]);
    mute_all(after, primary, true);
    after.now = at(10'000);
    for (std::uint32_t d = 0; d < fifty; ++d) after.comm.reload_device(DeviceId{d}, after.now);
    for (std::uint32_t d = 0; i == 1 && d < fifty; ++d) {
      const CommMemory memory = before.comm.remember(DeviceId{d}, before.now);
      ASSERT_TRUE(after.comm.recall(DeviceId{d}, memory, after.now));
    }
    after.run(after.now + 120s);
    lost[i] = static_cast<double>(after.stalled);
  }
  print(10, "50 devices with a dead primary, after a restart: polls without a reading", lost[0],
        lost[1]);
  EXPECT_GE(lost[0], 5 * fifty);
  EXPECT_LE(lost[1], fifty);
}

// The first failover dies when primary is well again, long before retry primary (5 min).
TEST(GuardedItems, ElevenNobodyIsBlindBesideAWorkingPath) {
  double blind[2] = {};
  for (int i = 0; i < 2; ++i) {
    LineWorld world = own_lines(2, modes[i]);
    world.run(at(60));
    mute_all(world, primary, true);
    world.run(at(120));
    mute_all(world, primary, false);
    mute_all(world, PathRank{2}, true);
    std::vector<std::size_t> seen(fifty);
    std::vector<Instant> last(fifty, world.now);
    Duration longest{0};
    while (world.now < at(600)) {
      world.run(world.now + 1s);
      for (std::uint32_t d = 0; d < fifty; ++d) {
        longest = std::max(longest, world.now - last[d]);
        if (world.answered(DeviceId{d}) == seen[d]) continue;
        seen[d] = world.answered(DeviceId{d});
        last[d] = world.now;
      }
    }
    blind[i] = seconds(longest);
  }
  print(11, "50 devices whose alternate dies while primary is well: longest time unseen, s",
        blind[0], blind[1]);
  EXPECT_GT(blind[0], 4 * blind[1]);
}

// A line that needs 4 s for what is asked each second. Without schedules of its own, somebody asks
// from outside, and each question is a poll in the queue.
TEST(GuardedItems, TwelveAPollThatStillWaitsIsNotQueuedAgain) {
  double waiting[2] = {};
  for (int i = 0; i < 2; ++i) {
    auto devices = shared_line(20, {CommId{0}}, i == 1 ? Duration(1s) : Duration(0s), 1s);
    for (DeviceRule& device : devices) device.mode = modes[i];
    LineWorld world({{"L1"}}, devices);
    world.latency = 200ms;
    std::uint64_t tag = 0;
    for (int second = 0; second < 120; ++second) {
      for (std::uint32_t d = 0; i == 0 && d < 20; ++d) {
        world.comm.enqueue({DeviceId{d}, PollClass::read, 1, PollPriority::medium, ++tag},
                           world.now, world.out);
      }
      world.run(world.now + 1s);
      const auto now = static_cast<double>(world.comm.line(CommId{0}).polls_waiting);
      waiting[i] = std::max(waiting[i], now);
    }
  }
  print(12, "20 devices on a line that is four times too slow, after 2 minutes: polls queued",
        waiting[0], waiting[1]);
  EXPECT_GT(waiting[0], 50 * waiting[1] / 20);
  EXPECT_LE(waiting[1], 20) << "one for each schedule";
}

}  // namespace
}  // namespace nightwatt::core
