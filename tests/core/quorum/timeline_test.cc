// Members and their group together: the requirement's failure timeline, and scenarios that were
// measured on today's peers (power-quorum, sections 4 and 5).
#include <memory>

#include "core/quorum/watch.h"
#include "tests/core/power/story.h"

namespace nightwatt::core::testing {
namespace {

class Rack {
 public:
  explicit Rack(UnknownCounts unknown = UnknownCounts::critical, int count = 2) {
    rule.unknown_counts_as = unknown;
    for (int i = 0; i < count; ++i) {
      ups.emplace_back(std::string("UPS-") + static_cast<char>('A' + i));
      ups.back().rule.advisory = true;
    }
  }
  QuorumRule rule{};
  std::vector<Story> ups{};
  GroupWatch watch{};
  Effects effects{};
  int losses = 0;

  // One second: each UPS gives a reading ("" = its poll brings none), then the group is looked at.
  Rack& tick(double second, const std::vector<std::string>& statuses, const Numbers& numbers = {}) {
    for (std::size_t i = 0; i < ups.size(); ++i) {
      if (statuses[i].empty()) {
        ups[i].miss(second);
      } else {
        ups[i].read(second, statuses[i], numbers);
      }
    }
    return look(second);
  }
  Rack& look(double second) {
    std::vector<MemberInput> members;
    for (Story& each : ups) {
      each.at(second);
      members.push_back(input_of(view(each.memory), each.name()));
    }
    const Verdict before = watch.verdict;
    observe(watch, rule, "rack", members, at_s(second), effects);
    if (before != watch.verdict && watch.verdict == Verdict::quorum_lost) ++losses;
    return *this;
  }
  std::string states() const {
    std::string out;
    for (const Story& each : ups) out += std::string(to_string(each.state())) + " ";
    return out + std::string(to_string(watch.verdict));
  }
};

TEST(Timeline, OfTheRequirement) {
  Rack rack;
  const Numbers full{{charge, "100"}, {runtime, "1800"}};
  const Numbers low{{charge, "15"}, {runtime, "1800"}};
  const auto both = [&](double s, const char* a, const Numbers& of_a, const char* b,
                        const Numbers& of_b) {
    rack.ups[0].read(s, a, of_a);
    rack.ups[1].read(s, b, of_b);
    rack.look(s);
  };
  for (int s = -5; s < 0; ++s) both(s, "OL", full, "OL", full);
  EXPECT_EQ(rack.states(), "HEALTHY HEALTHY protected");
  for (int s = 0; s < 60; ++s) {
    both(s, "OB DISCHRG", full, "OL", full);
    ASSERT_EQ(rack.states(), "DEGRADED HEALTHY protected") << s;
  }
  for (int s = 60; s < 90; ++s) {
    both(s, "OB DISCHRG", low, "OL", full);
    ASSERT_EQ(rack.states(), "CRITICAL HEALTHY redundancy_lost") << s;
  }
  for (int s = 90; s < 120; ++s) {
    both(s, "OB DISCHRG", low, "OB DISCHRG", full);
    ASSERT_EQ(rack.states(), "CRITICAL DEGRADED redundancy_lost") << s;
  }
  both(120, "OB DISCHRG", low, "OB DISCHRG", low);
  EXPECT_EQ(rack.states(), "CRITICAL CRITICAL quorum_lost");
  EXPECT_EQ(rack.losses, 1);
  for (int s = 121; s < 300; ++s) both(s, "OB DISCHRG", low, "OB DISCHRG", low);
  EXPECT_EQ(rack.losses, 1);
}

TEST(Timeline, WithDegradedAsCriticalItFallsAtTheSecondTransfer) {
  Rack rack;
  rack.rule.degraded_counts_as = DegradedCounts::critical;
  rack.tick(0, {"OL", "OL"}).tick(1, {"OB", "OL"});
  EXPECT_EQ(rack.watch.verdict, Verdict::redundancy_lost);
  rack.tick(2, {"OB", "OB"});
  EXPECT_EQ(rack.watch.verdict, Verdict::quorum_lost);
}

TEST(Scenario, OneOfTwoLowHoldsTheQuorum) {
  Rack rack;
  for (int s = 0; s < 15; ++s) rack.tick(s, {"OB DISCHRG LB", "OL"}, {{charge, "14"}});
  EXPECT_EQ(rack.states(), "CRITICAL HEALTHY redundancy_lost");
  EXPECT_EQ(rack.ups[0].told(NoticeKind::advisory),
            std::vector<std::string>{"Trigger condition met (advisory, redundancy group): on "
                                     "battery, and the UPS says low battery (OB LB)"});
  for (int s = 15; s < 20; ++s) rack.tick(s, {"OB DISCHRG LB", "OB DISCHRG LB"});
  EXPECT_EQ(rack.watch.verdict, Verdict::quorum_lost);
  EXPECT_EQ(rack.losses, 1);
}

TEST(Scenario, LostRestoredLostFiresTwice) {
  Rack rack;
  rack.tick(0, {"OL", "OL"}).tick(1, {"OB LB", "OB LB"}).tick(2, {"OL", "OL"});
  rack.tick(3, {"OB LB", "OB LB"});
  EXPECT_EQ(rack.losses, 2);
}

TEST(Scenario, LowBatteryFlagNeedsNoNumbers) {
  Rack rack;
  rack.tick(0, {"OB LB", "OB LB"}, {{charge, "50"}, {runtime, "3600"}});
  EXPECT_EQ(rack.watch.verdict, Verdict::quorum_lost);
  Rack bare;
  bare.tick(0, {"OB LB", "OB LB"});
  EXPECT_EQ(bare.watch.verdict, Verdict::quorum_lost);
}

TEST(Scenario, GarbageNumbersDecideNothing) {
  Rack rack;
  for (int s = 0; s < 120; ++s) {
    rack.tick(s, {"OB", "OB"}, {{charge, "nan"}, {runtime, "-1"}, {load, "999999"}});
  }
  EXPECT_EQ(rack.states(), "DEGRADED DEGRADED protected");
}

// The words that peers count as healthy.
TEST(Scenario, WordsThatAreNotPower) {
  const auto after = [](const std::string& status) {
    Rack rack;
    for (int s = 0; s < 3; ++s) rack.tick(s, {status, status}, {{load, "120"}});
    return rack.states();
  };
  EXPECT_EQ(after("OFF"), "CRITICAL CRITICAL quorum_lost");
  EXPECT_EQ(after("OL OFF"), "CRITICAL CRITICAL quorum_lost");
  EXPECT_EQ(after("OL OVER"), "CRITICAL CRITICAL quorum_lost");
  EXPECT_EQ(after("OL BYPASS"), "DEGRADED DEGRADED protected");
  EXPECT_EQ(after("OL ALARM"), "DEGRADED DEGRADED protected");
  EXPECT_FALSE(reading_of("WAIT").usable());
  EXPECT_FALSE(reading_of("ALARM").usable());
}

TEST(Scenario, AnHourOfSuspendWhileOnLineShutsNothingDown) {
  for (const auto policy : {UnknownCounts::critical, UnknownCounts::evidence}) {
    Rack rack(policy);
    for (int s = 0; s < 10; ++s) rack.tick(s, {"OL", "OL"});
    for (Story& ups : rack.ups) clock_gap(ups.memory, at_s(3610));
    clock_gap(rack.watch, rack.rule, at_s(3610));
    // The engine's first step after the gap goes straight to the present.
    std::vector<MemberInput> members;
    for (Story& ups : rack.ups) {
      PowerOut out{ups.effects};
      advance(ups.memory, ups.watched(), true, at_s(3610), out);
      members.push_back(input_of(view(ups.memory), ups.name()));
    }
    observe(rack.watch, rack.rule, "rack", members, at_s(3610), rack.effects);
    EXPECT_EQ(rack.states(), "HEALTHY HEALTHY protected");
    rack.tick(3611, {"OL", "OL"});
    EXPECT_EQ(rack.states(), "HEALTHY HEALTHY protected");
    EXPECT_EQ(rack.losses, 0);
  }
}

TEST(Scenario, AllOutOfSightOnLineShutsDownOnlyByPolicy) {
  const auto after = [](UnknownCounts policy) {
    Rack rack(policy);
    for (int s = 0; s < 10; ++s) rack.tick(s, {"OL", "OL"});
    for (int s = 10; s < 200; ++s) rack.tick(s, {"", ""});
    return rack.states();
  };
  EXPECT_EQ(after(UnknownCounts::critical), "UNKNOWN UNKNOWN quorum_lost");
  EXPECT_EQ(after(UnknownCounts::evidence), "UNKNOWN UNKNOWN blind");
}

// All links gone at once while on battery must end in an orderly shutdown, under every policy.
TEST(Scenario, AllOutOfSightOnBatteryIsALoss) {
  for (const auto policy : {UnknownCounts::critical, UnknownCounts::degraded,
                            UnknownCounts::healthy, UnknownCounts::evidence}) {
    Rack rack(policy);
    for (int s = 0; s < 10; ++s) rack.tick(s, {"OB", "OB"});
    for (int s = 10; s < 19; ++s) rack.tick(s, {"", ""});
    EXPECT_NE(rack.watch.verdict, Verdict::quorum_lost);
    rack.tick(19, {"", ""});
    EXPECT_EQ(rack.states(), "CRITICAL CRITICAL quorum_lost") << to_string(policy);
  }
}

TEST(Scenario, TheSeenMembersEndIsEvidenceForTheUnseenOne) {
  Rack rack(UnknownCounts::evidence);
  for (int s = 0; s < 5; ++s) rack.tick(s, {"OL", "OL"});
  for (int s = 5; s < 100; ++s) rack.tick(s, {"OL", ""});
  EXPECT_EQ(rack.states(), "HEALTHY UNKNOWN redundancy_lost");
  rack.tick(100, {"OB LB", ""});
  EXPECT_EQ(rack.states(), "CRITICAL UNKNOWN quorum_lost");
}

TEST(Scenario, AMistypedHostShutsNothingDown) {
  Rack rack;
  for (int s = 0; s < 300; ++s) rack.tick(s, {"OL", ""});
  EXPECT_EQ(rack.states(), "HEALTHY UNKNOWN redundancy_lost");
  rack.tick(300, {"OB LB", ""});
  EXPECT_EQ(rack.states(), "CRITICAL UNKNOWN blind");
}

TEST(Scenario, AShortOutageOfCommunicationIsQuiet) {
  Rack rack;
  for (int s = 0; s < 10; ++s) rack.tick(s, {"OL", "OL"});
  for (int s = 10; s < 69; ++s) rack.tick(s, {"", ""});
  EXPECT_EQ(rack.watch.verdict, Verdict::protected_);
  rack.tick(69, {"OL", "OL"});
  EXPECT_EQ(rack.states(), "HEALTHY HEALTHY protected");
}

TEST(Scenario, ABatteryTestOfBothShutsNothingDown) {
  Rack rack;
  rack.rule.min_healthy = 2;
  for (int s = 0; s < 600; ++s) rack.tick(s, {"OB CAL LB", "OB CAL LB"}, {{charge, "8"}});
  EXPECT_EQ(rack.states(), "DEGRADED DEGRADED redundancy_lost");
}

// --- a group's own triggers ---------------------------------------------------------------------

struct TwoLooks {
  explicit TwoLooks(double group_threshold, double own_threshold) {
    own.rule.triggers.low_battery_threshold = own_threshold;
    group.rule.triggers.low_battery_threshold = group_threshold;
    group.voice = Voice::group;
  }
  Story own{};
  Story group{};
  MemberState state(TriggersMode mode, const std::string& percent) {
    for (int s = 0; s <= 40; ++s) {
      own.read(s, "OB", {{charge, percent}});
      group.read(s, "OB", {{charge, percent}});
    }
    return deciding_view(view(own.memory), &view(group.memory), mode).state;
  }
};

TEST(GroupTriggers, AddIsOnlyStricter) {
  EXPECT_EQ(TwoLooks(50, 20).state(TriggersMode::add, "40"), MemberState::critical);
  EXPECT_EQ(TwoLooks(20, 50).state(TriggersMode::add, "40"), MemberState::critical);
  EXPECT_EQ(TwoLooks(20, 20).state(TriggersMode::add, "40"), MemberState::degraded);
}

TEST(GroupTriggers, ReplaceMayBeMoreTolerant) {
  EXPECT_EQ(TwoLooks(20, 50).state(TriggersMode::replace, "40"), MemberState::degraded);
  EXPECT_EQ(TwoLooks(50, 20).state(TriggersMode::replace, "40"), MemberState::critical);
}

}  // namespace
}  // namespace nightwatt::core::testing
