#include <gtest/gtest.h>

#include <algorithm>

#include "core/comm/comm.h"
#include "tests/core/comm/line_world.h"

// Guarded mode, item 7: a dead device on a shared line must not cost its neighbours their rate.
namespace nightwatt::core {
namespace {

using namespace std::chrono_literals;

constexpr DeviceId mute{0};
constexpr CommId l1{0};
constexpr CommId l2{1};

TEST(Dead, OnASharedLineItIsTriedOnceAProbeInterval) {
  LineWorld world({{"L1"}}, shared_line(4, {l1}, 5s, 500ms));
  world.mute(mute, true);
  world.run(at(120));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  const auto before = world.sent_to(mute).size();
  world.run(at(720));
  EXPECT_EQ(world.sent_to(mute).size() - before, 10u) << "every 60 s, one attempt";
}

TEST(Dead, WithAFifthMuteTheHealthyKeepTheirRate) {
  LineWorld world({{"L1"}}, shared_line(10, {l1}, 5s, 500ms));
  world.mute(DeviceId{3}, true);
  world.mute(DeviceId{7}, true);
  world.run(at(300));
  world.forget();
  world.run(at(1'500));
  for (std::uint32_t i = 0; i < 10; ++i) {
    if (i == 3 || i == 7) continue;
    EXPECT_GE(world.answered(DeviceId{i}), 239u) << i;  // of 240: 99.5 %
  }
}

TEST(Dead, IsBackWithinOneProbeInterval) {
  LineWorld world({{"L1"}}, shared_line(4, {l1}, 5s, 500ms));
  world.mute(mute, true);
  for (const double s : {200.0, 231.0, 247.0}) {
    LineWorld again = world;
    again.run(at(s));
    again.mute(mute, false);
    again.forget();
    again.run(at(s + 60.2));
    EXPECT_GE(again.answered(mute), 1u) << s;
    again.forget();
    again.run(at(s + 110.2));
    EXPECT_GE(again.answered(mute), 10u) << "and at its own pace again";
  }
}

// They were silent together, and the first one that is answered tells of the others. Their turns
// are spread over the probe interval: each waited for the time-outs of those before it.
TEST(Dead, AreAllBackSoonAfterTheirCommDeviceAnswersOneOfThem) {
  constexpr std::uint32_t count = 40;
  LineWorld world({{"L1"}}, shared_line(count, {l1}, 5s, 1s));
  world.run(at(100));
  world.silence(l1, true);
  world.run(at(900));
  for (std::uint32_t i = 0; i < count; ++i)
    ASSERT_TRUE(world.comm.view(DeviceId{i}, world.now).dead);
  world.silence(l1, false);
  const auto all_answered = [&] {
    for (std::uint32_t i = 0; i < count; ++i) {
      if (world.answered(DeviceId{i}) == 0) return false;
    }
    return true;
  };
  world.forget();
  while (world.readings.empty() && world.now < at(1'000)) world.run(world.now + 100ms);
  const Instant first = world.now;
  ASSERT_LT(first, at(961));
  while (!all_answered() && world.now < at(1'000)) world.run(world.now + 100ms);
  EXPECT_LE(world.now - first, 6s) << "one turn of their schedules, and its answers";
}

// The path that answers again is not the one they stayed on.
TEST(Dead, AreBackOverAnotherPathWhoseCommDeviceAnswersAgain) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(6, {l1, l2}, 5s, 500ms));
  world.silence(l1, true);
  world.silence(l2, true);
  world.run(at(700));
  for (std::uint32_t i = 0; i < 6; ++i) ASSERT_TRUE(world.comm.view(DeviceId{i}, world.now).dead);
  const PathRank other{static_cast<std::uint8_t>(3 - world.comm.active(mute).value)};
  world.silence(other == primary ? l1 : l2, false);
  world.forget();
  while (world.readings.empty() && world.now < at(800)) world.run(world.now + 100ms);
  world.run(world.now + 11s);  // their turn on the path that is mute, all in a row, and a sweep
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_GE(world.answered(DeviceId{i}), 1u) << i;
}

// One healthy neighbour among many that are dead loses a poll now and then.
TEST(Dead, AreNotAskedMoreOftenBecauseANeighbourIsAnswered) {
  LineWorld world({{"L1"}}, shared_line(6, {l1}, 5s, 500ms));
  for (std::uint32_t i = 1; i < 6; ++i) world.mute(DeviceId{i}, true);
  world.run(at(200));
  world.forget();
  world.run(at(800));
  for (std::uint32_t i = 1; i < 6; ++i) EXPECT_EQ(world.sent_to(DeviceId{i}).size(), 10u) << i;
}

// Time-outs as long as a turn or two, several that are mute in a row, an alternate that only has
// heartbeats, a neighbour that is slow: there is a pause before many an answer, and no silence.
struct Neighbours {
  const char* what;
  std::uint32_t count, dead;
  Duration interval, timeout;
  std::vector<CommId> paths;
  Duration others{0};  // 0: as the dead
};

class DeadNeighbours : public testing::TestWithParam<Neighbours> {};

TEST_P(DeadNeighbours, AreNotAskedMoreOftenAfterAPause) {
  const Neighbours& p = GetParam();
  auto devices = shared_line(p.count, p.paths, p.interval, p.timeout);
  for (std::uint32_t i = p.dead; i < p.count; ++i) {
    if (p.others > 0ms) devices[i].poll_interval = p.others;
  }
  LineWorld world({{"L1"}, {"L2"}}, std::move(devices));
  world.run(at(50));
  for (std::uint32_t i = 0; i < p.dead; ++i) world.mute(DeviceId{i}, true);
  world.run(at(400));
  world.forget();
  world.run(at(1'000));
  for (std::uint32_t i = 0; i < p.dead; ++i) {
    EXPECT_LE(world.sent_to(DeviceId{i}).size(), 11u * p.paths.size())
        << "once a minute, each path";
  }
  // What the time-outs of the dead leave of the line, once a minute.
  const auto took = p.timeout * p.dead * 10;
  const double due = static_cast<double>((600s - took) / (p.others > 0ms ? p.others : p.interval));
  for (std::uint32_t i = p.dead; i < p.count; ++i) {
    EXPECT_GE(static_cast<double>(world.answered(DeviceId{i})), 0.995 * due) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Dead, DeadNeighbours,
                         testing::Values(Neighbours{"LongTimeOut", 4, 1, 1s, 2s, {l1}},
                                         Neighbours{"SeveralInARow", 20, 4, 1s, 1s, {l1}},
                                         Neighbours{"IdleAlternate", 20, 4, 1s, 1s, {l1, l2}},
                                         Neighbours{"SlowNeighbour", 2, 1, 1s, 500ms, {l1}, 10s}),
                         [](const auto& name) { return std::string(name.param.what); });

// More is asked of the line than it can carry: each waits, and each has its turn.
TEST(Dead, OnAnOverfullLineAllAreBackToo) {
  LineWorld world({{"L1"}}, shared_line(30, {l1}, 500ms, 100ms));
  world.latency = 50ms;
  world.run(at(50));
  world.silence(l1, true);
  world.run(at(700));
  for (std::uint32_t i = 0; i < 30; ++i) ASSERT_TRUE(world.comm.view(DeviceId{i}, world.now).dead);
  world.silence(l1, false);
  world.run(at(800));
  for (std::uint32_t i = 0; i < 30; ++i) {
    EXPECT_FALSE(world.comm.view(DeviceId{i}, world.now).dead) << i;
  }
}

// None of its schedules runs on the path it is on: its probes of primary are all it has.
TEST(Dead, WhereNoScheduleOfItRunsItGoesOnProbing) {
  auto devices = shared_line(2, {l1, l2}, 5s, 500ms);
  devices[0].schedules = {
      {.name = "only", .interval = 5s, .interval_alert = {}, .binding = Binding::primary}};
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.run(at(60));
  world.mute(mute, true);
  world.run(at(150));
  ASSERT_EQ(world.comm.active(mute), PathRank{2});
  world.comm.enqueue({mute, PollClass::read, 1, PollPriority::user, 1}, world.now, world.out);
  world.run(at(200));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  world.mute(mute, false);
  world.run(at(600));
  EXPECT_EQ(world.comm.active(mute), primary);
  EXPECT_FALSE(world.comm.view(mute, world.now).dead);
}

// Its probes of primary would go on at the pace of its polls.
TEST(Dead, OnAnAlternateItDoesNotProbePrimaryBesides) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(4, {l1, l2}, 5s, 500ms));
  world.mute(mute, primary, true);
  world.run(at(500));  // retry primary is over
  ASSERT_EQ(world.comm.active(mute), PathRank{2});
  world.mute(mute, true);
  world.run(at(800));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  world.forget();
  world.run(at(1'400));
  EXPECT_LE(world.sent_to(mute).size(), 22u) << "each path once a minute";
  world.mute(mute, false);
  world.run(at(1'500));
  EXPECT_FALSE(world.comm.view(mute, world.now).dead);
  world.mute(mute, primary, true);
  world.run(at(2'400));
  ASSERT_EQ(world.comm.active(mute), PathRank{2});
  world.mute(mute, primary, false);
  world.run(at(2'900));
  EXPECT_EQ(world.comm.active(mute), primary) << "alive, it probes again and goes back";
}

TEST(Dead, TriesItsOtherPathsFirst) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(4, {l1, l2}, 5s, 500ms));
  world.mute(mute, primary, true);
  world.run(at(120));
  EXPECT_EQ(world.comm.active(mute), PathRank{2});
  EXPECT_FALSE(world.comm.view(mute, world.now).dead);
  EXPECT_EQ(world.notices(NoticeKind::no_path), 0u);
}

TEST(Dead, StopsHuntingAndSaysSoOnce) {
  LineWorld world({{"L1"}, {"L2"}, {"L3"}}, shared_line(4, {l1, l2, CommId{2}}, 5s, 500ms));
  world.mute(mute, true);
  world.run(at(200));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  const auto moves = world.moves.size();
  world.run(at(4'000));
  EXPECT_EQ(world.moves.size(), moves) << "no path_changed while nothing answers";
  EXPECT_EQ(world.notices(NoticeKind::no_path), 1u);
  world.mute(mute, false);
  world.run(at(4'100));
  EXPECT_EQ(world.notices(NoticeKind::no_path), 2u) << "and once when it answers";
}

TEST(Dead, WhicheverPathAnswersFirstHasIt) {
  LineWorld world({{"L1"}, {"L2"}, {"L3"}}, shared_line(4, {l1, l2, CommId{2}}, 5s, 500ms));
  world.mute(mute, true);
  world.run(at(400));
  const PathRank here = world.comm.active(mute);
  const PathRank there{static_cast<std::uint8_t>(here.value % 3 + 1)};
  world.mute(mute, there, false);
  world.run(at(461));
  EXPECT_EQ(world.comm.active(mute), there);
  EXPECT_FALSE(world.comm.view(mute, world.now).dead);
}

TEST(Dead, ARefusalCostsNobodyAnythingAndIsAskedMoreOften) {
  LineWorld world({{"L1"}}, shared_line(4, {l1}, 5s, 500ms));
  world.refuse(mute, true);
  world.run(at(120));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  world.forget();
  world.run(at(320));
  EXPECT_EQ(world.sent_to(mute).size(), 10u) << "every fourth poll, 20 s";
}

TEST(Dead, OnBatteryItIsNeverSlowedFar) {
  LineWorld world({{"L1"}, {"L2"}}, shared_line(4, {l1, l2}, 1s, 500ms));
  world.mute(mute, true);
  world.comm.set_alert(mute, true, world.now);
  world.run(at(200));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  const PathRank other{static_cast<std::uint8_t>(3 - world.comm.active(mute).value)};
  world.forget();
  world.run(at(260));
  EXPECT_GE(world.sent_to(mute).size(), 12u) << "its path every 5 s";
  world.mute(mute, other, false);
  world.run(world.now + 6s);
  EXPECT_EQ(world.comm.active(mute), other);
}

TEST(Dead, ItsWayOnSaysWhatCanBeUsed) {
  auto devices = shared_line(2, {l1, l2}, 5s, 500ms);
  LineWorld world({{"L1"}, {"L2"}}, devices);
  world.mute(mute, true);
  world.run(at(300));
  EXPECT_EQ(world.comm.view(mute, world.now).what_next,
            "no path answers: it stays, and whichever answers first will have it");
  // Failover could not choose primary, but the device is looked for there all the same.
  for (DeviceRule& device : devices) device.failback_on_failure = false;
  LineWorld away({{"L1"}, {"L2"}}, devices);
  away.mute(mute, primary, true);
  away.run(at(300));
  ASSERT_EQ(away.comm.active(mute), PathRank{2});
  away.mute(mute, true);
  away.run(at(600));
  EXPECT_EQ(away.comm.view(mute, away.now).what_next,
            "no path answers: it stays, and whichever answers first will have it");
  for (DeviceRule& device : devices) device.paths[1].available = false;
  LineWorld alone({{"L1"}, {"L2"}}, devices);
  alone.mute(mute, true);
  alone.run(at(300));
  EXPECT_EQ(alone.comm.view(mute, alone.now).what_next,
            "it does not answer, and no other path can be used: it stays");
}

TEST(Dead, APersonGetsTheFullAttempts) {
  auto devices = shared_line(2, {l1}, 5s, 500ms);
  for (auto& device : devices) device.paths[0].poll_attempts = 3;
  LineWorld world({{"L1"}}, devices);
  world.mute(mute, true);
  world.run(at(200));
  ASSERT_TRUE(world.comm.view(mute, world.now).dead);
  world.forget();
  PollRequest request{mute, PollClass::read, 1, PollPriority::user, 1};
  world.comm.enqueue(request, world.now, world.out);
  world.run(world.now + 2s);
  EXPECT_EQ(world.sent_to(mute).size(), 3u);
}

TEST(Dead, CompatPollsItAsBefore) {
  auto devices = shared_line(4, {l1}, 5s, 500ms);
  for (auto& device : devices) device.mode = FailoverMode::compat;
  LineWorld world({{"L1"}}, devices);
  world.mute(mute, true);
  world.run(at(300));
  world.forget();
  world.run(at(600));
  EXPECT_EQ(world.sent_to(mute).size(), 60u);
}

}  // namespace
}  // namespace nightwatt::core
