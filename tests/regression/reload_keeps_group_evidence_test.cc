// A reload during an outage dropped what the group's own triggers had seen. A member that was then
// lost from sight counted as merely unknown: the quorum came back to life with dead feeds.
#include <gtest/gtest.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

TEST(Regression, ReloadKeepsTheEvidenceOfAGroupsOwnTriggers) {
  Site site = rack({.unknown = UnknownCounts::evidence});
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers_mode = TriggersMode::replace;
  RackStory story(site);
  story.until(9.9).says(a, "OB LB").says(b, "OB LB").until(20);
  ASSERT_EQ(story.verdict(), Verdict::quorum_lost);
  story.unplug(a).unplug(b).until(22);
  ASSERT_TRUE(story.world.reload(site));
  story.until(600);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_EQ(story.closed, 0) << "nobody was seen on line: this is no recovery";
}

}  // namespace
}  // namespace nightwatt::core::testing
