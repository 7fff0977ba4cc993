// The verdict table (power-quorum, section 3): rows by hand, then every group of up to five members
// against an oracle that is written differently, then monotonicity.
#include "tests/core/quorum/members.h"

namespace nightwatt::core::testing {
namespace {

constexpr auto prot = Verdict::protected_;
constexpr auto redu = Verdict::redundancy_lost;
constexpr auto blind = Verdict::blind;
constexpr auto lost = Verdict::quorum_lost;

TEST(Count, TwoFeedsOneNeeded) {
  const auto rule = policy(1);
  EXPECT_EQ(verdict_of(rule, "HH"), prot);
  EXPECT_EQ(verdict_of(rule, "HD"), prot);
  EXPECT_EQ(verdict_of(rule, "HC"), redu);
  EXPECT_EQ(verdict_of(rule, "DC"), redu);
  EXPECT_EQ(verdict_of(rule, "CC"), lost);
  EXPECT_EQ(verdict_of(rule, "HU"), redu);
  EXPECT_EQ(verdict_of(rule, "UU"), lost) << "the user's policy: blindness is enough";
  EXPECT_EQ(verdict_of(rule, "CU"), lost);
}

TEST(Count, MinHealthyOfThree) {
  EXPECT_EQ(verdict_of(policy(1), "CCH"), redu);
  EXPECT_EQ(verdict_of(policy(2), "CHH"), redu);
  EXPECT_EQ(verdict_of(policy(2), "CCH"), lost);
  EXPECT_EQ(verdict_of(policy(3), "HHH"), redu);
  EXPECT_EQ(verdict_of(policy(3), "CHH"), lost);
}

TEST(Count, DegradedCountsAsCritical) {
  const auto rule = policy(1, UnknownCounts::critical, DegradedCounts::critical);
  EXPECT_EQ(verdict_of(rule, "HD"), redu);
  EXPECT_EQ(verdict_of(rule, "DD"), lost);
  EXPECT_EQ(verdict_of(rule, "GG"), lost) << "as the peer has it";
}

TEST(Count, UnknownCountsAsDegradedIsMappedOn) {
  EXPECT_EQ(verdict_of(policy(1, UnknownCounts::degraded), "UU"), prot);
  EXPECT_EQ(verdict_of(policy(1, UnknownCounts::degraded, DegradedCounts::critical), "UU"), lost);
}

TEST(Count, UnknownCountsAsHealthy) {
  EXPECT_EQ(verdict_of(policy(1, UnknownCounts::healthy), "UU"), prot);
  EXPECT_EQ(verdict_of(policy(1, UnknownCounts::healthy), "CU"), redu);
}

TEST(Count, EvidencePolicy) {
  const auto rule = policy(1, UnknownCounts::evidence);
  EXPECT_EQ(verdict_of(rule, "HU"), redu);
  EXPECT_EQ(verdict_of(rule, "CU"), lost) << "the other one's end is the evidence";
  EXPECT_EQ(verdict_of(rule, "UU"), blind);
  EXPECT_EQ(verdict_of(rule, "OU"), blind) << "an overload is no power event";
  EXPECT_EQ(verdict_of(rule, "OO"), lost);
  EXPECT_EQ(verdict_of(policy(2, UnknownCounts::evidence), "HHU"), redu);
  EXPECT_EQ(verdict_of(policy(2, UnknownCounts::evidence), "HUU"), blind);
  EXPECT_EQ(verdict_of(policy(2, UnknownCounts::evidence), "CHU"), lost);
}

TEST(Count, EvidencePolicyWithDegradedAsCritical) {
  const auto rule = policy(1, UnknownCounts::evidence, DegradedCounts::critical);
  EXPECT_EQ(verdict_of(rule, "DD"), lost);
  EXPECT_EQ(verdict_of(rule, "DU"), blind) << "a mapped count is not evidence";
  EXPECT_EQ(verdict_of(rule, "GG"), blind) << "one lost poll must not be worse than a lost minute";
  EXPECT_EQ(verdict_of(rule, "CG"), lost);
}

TEST(Count, AMemberNeverReadCausesNoShutdownUnderAnyPolicy) {
  for (const auto unknown : {UnknownCounts::critical, UnknownCounts::degraded,
                             UnknownCounts::evidence, UnknownCounts::healthy}) {
    for (const auto degraded : {DegradedCounts::healthy, DegradedCounts::critical}) {
      EXPECT_NE(verdict_of(policy(1, unknown, degraded), "NN"), lost);
      EXPECT_NE(verdict_of(policy(1, unknown, degraded), "CN"), lost);
      EXPECT_NE(verdict_of(policy(2, unknown, degraded), "HN"), lost);
      EXPECT_EQ(verdict_of(policy(1, unknown, degraded), "CCN"),
                unknown == UnknownCounts::healthy ||
                        (unknown == UnknownCounts::degraded && degraded == DegradedCounts::healthy)
                    ? redu
                    : blind);
    }
  }
  EXPECT_EQ(verdict_of(policy(2), "CCN"), lost) << "those that were read are enough";
}

TEST(Count, MaintenanceAloneIsBlindNeverLost) {
  for (const auto unknown : {UnknownCounts::critical, UnknownCounts::evidence}) {
    EXPECT_EQ(verdict_of(policy(1, unknown), "HM"), redu);
    EXPECT_EQ(verdict_of(policy(2, unknown), "HM"), blind);
    EXPECT_EQ(verdict_of(policy(1, unknown), "MM"), blind);
    EXPECT_EQ(verdict_of(policy(1, unknown), "UM"), blind);
    EXPECT_EQ(verdict_of(policy(1, unknown), "OM"), blind);
  }
}

// A feed that is out for service does not carry the rack when the other one ends.
TEST(Count, TheOthersPowerEventDuringMaintenanceIsALoss) {
  EXPECT_EQ(verdict_of(policy(1), "CM"), lost);
  EXPECT_EQ(verdict_of(policy(1, UnknownCounts::evidence), "CM"), lost);
  EXPECT_EQ(verdict_of(policy(1), "CHM"), redu);
}

TEST(Count, EvidenceOfAMemberInMaintenanceDoesNotCount) {
  auto members = members_of("UM");
  members[1].evidence = true;
  EXPECT_EQ(count(policy(1, UnknownCounts::evidence), members).verdict, blind);
}

TEST(Count, OneUpsThatOwnsItsResources) {
  QuorumRule rule = policy(1);
  rule.kind = GroupKind::ups;
  EXPECT_EQ(verdict_of(rule, "H"), prot);
  EXPECT_EQ(verdict_of(rule, "D"), prot);
  EXPECT_EQ(verdict_of(rule, "G"), prot);
  EXPECT_EQ(verdict_of(rule, "C"), lost);
  EXPECT_EQ(verdict_of(rule, "O"), lost);
  EXPECT_EQ(verdict_of(rule, "U"), blind);
  EXPECT_EQ(verdict_of(rule, "N"), blind);
  EXPECT_EQ(verdict_of(rule, "M"), blind);
}

TEST(Count, BlindnessThatRanOut) {
  const auto rule = policy(1, UnknownCounts::evidence);
  const auto after = [&](std::string_view word) {
    return count_blind_as_failed(rule, members_of(word)).verdict;
  };
  EXPECT_EQ(after("UU"), lost);
  EXPECT_EQ(after("UN"), blind);
  EXPECT_EQ(after("UM"), blind);
  EXPECT_EQ(after("HU"), redu);
}

// --- exhaustive ---------------------------------------------------------------------------------

// Another way to say the same: the verdict is lost when it is lost however those in doubt turn out.
bool surely_failed(const QuorumRule& rule, char letter, bool evidence) {
  const bool degraded_fails = rule.degraded_counts_as == DegradedCounts::critical;
  const bool by_evidence = rule.unknown_counts_as == UnknownCounts::evidence;
  const bool unknown_fails =
      rule.unknown_counts_as == UnknownCounts::critical ||
      (rule.unknown_counts_as == UnknownCounts::degraded && degraded_fails) ||
      (by_evidence && evidence);
  switch (letter) {
    case 'C':
    case 'O': return true;
    case 'D': return degraded_fails;
    case 'G': return degraded_fails && (!by_evidence || evidence);
    case 'U': return unknown_fails;
    case 'M': return evidence;
    default: return false;
  }
}
bool surely_healthy(const QuorumRule& rule, char letter) {
  const bool degraded_holds = rule.degraded_counts_as == DegradedCounts::healthy;
  switch (letter) {
    case 'H': return true;
    case 'D':
    case 'G': return degraded_holds;
    case 'U':
    case 'N':
      return rule.unknown_counts_as == UnknownCounts::healthy ||
             (rule.unknown_counts_as == UnknownCounts::degraded && degraded_holds);
    default: return false;
  }
}

Verdict oracle(const QuorumRule& rule, const std::string& word) {
  const bool evidence = word.contains('C');
  int least = 0;  // healthy if all in doubt have failed
  int most = 0;   // healthy if all in doubt hold
  for (const char letter : word) {
    if (surely_healthy(rule, letter)) ++least;
    if (!surely_failed(rule, letter, evidence)) ++most;
  }
  if (most < rule.min_healthy) return lost;
  if (least < rule.min_healthy) return blind;
  return least == rule.min_healthy ? redu : prot;
}

template <class Visit>
void each_rule_and_word(std::size_t size, Visit visit) {
  std::size_t words = 1;
  for (std::size_t i = 0; i < size; ++i) words *= member_letters.size();
  for (std::size_t code = 0; code < words; ++code) {
    std::string word;
    for (std::size_t i = 0, rest = code; i < size; ++i, rest /= member_letters.size()) {
      word += member_letters[rest % member_letters.size()];
    }
    for (int least = 1; least <= static_cast<int>(size); ++least) {
      for (const auto unknown : {UnknownCounts::healthy, UnknownCounts::degraded,
                                 UnknownCounts::critical, UnknownCounts::evidence}) {
        for (const auto degraded : {DegradedCounts::healthy, DegradedCounts::critical}) {
          visit(policy(least, unknown, degraded), word);
        }
      }
    }
  }
}

TEST(Count, EveryGroupOfUpToFiveMembersUnderEveryPolicy) {
  std::size_t cases = 0;
  for (std::size_t size = 2; size <= 5; ++size) {
    each_rule_and_word(size, [&](const QuorumRule& rule, const std::string& word) {
      const Count counted = count(rule, members_of(word));
      ++cases;
      ASSERT_EQ(counted.healthy + counted.doubtful + counted.failed, std::ssize(word));
      ASSERT_EQ(counted.verdict, oracle(rule, word))
          << word << " min " << rule.min_healthy << " unknown " << to_string(rule.unknown_counts_as)
          << " degraded " << to_string(rule.degraded_counts_as);
    });
  }
  EXPECT_EQ(cases, 8u * (2 * 64 + 3 * 512 + 4 * 4096 + 5 * 32768));
}

// From better to worse, per policy: UNKNOWN ranks by what it counts as, so only steps are listed
// that are worse under every policy.
constexpr std::string_view worse_steps[] = {"HD", "HG", "DO", "DC", "GC", "GO", "OC", "UC",
                                            "NC", "MC", "HU", "HN", "HM", "HO", "HC", "NU"};

TEST(Count, AWorseMemberNeverGivesABetterVerdict) {
  for (std::size_t size = 2; size <= 4; ++size) {
    each_rule_and_word(size, [&](const QuorumRule& rule, const std::string& word) {
      const Verdict before = verdict_of(rule, word);
      for (const auto step : worse_steps) {
        const auto at = word.find(step[0]);
        if (at == std::string::npos) continue;
        std::string worse = word;
        worse[at] = step[1];
        ASSERT_GE(verdict_of(rule, worse), before)
            << word << " -> " << worse << " min " << rule.min_healthy << " unknown "
            << to_string(rule.unknown_counts_as) << " degraded "
            << to_string(rule.degraded_counts_as);
      }
    });
  }
}

// Nobody shuts down without a power event unless the policy says that blindness is enough.
TEST(Count, UnderEvidenceNothingIsLostThatIsNotSeen) {
  each_rule_and_word(4, [&](const QuorumRule& rule, const std::string& word) {
    if (rule.unknown_counts_as != UnknownCounts::evidence) return;
    if (word.find_first_of("COD") != std::string::npos) return;
    ASSERT_NE(verdict_of(rule, word), lost) << word;
  });
}

}  // namespace
}  // namespace nightwatt::core::testing
