// A group's verdict over time: cold start, clock gap, blindness, edges (power-quorum, section 3).
#include "core/quorum/watch.h"

#include "base/archive.h"
#include "tests/core/quorum/members.h"

namespace nightwatt::core::testing {
namespace {

Instant second(double s) { return Instant(Duration(static_cast<std::int64_t>(s * 1000))); }

struct Group {
  explicit Group(QuorumRule with) : rule(std::move(with)) {}
  QuorumRule rule;
  GroupWatch watch{};
  Effects effects{};
  std::vector<MemberInput> members{};

  // `read_at`: when all members that were ever read gave their last reading.
  Verdict see(double at, std::string_view word, double read_at) {
    members = members_of(word);
    for (auto& member : members) {
      if (member.ever_read) member.last_reading = second(read_at);
    }
    return look(at);
  }
  Verdict see(double at, std::string_view word) { return see(at, word, at); }
  Verdict look(double at) {
    observe(watch, rule, "rack-1", members, second(at), effects);
    return watch.verdict;
  }
  std::vector<std::string> told() {
    std::vector<std::string> out;
    for (const Effect& effect : effects) {
      const auto& notice = std::get<Notice>(effect);
      out.push_back(std::string(to_string(notice.severity)) + " " + notice.message);
    }
    effects.clear();
    return out;
  }
};

TEST(ColdStart, NothingWorseThanBlindUntilEveryMemberReported) {
  Group rack(policy(2));
  EXPECT_EQ(rack.see(0, "NNN"), Verdict::blind);
  EXPECT_EQ(rack.see(1, "CNN"), Verdict::blind);
  EXPECT_EQ(rack.see(2, "CCN"), Verdict::blind) << "2 of 3 failed, and still we read first";
  EXPECT_EQ(rack.see(3, "CCH"), Verdict::quorum_lost);
}

TEST(ColdStart, OrTheWindowEnds) {
  Group rack(policy(2));
  rack.see(0, "CCN");
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), second(80));
  EXPECT_EQ(rack.see(79.9, "CCN"), Verdict::blind);
  EXPECT_EQ(rack.see(80, "CCN"), Verdict::quorum_lost);
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), std::nullopt);
}

TEST(ColdStart, TheDeferralIsToldOnce) {
  Group rack(policy(1));
  rack.see(0, "NN");
  EXPECT_EQ(rack.told(),
            std::vector<std::string>{"info rack-1: deferring the quorum decision at a cold start, "
                                     "for at most 80 s; no reading yet from: UPS-A, UPS-B"});
  rack.see(1, "CN");
  EXPECT_TRUE(rack.told().empty());
}

TEST(ColdStart, ThatOneMemberWasReadFirstAlarmsNobody) {
  QuorumRule rule = policy(1);
  rule.unknown_counts_as = UnknownCounts::evidence;
  Group rack(rule);
  rack.see(0, "NN");
  rack.told();
  EXPECT_EQ(rack.see(1, "HN"), Verdict::redundancy_lost);
  const auto lines = rack.told();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("info ")) << lines[0];
}

TEST(ColdStart, AMemberInMaintenanceOwesNoReading) {
  Group rack(policy(1));
  auto members = members_of("CM");
  members[1].last_reading.reset();
  rack.members = members;
  EXPECT_EQ(rack.look(0), Verdict::quorum_lost);
}

TEST(ColdStart, StillDarkWhenTheWindowEndsIsAnAlarm) {
  Group rack(policy(1));
  rack.see(0, "NN");
  rack.told();
  EXPECT_EQ(rack.see(80, "NN"), Verdict::blind);
  EXPECT_EQ(rack.told(),
            std::vector<std::string>{
                "alarm rack-1: still blind: no member is seen, nothing is shut down: 0 healthy, 1 "
                "needed (UPS-A UNKNOWN is left out, UPS-B UNKNOWN is left out)"});
  rack.see(90, "NN");
  EXPECT_TRUE(rack.told().empty());
}

TEST(ColdStart, AGapInsideItStartsItAgain) {
  Group rack(policy(2));
  rack.see(0, "CNN");
  clock_gap(rack.watch, rack.rule, second(30));
  EXPECT_EQ(rack.see(31, "CCN"), Verdict::blind) << "cold start: fresh evidence must wait, too";
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), second(110));
  EXPECT_EQ(rack.see(32, "CCH"), Verdict::quorum_lost);
}

TEST(Gap, HoldsAgainUntilFreshReadings) {
  Group rack(policy(1));
  rack.see(0, "HH");
  clock_gap(rack.watch, rack.rule, second(3600));
  EXPECT_EQ(rack.see(3600, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.see(3601, "HH"), Verdict::protected_);
  EXPECT_EQ(rack.watch.hold, Hold::none);
}

TEST(Gap, TheHoldEndsWithItsWindow) {
  Group rack(policy(1));
  rack.see(0, "HH");
  clock_gap(rack.watch, rack.rule, second(3600));
  EXPECT_EQ(rack.see(3679.9, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.see(3680, "UU", 0), Verdict::quorum_lost);
}

TEST(Gap, FreshEvidenceThatIsEnoughActsAtOnce) {
  Group rack(policy(2));
  rack.see(0, "HHH");
  clock_gap(rack.watch, rack.rule, second(3600));
  rack.see(3600, "HHH", 0);
  rack.members = members_of("CCU");
  rack.members[0].last_reading = second(3601);
  EXPECT_EQ(rack.look(3601), Verdict::blind) << "one fresh, one of before the gap";
  rack.members[1].last_reading = second(3601);
  EXPECT_EQ(rack.look(3601), Verdict::quorum_lost);
}

TEST(Gap, EvidenceOfBeforeTheGapWaits) {
  Group rack(policy(1));
  rack.see(0, "HC");
  clock_gap(rack.watch, rack.rule, second(3600));
  EXPECT_EQ(rack.see(3600, "CC", 0), Verdict::blind);
  EXPECT_EQ(rack.see(3601, "CC"), Verdict::quorum_lost);
}

TEST(Gap, ALossThatIsHeldBackIsNotARecovery) {
  Group rack(policy(1));
  rack.see(0, "CC");
  rack.told();
  clock_gap(rack.watch, rack.rule, second(60));
  rack.see(60, "CC", 0);
  for (const auto& line : rack.told()) EXPECT_EQ(line.find("re-armed"), std::string::npos) << line;
  EXPECT_TRUE(rack.watch.lost_open);
  rack.see(61, "HC");
  EXPECT_EQ(rack.told(),
            std::vector<std::string>{
                "warning rack-1: quorum restored -- re-armed for next event: 1 healthy, 1 needed "
                "(UPS-A HEALTHY, UPS-B CRITICAL)"});
}

TEST(Edges, OnlyEdgesAreTold) {
  Group rack(policy(1));
  for (int s = 0; s < 5; ++s) rack.see(s, "HH");
  for (int s = 5; s < 9; ++s) rack.see(s, "CH");
  for (int s = 9; s < 12; ++s) rack.see(s, "CC");
  for (int s = 12; s < 15; ++s) rack.see(s, "HH");
  EXPECT_EQ(rack.told(),
            (std::vector<std::string>{
                "info rack-1: blind -> protected: 2 healthy, 1 needed (UPS-A HEALTHY, UPS-B "
                "HEALTHY)",
                "warning rack-1: protected -> redundancy_lost: 1 healthy, 1 needed (UPS-A "
                "CRITICAL, UPS-B HEALTHY)",
                "alarm rack-1: quorum lost: 0 healthy, 1 needed (UPS-A CRITICAL, UPS-B CRITICAL)",
                "info rack-1: quorum restored -- re-armed for next event: 2 healthy, 1 needed "
                "(UPS-A HEALTHY, UPS-B HEALTHY)"}));
  EXPECT_EQ(rack.watch.since, second(12));
}

TEST(Edges, ItFiresAgainAfterRecovery) {
  Group rack(policy(1));
  int losses = 0;
  for (int round = 0; round < 3; ++round) {
    rack.see(round * 10, "HH");
    if (rack.see(round * 10 + 5, "CC") == Verdict::quorum_lost) ++losses;
  }
  EXPECT_EQ(losses, 3);
}

TEST(Edges, TheReasonForTheRecord) {
  Group rack(policy(1));
  rack.see(0, "CC");
  EXPECT_EQ(loss_reason(rack.watch, rack.rule), "quorum lost: 0 healthy, 1 needed");
}

TEST(Blind, AllOutOfSightIsTheLoudestAlarmAndNothingElse) {
  Group rack(policy(1, UnknownCounts::evidence));
  rack.see(0, "HH");
  rack.told();
  EXPECT_EQ(rack.see(60, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.told(),
            std::vector<std::string>{
                "alarm rack-1: protected -> blind: 0 healthy, 1 needed (UPS-A UNKNOWN is left out, "
                "UPS-B UNKNOWN is left out)"});
  EXPECT_EQ(rack.see(1e6, "UU", 0), Verdict::blind);
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), std::nullopt);
  EXPECT_TRUE(rack.told().empty());
}

TEST(Blind, WithOneMemberSeenIsAWarning) {
  Group rack(policy(2, UnknownCounts::evidence));
  rack.see(0, "HH");
  rack.told();
  rack.see(60, "HU");
  EXPECT_EQ(rack.told(),
            std::vector<std::string>{
                "warning rack-1: redundancy_lost -> blind: 1 healthy, 2 needed (UPS-A HEALTHY, "
                "UPS-B UNKNOWN is left out)"});
  rack.see(70, "UU", 60);
  EXPECT_EQ(rack.told().size(), 1u) << "going dark while blind is told, too";
}

TEST(Blind, ShutsDownAfterTheTimeTheUserGave) {
  QuorumRule rule = policy(1, UnknownCounts::evidence);
  rule.blind_shutdown_after = Duration(600'000);
  Group rack(rule);
  rack.see(0, "HH");
  rack.see(60, "UU", 0);
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), second(660));
  EXPECT_EQ(rack.see(659.999, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.see(660, "UU", 0), Verdict::quorum_lost);
  EXPECT_EQ(loss_reason(rack.watch, rack.rule),
            "quorum lost, blind for too long: 0 healthy, 1 needed");
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), std::nullopt);
  EXPECT_EQ(rack.see(700, "HU"), Verdict::redundancy_lost);
}

TEST(Blind, OneSeenMemberStartsTheTimeAgain) {
  QuorumRule rule = policy(2, UnknownCounts::evidence);
  rule.blind_shutdown_after = Duration(600'000);
  Group rack(rule);
  rack.see(0, "HH");
  rack.see(60, "UU", 0);
  EXPECT_EQ(rack.see(600, "HU"), Verdict::blind);
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), std::nullopt);
  rack.see(610, "UU", 600);
  EXPECT_EQ(next_deadline(rack.watch, rack.rule), second(1210));
}

TEST(Blind, AClockGapStartsTheTimeAgain) {
  QuorumRule rule = policy(1, UnknownCounts::evidence);
  rule.blind_shutdown_after = Duration(600'000);
  Group rack(rule);
  rack.see(0, "HH");
  rack.see(60, "UU", 0);
  clock_gap(rack.watch, rack.rule, second(3600));
  EXPECT_EQ(rack.see(3600, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.see(3700, "UU", 0), Verdict::blind);
  EXPECT_EQ(rack.see(4200, "UU", 0), Verdict::quorum_lost);
}

TEST(Blind, NeverForMembersThatWereNeverRead) {
  QuorumRule rule = policy(1, UnknownCounts::evidence);
  rule.blind_shutdown_after = Duration(600'000);
  Group rack(rule);
  rack.see(0, "NN");
  EXPECT_EQ(rack.see(10'000, "NN"), Verdict::blind);
  EXPECT_EQ(rack.see(20'000, "UN", 0), Verdict::blind);
  EXPECT_EQ(rack.see(30'000, "UN", 0), Verdict::blind);
}

TEST(Watch, IsAValue) {
  Group rack(policy(1, UnknownCounts::evidence));
  rack.see(0, "HH");
  rack.see(1, "CC");
  clock_gap(rack.watch, rack.rule, second(60));
  Reader reader(to_bytes(rack.watch));
  GroupWatch copy;
  reader(copy);
  EXPECT_TRUE(reader.ok() && reader.at_end());
  EXPECT_EQ(copy, rack.watch);
}

}  // namespace
}  // namespace nightwatt::core::testing
