// A feed that was read before a restart of the daemon and is out of sight after it is a lost feed,
// not a typing error: with evidence from the others it counts as failed (invariant 2). It used to
// be in doubt for ever, and the group stayed blind while its last UPS ran flat.
#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

// UPS-A never answers; UPS-B is read on battery with its own low-battery verdict.
Verdict after_restart(bool a_was_read_before, UnknownCounts policy) {
  RackOptions options;
  options.unknown = policy;
  Engine engine(rack(options), RunId{1}, Instant{});
  if (a_was_read_before) engine.recall_read(DeviceId{0});
  std::vector<Event> events;
  for (Instant now{}; now < at_s(200); now += 100ms) {
    Effects out;
    engine.step(events, now, out);
    events.clear();
    for (const Effect& effect : out) {
      const auto* sent = std::get_if<SendMessage>(&effect);
      if (sent == nullptr) continue;
      if (sent->device == DeviceId{0}) {
        events.push_back(MessageFailed{sent->transaction, MessageFailure::unreachable, "refused"});
      } else {
        Reading reading;
        reading.status = parse_status("OB LB");
        events.push_back(MessageReplied{sent->transaction, reading});
      }
    }
  }
  return engine.group(GroupId{0}, at_s(200)).verdict;
}

TEST(Regression, AFeedThatIsOutOfSightAfterARestartCountsAsItsPolicySays) {
  EXPECT_EQ(after_restart(true, UnknownCounts::evidence), Verdict::quorum_lost);
  EXPECT_EQ(after_restart(true, UnknownCounts::critical), Verdict::quorum_lost);
  EXPECT_EQ(after_restart(true, UnknownCounts::healthy), Verdict::redundancy_lost);
}

TEST(Regression, AMemberThatNoDaemonEverReadStillShutsNothingDown) {
  EXPECT_EQ(after_restart(false, UnknownCounts::evidence), Verdict::blind);
  EXPECT_EQ(after_restart(false, UnknownCounts::critical), Verdict::blind);
}

}  // namespace
}  // namespace nightwatt::core::testing
