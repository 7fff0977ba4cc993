// What counts as a look at a UPS that is not seen, and how long decisions wait for one.
#include <gtest/gtest.h>

#include "core/comm/guard.h"
#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

// A network that lets heartbeats through and loses whole polls: each answered heartbeat asked for
// another look, and with looks of different lengths a moment at which all had failed came after
// four minutes, by chance. The UPS would have run empty unseen.
TEST(LookingAround, HeartbeatsDoNotPutTheFailsafeOff) {
  constexpr std::uint8_t paths = 4;
  Site site = rack({.paths = paths});
  for (DeviceRule& device : site.devices) {
    device.probe_interval = 1s;
    for (std::size_t p = 0; p < paths; ++p) {
      device.paths[p].initial_fail = 300s;
      device.paths[p].messages = {5};
      device.paths[p].message_timeout = p == 0 ? 1s : p == 2 ? 9s : 3s;
    }
  }
  // Others on the same comm devices are well, so that these get their heartbeats at full pace.
  for (int i = 0; i < 6; ++i) {
    DeviceRule other = site.devices[0];
    other.name = "plc-" + std::to_string(i);
    other.is_ups = false;
    other.paths[0].comm = CommId{static_cast<std::uint32_t>(site.comms.size())};
    site.comms.push_back({.name = "own-" + other.name});
    site.devices.push_back(std::move(other));
  }
  RackStory story(std::move(site));
  story.until(30).says(a, "OB DISCHRG").until(40);
  for (std::uint8_t p = 1; p <= paths; ++p)
    story.world.link(a, PathRank{p}).kind = sim::Link::Kind::small_only;
  // The failsafe is due after 10 s; then one look at all paths, and some that heartbeats asked for.
  story.until(40 + 10 + 9 + sweeps_again_max * 9);
  EXPECT_EQ(story.state(a), MemberState::critical);
}

// A heartbeat that fails is no look either: an alternate that lost some of them and answers again
// is looked over before anybody decides.
TEST(LookingAround, FailedHeartbeatsAreNoLooks) {
  Site site = rack({});
  for (DeviceRule& device : site.devices) {
    device.probe_interval = 1s;
    device.poll_interval = 10s;
    for (PathRule& path : device.paths) {
      path.initial_fail = 600s;
      path.message_timeout = 300ms;
    }
  }
  for (MemberRule& member : site.members) {
    member.poll_interval = 10s;
    member.stale_after = 50s;
  }
  RackStory story(std::move(site));
  story.until(15).says(a, "OB DISCHRG").until(31);
  story.world.link(a, primary).kind = sim::Link::Kind::silent;
  for (int second = 31; second < 53; second += 5) {
    story.world.link(a, PathRank{2}).kind = sim::Link::Kind::silent;
    story.until(second + 2.5);
    story.world.link(a, PathRank{2}).kind = sim::Link::Kind::ok;
    story.until(second + 5);
  }
  for (double second = 53; second < 200; ++second) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::critical) << second;
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
  }
}

// Others that are polled often, and first, leave the comm device no time for what decides: it is
// not waited for without end.
TEST(LookingAround, AStarvedPollDoesNotPutTheFailsafeOff) {
  Site site = rack({.paths = 1, .grace = 20s});
  for (DeviceRule& device : site.devices) {
    device.schedules = {
        {.name = "status", .interval = 1s, .priority = PollPriority::low},
        {.name = "fast", .interval = 1s, .interval_alert = 50ms, .priority = PollPriority::high}};
    device.paths[0].comm = CommId{0};
  }
  RackStory story(std::move(site));
  for (const DeviceId device : {a, b}) story.world.link(device, primary).latency = 60ms;
  story.until(30).says(a, "OB DISCHRG").until(32);
  EXPECT_EQ(story.state(a), MemberState::degraded);
  story.says(a, "OB DISCHRG LB").until(85);
  EXPECT_EQ(story.state(a), MemberState::degraded);
  story.until(30 + 60 + 5);
  EXPECT_EQ(story.state(a), MemberState::critical);
}

// Both UPSes, and so many more that a story may silence, on one comm device where each costs the
// others 8 s.
Site one_line(Duration grace, std::uint32_t neighbours) {
  Site site = rack({.paths = 1, .grace = grace});
  for (DeviceRule& device : site.devices) {
    device.paths[0].comm = CommId{0};
    device.paths[0].message_timeout = 4s;
    device.paths[0].poll_attempts = 2;
    device.probe_interval = 60s;
  }
  for (std::uint32_t i = 0; i < neighbours; ++i) {
    MemberRule member = site.members[0];
    member.device = DeviceId{static_cast<std::uint32_t>(site.devices.size())};
    site.members.push_back(member);
    site.devices.push_back(site.devices[0]);
    site.devices.back().name = "silent-" + std::to_string(i);
  }
  return site;
}

// Who waits among equals has a turn, however long the time-outs of its neighbours are, and although
// a poll of a better class comes in between now and then.
class Equals : public ::testing::TestWithParam<bool> {};

TEST_P(Equals, AreNotStarved) {
  Site site = one_line(5s, 2);
  DeviceRule seldom = site.devices[0];
  seldom.name = "plc";
  seldom.is_ups = false;
  const bool mute = GetParam();  // one message of it then takes longer than five turns
  const Duration interval = mute ? 30s : 5s;
  seldom.schedules = {{.name = "seldom", .interval = interval, .priority = PollPriority::high}};
  site.devices.push_back(std::move(seldom));
  RackStory story(std::move(site));
  story.until(10).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
  for (const std::uint32_t device : {2, 3, 4}) {
    if (device == 4 && !mute) continue;
    story.world.link(DeviceId{device}, primary).kind = sim::Link::Kind::silent;
  }
  for (double second = 20; second < 200; second += 0.5) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::critical) << second;
  }
  EXPECT_EQ(story.committed, 0);
}

INSTANTIATE_TEST_SUITE_P(LookingAround, Equals, ::testing::Bool(), [](const auto& name) {
  return std::string(name.param ? "AMuteOneComesFirst" : "OneComesFirstNowAndThen");
});

// Others whose own comm device fell silent look for their UPSes here: each once, and then it is
// over.
TEST(LookingAround, SweepsOfNeighboursStarveNobody) {
  constexpr std::uint32_t neighbours = 8;
  Site site = rack({.paths = 1, .grace = 0s});
  const CommId shared{0};
  const CommId other{1};
  for (DeviceRule& device : site.devices) {
    device.paths[0].comm = shared;
    device.paths[0].message_timeout = 2s;
    device.probe_interval = 60s;
  }
  for (std::uint32_t i = 0; i < neighbours; ++i) {
    MemberRule member = site.members[0];
    member.device = DeviceId{static_cast<std::uint32_t>(site.devices.size())};
    site.members.push_back(member);
    DeviceRule device = site.devices[0];
    device.name = "neighbour-" + std::to_string(i);
    device.paths.push_back(device.paths[0]);
    device.paths[0].comm = other;
    site.devices.push_back(std::move(device));
  }
  RackStory story(std::move(site));
  story.until(10);
  for (std::uint32_t i = 0; i < neighbours + 2; ++i) story.says(DeviceId{i}, "OB DISCHRG");
  story.until(30);
  for (std::uint32_t i = 2; i < neighbours + 2; ++i) {
    for (const PathRank path : {primary, PathRank{2}}) {
      story.world.link(DeviceId{i}, path).kind = sim::Link::Kind::silent;
    }
  }
  for (double second = 30; second < 200; second += 0.5) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::critical) << second;
  }
  EXPECT_EQ(story.committed, 0);
}

// The answer is late and under way: nobody else had the comm device.
TEST(LookingAround, ALongAnswerIsNotStarved) {
  Site site = rack({.paths = 1, .grace = 0s});
  for (DeviceRule& device : site.devices) device.paths[0].message_timeout = 20s;
  RackStory story(std::move(site));
  story.until(10).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).latency = 12s;
  story.until(200);
  EXPECT_EQ(story.committed, 0);
}

// A suspend is no time in which a comm device served others: who waited before it has not waited
// for a minute after it.
TEST(LookingAround, TimeAsleepIsNoWaiting) {
  constexpr std::uint32_t neighbours = 4;
  for (double asleep = 40; asleep < 60; asleep += 0.5) {
    RackStory story(one_line(0s, neighbours));
    story.until(10).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
    for (std::uint32_t i = 2; i < neighbours + 2; ++i) {
      story.world.link(DeviceId{i}, primary).kind = sim::Link::Kind::silent;
    }
    story.until(asleep);
    story.world.stall(10min);
    for (double second = asleep + 600; second < asleep + 700; second += 0.5) {
      story.until(second);
      ASSERT_NE(story.state(a), MemberState::critical) << asleep << ", " << second;
    }
  }
}

// What was tried before a suspend tells nothing of the path after it.
TEST(LookingAround, TriesBeforeASuspendAreNoTriesAfterIt) {
  Site site = rack({.grace = 0s});
  for (DeviceRule& device : site.devices) {
    for (PathRule& path : device.paths) path.initial_fail = 2h;
  }
  RackStory story(std::move(site));
  story.until(10).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
  story.unplug(a, sim::Link::Kind::silent).until(22.5);
  ASSERT_EQ(story.state(a), MemberState::degraded);
  story.world.stall(10min);
  story.world.link(a, PathRank{2}).kind = sim::Link::Kind::ok;
  for (double second = 625; second < 700; second += 0.5) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::critical) << second;
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
  }
}

// A device that no path reaches is tried at long intervals on a shared comm device: a stall of a
// few seconds does not have its next turn waited for, only its other path looked at again.
TEST(LookingAround, AfterAStallADeadDeviceIsLostInTime) {
  Site site = rack({.grace = 20s});
  for (DeviceRule& device : site.devices) {
    device.paths[0].comm = CommId{0};
    device.probe_interval = 60s;
    for (PathRule& path : device.paths) path.initial_fail = 0s;
  }
  RackStory story(std::move(site));
  story.until(20).unplug(a, sim::Link::Kind::silent).until(35);
  ASSERT_TRUE(story.world.engine().comm().view(a, story.world.now()).dead);
  ASSERT_EQ(story.state(a), MemberState::degraded);
  story.world.stall(6s);
  story.until(41 + 19);
  EXPECT_EQ(story.state(a), MemberState::degraded) << "its grace begins anew";
  story.until(41 + 20 + 3);
  EXPECT_EQ(story.state(a), MemberState::unknown);
}

// What a UPS is polled for besides does not say how it is.
TEST(LookingAround, AnotherScheduleIsNoLook) {
  Site site = rack({.grace = 0s});
  for (DeviceRule& device : site.devices) {
    device.schedules = {{.name = "status", .interval = 5s}, {.name = "more", .interval = 1s}};
    for (PathRule& path : device.paths) path.initial_fail = 300s;
  }
  RackStory story(std::move(site));
  story.until(30);
  for (const DeviceId device : {a, b}) story.ask(PathSelected{{}, device, PathRank{2}});
  story.until(40);
  for (const DeviceId device : {a, b}) {
    story.ask(PathSelected{{}, device, primary});
    story.world.link(device, primary).kind = sim::Link::Kind::silent;
  }
  for (double second = 40; second < 60; second += 0.01) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
    ASSERT_NE(story.state(b), MemberState::unknown) << second;
  }
  EXPECT_EQ(story.committed, 0);
}

}  // namespace
}  // namespace nightwatt::core::testing
