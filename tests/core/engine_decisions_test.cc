// From readings to steps, through the whole engine.
#include <gmock/gmock.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
constexpr auto Ok = sim::Link::Kind::ok;
constexpr auto Silent = sim::Link::Kind::silent;
constexpr auto Exception = sim::Link::Kind::exception;

// The failure timeline of the requirement: one feed fails at 60 s and is low at 90 s, the other one
// at 120 s; the rack is shut down once.
TEST(EngineDecisions, TheFailureTimelineOfTheRequirement) {
  RackStory story;
  story.until(59);
  EXPECT_EQ(story.verdict(), Verdict::protected_);
  story.says(a, "OB DISCHRG").until(61);
  EXPECT_EQ(story.state(a), MemberState::degraded);
  EXPECT_EQ(story.verdict(), Verdict::protected_) << "on battery still feeds";
  story.until(89.9).says(a, "OB DISCHRG LB").charge(a, 15).until(91);
  EXPECT_EQ(story.state(a), MemberState::critical);
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost);
  EXPECT_EQ(story.committed, 0);
  story.until(119.9).says(b, "OB DISCHRG LB").charge(b, 12).until(121.5);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  story.until(600);
  EXPECT_THAT(story.started, ElementsAre("120 compute", "122 storage"));
  EXPECT_EQ(story.committed, 1);
  EXPECT_EQ(story.run(), RunState::done) << "latched until recovery";
}

TEST(EngineDecisions, RecoveryReArmsAndTheNextLossGetsAPlanOfItsOwn) {
  RackStory story;
  story.until(9.9).says(a, "OB LB").says(b, "OB LB").until(30);
  EXPECT_EQ(story.committed, 1);
  story.says(a, "OL").says(b, "OL").until(40);
  EXPECT_EQ(story.run(), RunState::armed);
  EXPECT_EQ(story.closed, 1);
  EXPECT_TRUE(story.told("quorum restored -- re-armed for next event"));
  for (const char* host : {"remote:compute", "remote:storage"}) story.world.raise(the_rack, host);
  story.until(60).says(a, "OB LB").says(b, "OB LB").until(90);
  EXPECT_EQ(story.committed, 2);
}

TEST(EngineDecisions, PowerBackDuringTheCountdownCancelsIt) {
  RackStory story(rack({.confirm_for = 30s}));
  story.until(9.9).says(a, "OB LB").says(b, "OB LB").until(25);
  EXPECT_EQ(story.run(), RunState::countdown);
  story.says(b, "OL").until(100);
  EXPECT_EQ(story.run(), RunState::armed);
  EXPECT_THAT(story.started, IsEmpty());
}

TEST(EngineDecisions, UnseenMembersLoseTheQuorumUnderPolicyCritical) {
  RackStory story(rack({.unknown = UnknownCounts::critical}));
  story.until(9.9).unplug(a).unplug(b).until(60);
  EXPECT_EQ(story.verdict(), Verdict::protected_) << "inside the grace";
  story.until(90);
  EXPECT_EQ(story.state(a), MemberState::unknown);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineDecisions, UnseenMembersShutNothingDownUnderPolicyEvidence) {
  RackStory story(rack({.unknown = UnknownCounts::evidence}));
  story.until(9.9).unplug(a).unplug(b).until(3600);
  EXPECT_EQ(story.verdict(), Verdict::blind);
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineDecisions, BlindForTooLongShutsDownWhenTheUserSaidSo) {
  Site site = rack({.unknown = UnknownCounts::evidence});
  site.groups[0].quorum.blind_shutdown_after = 5min;
  RackStory story(site);
  story.until(9.9).unplug(a).unplug(b).until(370);
  EXPECT_EQ(story.committed, 0);
  story.until(380);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineDecisions, OneUnseenAndOneCriticalIsEnoughUnderPolicyEvidence) {
  RackStory story(rack({.unknown = UnknownCounts::evidence}));
  story.until(9.9).unplug(a).until(100);
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost);
  story.says(b, "OB LB").until(102);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineDecisions, LostFromSightWhileOnBatteryIsEvidenceAfterEveryPathWasTried) {
  RackStory story(rack({.unknown = UnknownCounts::evidence}));
  story.until(9.9).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
  EXPECT_EQ(story.verdict(), Verdict::protected_);
  story.unplug(a).unplug(b).until(29);
  EXPECT_EQ(story.committed, 0) << "failsafe_after is 10 s";
  story.until(35);
  EXPECT_EQ(story.state(a), MemberState::critical);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineDecisions, TheSweepFindsAPathThatStillAnswers) {
  Site site = rack({.unknown = UnknownCounts::evidence});
  for (DeviceRule& device : site.devices) {
    for (PathRule& path : device.paths) path.initial_fail = 300s;  // no ordinary failover in time
  }
  RackStory story(site);
  story.until(9.9).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(20);
  for (const DeviceId device : {a, b}) {
    story.world.link(device, primary).kind = sim::Link::Kind::refuses;
  }
  story.until(60);
  EXPECT_EQ(story.state(a), MemberState::degraded);
  EXPECT_EQ(story.engine().comm().active(a), PathRank{2});
  EXPECT_EQ(story.committed, 0);
}

// Standby paths answer heartbeats, and the timers of failover are longer than the members' own.
Site with_heartbeats() {
  Site site = rack();
  for (DeviceRule& device : site.devices) {
    device.probe_interval = 5s;
    for (PathRule& path : device.paths) path.initial_fail = 300s;
  }
  return site;
}

// Nobody looks at what a heartbeat says of the device: it is no reason not to ask.
TEST(EngineDecisions, AnAnsweredHeartbeatDoesNotStandForALookOnBattery) {
  RackStory story(with_heartbeats());
  story.until(30).says(a, "OB DISCHRG").says(b, "OB DISCHRG").until(40);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).kind = Silent;
  story.until(200);
  EXPECT_EQ(story.state(a), MemberState::degraded) << "on battery, and seen";
  EXPECT_EQ(story.state(b), MemberState::degraded);
  EXPECT_EQ(story.engine().comm().active(a), PathRank{2});
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineDecisions, AnAnsweredHeartbeatDoesNotStandForALookOnLine) {
  RackStory story(with_heartbeats());
  story.until(30);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).kind = Silent;
  for (double second = 31; second < 300; ++second) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
  }
  EXPECT_EQ(story.state(a), MemberState::healthy);
  EXPECT_EQ(story.committed, 0);
}

// A sweep of several messages was taken for over when its first one was answered: UNKNOWN for the
// moment that the others took, which was enough to commit a plan.
TEST(EngineDecisions, ASweepIsOverWithItsLastMessage) {
  Site site = rack({.grace = 0s});
  for (DeviceRule& device : site.devices) {
    for (PathRule& path : device.paths) {
      path.initial_fail = 300s;
      path.messages = {3};
    }
  }
  RackStory story(std::move(site));
  story.until(30);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).kind = Silent;
  for (double second = 30; second < 60; second += 0.005) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
    ASSERT_NE(story.state(b), MemberState::unknown) << second;
  }
  EXPECT_EQ(story.engine().comm().active(a), PathRank{2});
  EXPECT_EQ(story.committed, 0);
}

// A path that answers everything with an error is alive (T5), and blind. The device is looked for
// on the others, and does not go back before there is something to see.
TEST(EngineDecisions, ErrorRepliesDoNotBlindADeviceThatHasAnotherPath) {
  RackStory story(with_heartbeats());
  story.until(30);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).kind = Exception;
  for (double second = 31; second < 900; ++second) {
    story.until(second);
    ASSERT_NE(story.state(a), MemberState::unknown) << second;
  }
  EXPECT_EQ(story.engine().comm().active(a), PathRank{2});
  EXPECT_EQ(story.engine().comm().view(a, story.world.now()).flaps, 0);
  for (const DeviceId device : {a, b}) story.world.link(device, primary).kind = Ok;
  story.until(1'000);
  EXPECT_EQ(story.engine().comm().active(a), primary);
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineDecisions, GroupTriggersAreStricterInModeAdd) {
  Site site = rack();
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers->low_battery_threshold = 60;
  RackStory story(site);
  story.charge(a, 50).charge(b, 50).until(9.9).says(a, "OB").says(b, "OB").until(39);
  EXPECT_EQ(story.committed, 0) << "stabilization";
  story.until(42);
  EXPECT_EQ(story.state(a), MemberState::degraded) << "the member's own triggers have not fired";
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineDecisions, GroupTriggersAreMoreTolerantInModeReplace) {
  Site site = rack();
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers->low_battery_threshold = 5;
  site.groups[0].quorum.triggers_mode = TriggersMode::replace;
  RackStory story(site);
  story.charge(a, 15).charge(b, 15).until(9.9).says(a, "OB").says(b, "OB").until(60);
  EXPECT_EQ(story.state(a), MemberState::critical) << "by its own triggers";
  EXPECT_EQ(story.verdict(), Verdict::protected_) << "not by the group's";
  story.charge(a, 4).charge(b, 4).until(63);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
}

TEST(EngineDecisions, ColdStartReadsFirstThenDecides) {
  RackStory story(rack({.unknown = UnknownCounts::critical}));
  story.unplug(a).until(1);
  story.says(b, "OB LB").until(60);
  EXPECT_EQ(story.verdict(), Verdict::blind) << "UPS-A has not reported, the window is open";
  EXPECT_EQ(story.committed, 0);
  EXPECT_TRUE(story.told("deferring the quorum decision at a cold start"));
}

TEST(EngineDecisions, AMistypedHostShutsNothingDown) {
  Site site = rack({.unknown = UnknownCounts::critical});
  RackStory story(site);
  story.unplug(a).unplug(b).until(7200);
  EXPECT_EQ(story.verdict(), Verdict::blind);
  EXPECT_EQ(story.committed, 0);
  EXPECT_TRUE(story.told("never read since the configuration named it"));
}

}  // namespace
}  // namespace nightwatt::core::testing
