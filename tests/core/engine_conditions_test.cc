// The users' own conditions through the whole engine: status points, other schedules, groups.
#include <memory>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

ConditionRule on_point(const std::string& name, bool below, double limit, Duration hold = 0s) {
  ConditionRule rule;
  rule.variable = name;
  rule.point = point_named(name);
  rule.of_comm = true;
  rule.below = below;
  rule.limit = limit;
  rule.hold = hold;
  return rule;
}

ConditionRule hot(double limit, bool critical) {
  ConditionRule rule;
  rule.variable = "ups.temperature";
  rule.id = id_of(Variable::ups_temperature);
  rule.limit = limit;
  rule.critical = critical;
  return rule;
}

std::shared_ptr<const ConditionRules> rules(ConditionRule rule) {
  return std::make_shared<const ConditionRules>(ConditionRules{std::move(rule)});
}

bool shows(const RackStory& story, DeviceId device, std::string_view words) {
  for (const Reason& reason : story.engine().member(device)->reasons) {
    if (sentence(reason).find(words) != std::string::npos) return true;
  }
  return false;
}

TEST(EngineConditions, SuccessThatFallsDegradesUntilItIsBack) {
  Site site = rack({.paths = 1});
  site.members[0].triggers.conditions = rules(on_point("comm.success.hour", true, 80));
  RackStory story(site);
  story.until(30);
  EXPECT_EQ(story.state(a), MemberState::healthy);
  story.unplug(a).until(50);
  EXPECT_TRUE(shows(story, a, "comm.success.hour")) << "judged when a poll fails";
  story.plug(a).until(90);
  EXPECT_EQ(story.state(a), MemberState::degraded) << "seen again, and not forgotten yet";
  EXPECT_TRUE(shows(story, a, "is below 80 %"));
  EXPECT_EQ(story.state(b), MemberState::healthy);
  story.until(600);
  EXPECT_EQ(story.state(a), MemberState::healthy);
}

TEST(EngineConditions, AMoveIsJudgedAtOnce) {
  Site site = rack();
  site.members[0].triggers.conditions = rules(on_point("comm.active.line", false, 1));
  RackStory story(site);
  story.until(10.5);
  story.ask(PathSelected{.request = RequestId{1}, .device = a, .path = PathRank{2}});
  EXPECT_EQ(story.state(a), MemberState::degraded);
  EXPECT_TRUE(shows(story, a, "comm.active.line 2 is above 1"));
}

TEST(EngineConditions, ForEndsWithoutAnyEvent) {
  Site site = rack();
  site.members[0].triggers.conditions = rules(on_point("comm.active.line", false, 1, 7s));
  RackStory story(site);
  story.until(10);
  story.ask(PathSelected{.request = RequestId{1}, .device = a, .path = PathRank{2}});
  EXPECT_EQ(story.state(a), MemberState::healthy);
  story.until(16.9);
  EXPECT_EQ(story.state(a), MemberState::healthy);
  story.until(17.1);
  EXPECT_EQ(story.state(a), MemberState::degraded);
}

// Safety, invariant 1: not even where DEGRADED counts as failed.
TEST(EngineConditions, TroubleOfAWireIsNoTroubleOfAFeed) {
  Site site = rack({.degraded = DegradedCounts::critical, .min_healthy = 2});
  for (MemberRule& member : site.members) {
    member.triggers.conditions = rules(on_point("comm.path.1.attempts", false, 0));
  }
  RackStory story(site);
  story.until(60);
  EXPECT_EQ(story.state(a), MemberState::degraded);
  EXPECT_EQ(story.state(b), MemberState::degraded);
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost) << "both are healthy feeds";
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineConditions, ACriticalOneOnLineIsAFailedMemberAndNoEvidence) {
  Site site = rack({.unknown = UnknownCounts::evidence});
  site.members[0].triggers.conditions = rules(hot(45, true));
  RackStory story(site);
  story.until(10).world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(15);
  EXPECT_EQ(story.state(a), MemberState::critical);
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost);
  story.unplug(b).until(120);
  EXPECT_EQ(story.state(b), MemberState::unknown);
  EXPECT_EQ(story.verdict(), Verdict::blind) << "heat is no sign that power failed";
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineConditions, ACriticalOneOnBatteryIsEvidence) {
  Site site = rack({.unknown = UnknownCounts::evidence});
  site.members[0].triggers.conditions = rules(hot(45, true));
  RackStory story(site);
  story.until(10).unplug(b).until(120);
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost);
  story.says(a, "OB").world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(125);
  EXPECT_TRUE(story.engine().member(a)->evidence);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
}

TEST(EngineConditions, AGroupsOwnCountForThatGroup) {
  Site site = rack({.degraded = DegradedCounts::critical});
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers->conditions = rules(hot(45, false));
  RackStory story(site);
  story.until(10).world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(15);
  EXPECT_EQ(story.state(a), MemberState::healthy) << "its own triggers say nothing";
  EXPECT_EQ(story.verdict(), Verdict::redundancy_lost);
  const GroupView group = story.engine().group(the_rack, story.world.now());
  ASSERT_EQ(group.members[0].reasons.size(), 1u);
  EXPECT_EQ(sentence(group.members[0].reasons[0]), "ups.temperature 50 °C is above 45 °C");
  EXPECT_TRUE(story.told("Condition met (a group's triggers): ups.temperature 50 °C"));
}

TEST(EngineConditions, InModeReplaceTheMembersOwnDoNotCount) {
  Site site = rack({.degraded = DegradedCounts::critical});
  site.members[0].triggers.conditions = rules(hot(45, true));
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers_mode = TriggersMode::replace;
  RackStory story(site);
  story.until(10).world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(15);
  EXPECT_EQ(story.state(a), MemberState::critical);
  EXPECT_EQ(story.verdict(), Verdict::protected_);
}

// A variable that only the second schedule reads.
TEST(EngineConditions, OtherSchedulesAreSeenWhenTheirPollsEnd) {
  Site site = rack();
  site.devices[0].schedules = std::vector<ScheduleRule>(2);
  site.devices[0].schedules[0].interval = 20s;
  site.devices[0].schedules[1].interval = 5s;
  site.members[0].stale_after = 100s;
  ConditionRule rule = hot(45, false);
  site.members[0].triggers.conditions = rules(rule);
  RackStory story(site);
  story.until(42).world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(44);
  EXPECT_EQ(story.state(a), MemberState::healthy);
  story.until(65);
  EXPECT_EQ(story.state(a), MemberState::degraded);
}

TEST(EngineConditions, AReloadKeepsWhatFires) {
  Site site = rack();
  site.members[0].triggers.conditions = rules(hot(45, false));
  RackStory story(site);
  story.until(10).world.ups(a).set(Variable::ups_temperature, 50, story.world.now());
  story.until(15);
  ASSERT_EQ(story.state(a), MemberState::degraded);
  Engine copy = story.engine();
  Effects effects;
  ASSERT_TRUE(copy.reload(site, story.world.now(), effects));
  EXPECT_EQ(copy.member(a)->state, MemberState::degraded);
}

}  // namespace
}  // namespace nightwatt::core::testing
