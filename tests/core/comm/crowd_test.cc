#include <gtest/gtest.h>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Guarded mode, item 6: many that fail together leave together; who answers stays.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr CommId l1{0};
constexpr CommId l2{1};

std::size_t on_path(const LineWorld& world, std::uint32_t count, PathRank path) {
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < count; ++i) found += world.comm.active(DeviceId{i}) == path;
  return found;
}

TEST(Crowd, LeavesASilentCommDeviceWithoutPayingTheTimersOfEach) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(20, {l1, l2}, 5s, 200ms));
  world.run(at(20));
  world.silence(l1, true);
  world.run(at(30));
  EXPECT_EQ(on_path(world, 20, PathRank{2}), 20u) << "initial fail is 30 s";
  EXPECT_EQ(world.notices(NoticeKind::comm_suspect), 1u);
  for (const Move& move : world.moves) EXPECT_EQ(move.cause, MoveCause::crowd);
}

// The slow schedules of those that arrive late are not lost until their next regular time.
TEST(Crowd, PollsThatAreDroppedAreDueWhenItIsTheirTurn) {
  auto devices = shared_line(400, {l1, l2}, 60s, 100ms);
  for (DeviceRule& device : devices) {
    ScheduleRule state, hourly;
    state.name = "state";
    state.interval = 60s;
    hourly.name = "hourly";
    hourly.interval = 3'600s;
    device.schedules = {state, hourly};
  }
  LineWorld world({{"L1"}, {"L2", CommState::ok, false, 10, 50, 30s, 20, 2}}, devices);
  world.silence(l1, true);  // from the first poll on: most of the hourly ones wait in its queue
  world.run(at(600));
  ASSERT_EQ(on_path(world, 400, PathRank{2}), 400u);
  for (std::uint32_t i = 0; i < 400; ++i) {
    const auto sent = world.sent_to(DeviceId{i});
    EXPECT_TRUE(std::ranges::count(sent, 1, &SendMessage::schedule) > 0) << i;
  }
}

// A thousand devices at 10 s, whose comm device is disabled then.
LineWorld thousand_moved_at(Instant when) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(1'000, {l1, l2}, 10s, 200ms));
  world.latency = 1ms;
  world.run(when);
  world.comm.comm_state(l1, CommState::disabled, world.now, world.out);
  return world;
}

TEST(Crowd, ArrivalsKeepTheirBudgetInAnySecond) {
  LineWorld world = thousand_moved_at(at(60));
  world.run(at(80));
  ASSERT_EQ(on_path(world, 1'000, PathRank{2}), 1'000u);
  for (Instant from = at(60); from < at(79); from += 10ms) {
    EXPECT_LE(world.sent_over(l2, from, from + 1s), 500u) << seconds(from.time_since_epoch());
  }
  EXPECT_GE(world.sent_over(l2, at(60), at(62.5)), 950u) << "and they do arrive";
}

// Whatever their place, and wherever they came from: nobody waits longer than its interval and the
// time that the crowd needs to arrive.
TEST(Crowd, NobodyIsPolledMoreSeldomThanItsInterval) {
  LineWorld world = thousand_moved_at(at(60));
  world.run(at(300));
  std::map<DeviceId, Instant> last;
  for (const auto& [when, sent] : world.sent) {
    const auto before = last.find(sent.device);
    if (before != last.end()) {
      const Duration most = before->second < at(60) && when >= at(60) ? 13s : 10s + 100ms;
      EXPECT_LE(when - before->second, most)
          << sent.device.value << " at " << seconds(when.time_since_epoch());
    }
    last[sent.device] = when;
  }
  EXPECT_EQ(last.size(), 1'000u);
  for (const auto& [device, when] : last) EXPECT_GE(when, at(289)) << device.value;
}

// Connections are made ahead for some of the many that begin to fail in one moment, not for all.
TEST(Crowd, ConnectionsAheadAreMadeAtABoundedRate) {
  std::vector<CommRule> comms;
  std::vector<DeviceRule> devices;
  for (std::uint32_t i = 0; i < 2'000; ++i) {
    comms.push_back({"a" + std::to_string(i)});
    comms.push_back({"b" + std::to_string(i)});
    devices.push_back(shared_line(1, {CommId{2 * i}, CommId{2 * i + 1}}, 1s, 200ms).front());
    devices.back().name += std::to_string(i);
    devices.back().probe_interval = Duration::zero();
  }
  LineWorld world(comms, devices);
  world.run(at(5));
  for (std::uint32_t i = 0; i < 2'000; ++i) world.silence(CommId{2 * i}, true);
  world.run(at(7));
  EXPECT_GE(world.prepared.size(), 200u);
  EXPECT_LE(world.prepared.size(), 1'200u) << "500 a second, and 100 at once";
}

TEST(Crowd, CompatPaysThem) {
  auto devices = shared_line(20, {l1, l2}, 5s, 200ms);
  for (auto& device : devices) device.mode = FailoverMode::compat;
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(20));
  world.silence(l1, true);
  world.run(at(45));
  EXPECT_EQ(on_path(world, 20, PathRank{2}), 0u);
}

TEST(Crowd, NeverTakesADeviceThatAnswers) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(20, {l1, l2}, 5s, 200ms));
  world.run(at(20));
  for (std::uint32_t i = 0; i < 15; ++i) world.mute(DeviceId{i}, primary, true);
  world.run(at(60));
  for (std::uint32_t i = 0; i < 20; ++i) {
    EXPECT_EQ(world.comm.active(DeviceId{i}), i < 15 ? PathRank{2} : primary) << i;
  }
}

TEST(Crowd, AFewThatFailAreNoCrowd) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(30, {l1, l2}, 5s, 100ms));
  world.run(at(20));
  for (std::uint32_t i = 0; i < 9; ++i) world.mute(DeviceId{i}, primary, true);
  world.run(at(45));
  EXPECT_EQ(on_path(world, 30, primary), 30u) << "9 of 30 wait for their initial fail";
  EXPECT_EQ(world.notices(NoticeKind::comm_suspect), 0u);
}

TEST(Crowd, FailuresThatAreFarApartAreNoCrowd) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(12, {l1, l2}, 5s, 100ms));
  world.run(at(20));
  for (std::uint32_t i = 0; i < 12; ++i) {  // each loses one poll, 20 s after the one before
    world.mute(DeviceId{i}, primary, true);
    world.run(world.now + 6s);
    world.mute(DeviceId{i}, primary, false);
    world.run(world.now + 14s);
  }
  EXPECT_EQ(on_path(world, 12, primary), 12u);
  EXPECT_EQ(world.notices(NoticeKind::comm_suspect), 0u);
}

TEST(Crowd, DoesNotFleeToACommDeviceThatIsSuspectItself) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(20, {l1, l2}, 5s, 200ms));
  world.run(at(20));
  world.silence(l1, true);
  world.silence(l2, true);
  world.run(at(3'600));
  EXPECT_LE(world.moves.size(), 60u) << "20 each to the alternate, back, and then no more";
  EXPECT_EQ(world.notices(NoticeKind::no_path), 20u);
  world.forget();
  world.run(at(10'800));
  EXPECT_TRUE(world.moves.empty());
  EXPECT_TRUE(world.told.empty()) << "silence, for two hours";
  world.silence(l2, false);
  world.run(at(10'862));
  for (std::uint32_t i = 0; i < 20; ++i) EXPECT_GE(world.answered(DeviceId{i}), 1u) << i;
}

TEST(Crowd, ASuspectCommDeviceIsTrustedAgainWhenItAnswers) {
  auto devices = shared_line(6, {l1, l2}, 5s, 200ms);
  for (auto& device : devices) device.paths[1].retry_primary = 60s;
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(20));
  world.silence(l1, true);
  world.run(at(60));
  ASSERT_EQ(on_path(world, 6, primary), 0u);
  world.silence(l1, false);
  world.run(at(300));
  EXPECT_EQ(world.notices(NoticeKind::comm_suspect), 2u);
  EXPECT_EQ(on_path(world, 6, primary), 6u) << "by probes, as ever";
}

TEST(Crowd, ArrivesWithinTheBudgetOfItsDestination) {
  auto devices = shared_line(400, {l1, l2}, 10s, 200ms);
  std::vector<CommRule> comms{{"L1"}, {"L2"}};
  comms[1].arrivals_per_second = 100;
  LineWorld world(comms, devices);
  world.latency = Duration(1);
  world.run(at(20));
  world.comm.comm_state(l1, CommState::disabled, world.now, world.out);
  const Instant left = world.now;
  world.run(at(40));
  EXPECT_EQ(on_path(world, 400, PathRank{2}), 400u) << "moved at once";
  for (int ms = 0; ms < 10'000; ms += 50) {
    EXPECT_LE(world.sent_over(l2, left + Duration(ms), left + Duration(ms + 50)), 12u) << ms;
  }
  for (std::uint32_t i = 0; i < 400; ++i) {
    EXPECT_FALSE(world.sent_to(DeviceId{i}).empty());
    EXPECT_GE(world.answered(DeviceId{i}), 3u) << i;
  }
}

TEST(Crowd, SharedFateAloneMakesNoCrowd) {
  std::vector<CommRule> comms{{"L1"}, {"L2"}};
  comms[0].shared_fate = true;
  LineWorld world(comms, shared_line(10, {l1, l2}, 1s, 400ms));
  world.run(at(20));
  world.mute(DeviceId{0}, primary, true);
  world.run(at(45));
  EXPECT_EQ(world.notices(NoticeKind::comm_suspect), 0u);
  EXPECT_EQ(on_path(world, 10, primary), 10u);
}

TEST(Crowd, AHungServerIsKnownAfterTwoTimeOuts) {
  std::vector<CommRule> comms{{"L1"}, {"L2"}};
  comms[0].shared_fate = true;
  LineWorld world(comms, shared_line(40, {l1, l2}, 1s, 400ms));
  world.run(at(20));
  world.silence(l1, true);
  world.run(at(23));
  EXPECT_EQ(on_path(world, 40, PathRank{2}), 40u);
}

}  // namespace
}  // namespace nightwatt::core
