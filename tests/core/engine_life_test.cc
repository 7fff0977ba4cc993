// What people, restarts, gaps and reloads do to the whole engine.
#include <gmock/gmock.h>

#include "base/archive.h"
#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RackStory& lose_quorum(RackStory& story) { return story.says(a, "OB LB").says(b, "OB LB"); }

TEST(EngineLife, AfterASuspendMembersAreReadAgainFirst) {
  RackStory story(rack({.unknown = UnknownCounts::critical}));
  story.until(100);
  story.world.stall(1h);
  story.until(3701.5);
  EXPECT_TRUE(story.told("nothing ran for"));
  EXPECT_EQ(story.verdict(), Verdict::protected_);
  EXPECT_EQ(story.committed, 0) << "an hour without readings is no evidence";
}

TEST(EngineLife, FreshEvidenceAfterASuspendActsAtOnce) {
  RackStory story;
  story.until(100);
  lose_quorum(story);
  story.world.stall(1h);
  story.until(3703);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineLife, AShortStallIsNoGap) {
  RackStory story;
  story.until(100);
  story.world.stall(4s);
  story.until(200);
  EXPECT_FALSE(story.told("nothing ran for"));
}

TEST(EngineLife, ARestartInTheMiddleOfAPlanGoesOnWhereItWas) {
  RackStory story;
  story.world.machine(the_rack, "remote:storage").takes = 15s;
  story.until(9.9);
  lose_quorum(story).until(15);
  ASSERT_THAT(story.started, ElementsAre("10 compute", "12 storage"));
  story.world.crash();
  story.until(16);
  story.world.start();
  story.until(60);
  EXPECT_THAT(story.started, ElementsAre("10 compute", "12 storage", "16 storage"));
  EXPECT_EQ(story.committed, 1);
  EXPECT_EQ(story.run(), RunState::done);
}

TEST(EngineLife, ARestartWithPowerBackAbandonsTheRest) {
  RackStory story;
  story.world.machine(the_rack, "remote:compute").act = sim::Machine::Act::hang;
  story.until(9.9);
  lose_quorum(story).until(12);
  story.world.crash();
  story.says(a, "OL").says(b, "OL").until(14);
  story.world.start();
  story.until(30);
  EXPECT_THAT(story.started, ElementsAre("10 compute"));
  EXPECT_EQ(story.run(), RunState::armed);
  EXPECT_TRUE(story.told("abandoned, power was back"));
}

TEST(EngineLife, AbortBeforeThePointOfNoReturnHoldsTheGroup) {
  RackStory story(rack({.confirm_for = 30s}));
  story.until(9.9);
  lose_quorum(story).until(20);
  const Answer answer = story.ask(AbortRequested{{}, the_rack, 60s});
  EXPECT_TRUE(answer.ok);
  EXPECT_EQ(answer.text,
            "shutdown of 'rack' aborted, held for 60 s; then its verdict decides again");
  story.until(79);
  EXPECT_EQ(story.run(), RunState::held);
  story.until(81);
  EXPECT_EQ(story.run(), RunState::countdown) << "the verdict is a level";
  story.until(120);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineLife, AbortAfterThePointOfNoReturnSkipsWhatHasNotStarted) {
  RackStory story;
  story.world.machine(the_rack, "remote:compute").takes = 10s;
  story.until(9.9);
  lose_quorum(story).until(15);
  const Answer answer = story.ask(AbortRequested{{}, the_rack, 60s});
  EXPECT_TRUE(answer.ok);
  EXPECT_THAT(answer.text, HasSubstr("skipped, because not started: storage"));
  story.until(60);
  EXPECT_THAT(story.started, ElementsAre("10 compute"));
}

TEST(EngineLife, RequestsThatMakeNoSenseAreRefusedWithAReason) {
  RackStory story;
  story.until(9.9);
  EXPECT_EQ(story.ask(AbortRequested{{}, the_rack, 60s}).text, "nothing to abort: 'rack' is armed");
  EXPECT_FALSE(story.answer.ok);
  EXPECT_EQ(story.ask(ReleaseRequested{{}, the_rack}).text, "'rack' is not held");
  EXPECT_EQ(story.ask(HoldRequested{{}, the_rack, 0s}).text,
            "a hold must end: say for how long, for example --for 10m");
  EXPECT_TRUE(story.ask(HoldRequested{{}, the_rack, 60s}).ok);
  EXPECT_TRUE(story.ask(ReleaseRequested{{}, the_rack}).ok);
  EXPECT_EQ(story.run(), RunState::armed);
}

TEST(EngineLife, AHoldSurvivesARestart) {
  RackStory story;
  story.until(9.9);
  ASSERT_TRUE(story.ask(HoldRequested{{}, the_rack, 300s}).ok);
  story.world.crash();
  story.until(12);
  story.world.start();
  lose_quorum(story).until(300);
  EXPECT_EQ(story.run(), RunState::held);
  EXPECT_THAT(story.started, IsEmpty());
  story.until(320);
  EXPECT_EQ(story.committed, 1);
}

TEST(EngineLife, MaintenanceThatTheQuorumNeedsIsRefusedUnlessForced) {
  RackStory story(rack({.min_healthy = 2}));
  story.until(9.9);
  const Answer refused = story.ask(MaintenanceRequested{{}, a, 600s, false});
  EXPECT_FALSE(refused.ok);
  EXPECT_THAT(refused.text, HasSubstr("group rack"));
  EXPECT_TRUE(story.ask(MaintenanceRequested{{}, a, 600s, true}).ok);
  EXPECT_EQ(story.state(a), MemberState::maintenance);
  EXPECT_EQ(story.verdict(), Verdict::blind) << "maintenance alone is never a loss";
  story.until(615);
  EXPECT_EQ(story.state(a), MemberState::healthy) << "it ends by itself";
}

TEST(EngineLife, APathIsSelectedByHandAndRefusedWhenItCannotBeUsed) {
  RackStory story;
  story.until(9.9);
  EXPECT_TRUE(story.ask(PathSelected{{}, a, PathRank{2}}).ok);
  EXPECT_EQ(story.engine().comm().active(a), PathRank{2});
  story.world.report_comm(CommId{0}, CommState::disabled);
  story.until(12);
  const Answer answer = story.ask(PathSelected{{}, a, PathRank{1}});
  EXPECT_FALSE(answer.ok);
  EXPECT_THAT(answer.text, HasSubstr("comm-A1 is disabled"));
  story.world.report_comm(CommId{0}, CommState::ok);
  story.until(120);
  EXPECT_EQ(story.engine().comm().active(a), primary) << "retry primary applies to an override";
}

TEST(EngineLife, StopStartsNothingNewAndFinishesWhatIsCommitted) {
  RackStory story(rack({.confirm_for = 30s}));
  story.until(9.9);
  lose_quorum(story).until(20);
  story.ask(StopRequested{});
  story.until(200);
  EXPECT_EQ(story.committed, 0);

  RackStory running;
  running.until(9.9);
  lose_quorum(running).until(11.5);
  ASSERT_TRUE(running.engine().busy());
  running.ask(StopRequested{});
  running.until(60);
  EXPECT_THAT(running.started, ElementsAre("10 compute", "12 storage"));
  EXPECT_FALSE(running.engine().busy());
}

TEST(EngineLife, ReloadKeepsMembersVerdictAndTheRunUnderWay) {
  RackStory story;
  story.world.machine(the_rack, "remote:compute").takes = 10s;
  story.until(9.9);
  lose_quorum(story).until(15);
  Site changed = rack();
  changed.groups[0].plan.steps.pop_back();  // the next run's plan; this one keeps its own
  ASSERT_TRUE(story.world.reload(changed));
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_EQ(story.state(a), MemberState::critical);
  EXPECT_EQ(story.run(), RunState::running);
}

TEST(EngineLife, ReloadIsRefusedWhenARunningGroupWouldVanish) {
  RackStory story;
  story.world.machine(the_rack, "remote:compute").takes = 10s;
  story.until(9.9);
  lose_quorum(story).until(15);
  Site renamed = rack();
  renamed.groups[0].name = "other";
  const auto refused = story.world.reload(renamed);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            "group 'rack' is running its plan and is not in the new configuration");
  EXPECT_EQ(story.run(), RunState::running);
  story.until(60);
  EXPECT_THAT(story.started, ElementsAre("10 compute", "20 storage"));
}

TEST(EngineLife, ReloadMatchesByNameWhenTheOrderChanges) {
  RackStory story;
  story.until(9.9).says(a, "OB LB").until(12);
  Site swapped = rack();
  std::swap(swapped.devices[0], swapped.devices[1]);
  ASSERT_TRUE(story.world.reload(swapped));
  EXPECT_EQ(story.state(DeviceId{1}), MemberState::critical) << "UPS-A is the second device now";
  EXPECT_EQ(story.state(DeviceId{0}), MemberState::healthy);
}

TEST(EngineLife, ItsStateIsAValueThatIsWrittenAndReadBack) {
  RackStory story;
  story.until(9.9);
  lose_quorum(story).until(11.5);
  EXPECT_TRUE(story.world.reincarnate());
  story.until(60);
  EXPECT_THAT(story.started, ElementsAre("10 compute", "12 storage"));
}

}  // namespace
}  // namespace nightwatt::core::testing
