// Deadlines of a group's own triggers, and how much power a group believes to have left.
#include <gtest/gtest.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

// Only the member's own deadlines were woken for after a reading: a group trigger that was due
// between two slow polls waited for the next of them.
TEST(Regression, AGroupsOwnTriggerFiresOnTimeBetweenTwoSlowPolls) {
  Site site = rack();
  for (std::uint32_t i = 0; i < 2; ++i) {
    site.devices[i].poll_interval = 60s;
    site.members[i].poll_interval = 60s;
    site.members[i].stale_after = 300s;
    site.members[i].triggers.on_battery_stabilization_delay = 0s;
    site.members[i].triggers.low_battery_threshold = 0;
    site.members[i].triggers.critical_runtime_threshold = 0s;
  }
  TriggerRule strict = site.members[0].triggers;
  strict.extended_time_threshold = 100s;
  site.groups[0].quorum.triggers = strict;
  RackStory story(site);
  story.until(59).says(a, "OB").says(b, "OB");
  story.until(130);
  const auto since = story.engine().member(a)->on_battery_since;
  ASSERT_TRUE(since.has_value());
  story.world.run_until(*since + 99s);
  ASSERT_NE(story.verdict(), Verdict::quorum_lost);
  const auto later = story.engine().member(b)->on_battery_since;
  story.world.run_until(std::max(*since, *later) + 100s + 2ms);
  EXPECT_EQ(story.verdict(), Verdict::quorum_lost);
}

// "OL" was taken for a feed from the mains although the UPS had switched its output off: the
// countdown was not cut short while the only real feed ran flat.
TEST(Regression, AUpsThatIsOffLiftsNoPowerLimit) {
  RackStory story(rack({.confirm_for = 600s}));
  story.until(9.9);
  story.says(a, "OL OFF").says(b, "OB LB");
  story.world.ups(b).set(Variable::battery_runtime, 30, story.world.now());
  story.until(40);
  ASSERT_EQ(story.verdict(), Verdict::quorum_lost);
  EXPECT_TRUE(story.told("cut short")) << "half a minute of power, ten minutes of countdown";
  EXPECT_EQ(story.committed, 1);
}

}  // namespace
}  // namespace nightwatt::core::testing
