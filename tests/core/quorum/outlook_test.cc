// What people are told about a group: counts, the next failure, who is needed; and which of two
// looks at a member counts.
#include "tests/core/quorum/members.h"

namespace nightwatt::core::testing {
namespace {

std::string next(const QuorumRule& rule, std::string_view word) {
  return what_next(rule, members_of(word));
}

TEST(WhatNext, SaysWhatTheNextFailureDoes) {
  EXPECT_EQ(next(policy(1), "HH"), "one more member may fail");
  EXPECT_EQ(next(policy(1), "HHH"), "2 more members may fail");
  EXPECT_EQ(next(policy(1), "HC"), "the next failure of UPS-A shuts this group down");
  EXPECT_EQ(next(policy(2), "HHC"),
            "the next failure of any of: UPS-A, UPS-B shuts this group down");
  EXPECT_EQ(next(policy(1), "CC"), "quorum is lost: 0 healthy, 1 needed");
}

TEST(WhatNext, KnowsThatAFailureIsEvidence) {
  EXPECT_EQ(next(policy(1, UnknownCounts::evidence), "HU"),
            "the next failure of UPS-A shuts this group down");
  EXPECT_EQ(next(policy(1, UnknownCounts::evidence), "UU"),
            "too little is seen to decide; not seen: UPS-A, UPS-B");
}

TEST(WhatNext, KnowsWhoWasNeverRead) {
  EXPECT_EQ(next(policy(1), "HN"), "the next failure of UPS-A leaves this group blind");
}

TEST(WhatNext, NamesMaintenance) {
  EXPECT_EQ(next(policy(2), "HM"), "too little is seen to decide; in maintenance: UPS-B");
  EXPECT_EQ(next(policy(1), "HM"), "the next failure of UPS-A shuts this group down");
}

TEST(WhatNext, OneUps) {
  QuorumRule rule = policy(1);
  rule.kind = GroupKind::ups;
  EXPECT_EQ(next(rule, "H"), "the next failure of UPS-A shuts this group down");
}

TEST(Describe, NamesEachMemberAndWhatItCountsAs) {
  const auto text = [](const QuorumRule& rule, std::string_view word) {
    const auto members = members_of(word);
    return describe(rule, count(rule, members), members);
  };
  EXPECT_EQ(text(policy(1), "CC"), "0 healthy, 1 needed (UPS-A CRITICAL, UPS-B CRITICAL)");
  EXPECT_EQ(text(policy(1), "DUH"),
            "2 healthy, 1 needed (UPS-A DEGRADED counts as healthy, UPS-B UNKNOWN counts as "
            "failed, UPS-C HEALTHY)");
  EXPECT_EQ(text(policy(1, UnknownCounts::evidence), "UM"),
            "0 healthy, 1 needed (UPS-A UNKNOWN is left out, UPS-B MAINTENANCE is left out)");
}

TEST(Maintenance, IsRefusedWhenTheQuorumNeedsTheMember) {
  const auto refusal = [](const QuorumRule& rule, std::string_view word, std::size_t index) {
    return maintenance_refusal(rule, members_of(word), index);
  };
  EXPECT_EQ(refusal(policy(1), "HH", 0), std::nullopt);
  EXPECT_EQ(refusal(policy(1), "HC", 1), std::nullopt) << "the failed one may go";
  EXPECT_EQ(refusal(policy(2), "HH", 0),
            "the quorum needs UPS-A: without it 1 healthy, 2 needed, verdict blind");
  EXPECT_EQ(refusal(policy(1), "HC", 0),
            "the quorum needs UPS-A: without it 0 healthy, 1 needed, verdict quorum_lost");
  EXPECT_EQ(refusal(policy(1, UnknownCounts::evidence), "HU", 0),
            "the quorum needs UPS-A: without it 0 healthy, 1 needed, verdict blind");
  QuorumRule single = policy(1);
  single.kind = GroupKind::ups;
  EXPECT_TRUE(refusal(single, "H", 0).has_value());
}

// --- a group's own triggers ---------------------------------------------------------------------

MemberView look(char letter) {
  const MemberInput input = member_of(letter);
  MemberView view;
  view.state = input.state;
  view.evidence = input.evidence;
  view.ever_read = input.ever_read;
  return view;
}

TEST(TwoLooks, AddIsTheWorse) {
  const MemberView own = look('D');
  const MemberView critical = look('C');
  const MemberView healthy = look('H');
  const MemberView overload = look('O');
  EXPECT_EQ(&deciding_view(own, nullptr, TriggersMode::add), &own);
  EXPECT_EQ(&deciding_view(own, &critical, TriggersMode::add), &critical);
  EXPECT_EQ(&deciding_view(critical, &own, TriggersMode::add), &critical);
  EXPECT_EQ(&deciding_view(own, &healthy, TriggersMode::add), &own);
  EXPECT_EQ(&deciding_view(overload, &critical, TriggersMode::add), &critical);
  EXPECT_EQ(&deciding_view(critical, &overload, TriggersMode::add), &critical);
}

TEST(TwoLooks, ReplaceIsTheGroups) {
  const MemberView own = look('C');
  const MemberView group = look('D');
  EXPECT_EQ(&deciding_view(own, &group, TriggersMode::replace), &group);
  EXPECT_EQ(&deciding_view(own, nullptr, TriggersMode::replace), &own);
}

TEST(TwoLooks, MaintenanceIsTheMembersOwn) {
  const MemberView own = look('M');
  const MemberView group = look('C');
  EXPECT_EQ(&deciding_view(own, &group, TriggersMode::add), &own);
  EXPECT_EQ(&deciding_view(own, &group, TriggersMode::replace), &own);
}

TEST(TwoLooks, OneThatWasNeverReadSaysNothing) {
  const MemberView own = look('H');
  MemberView group = look('U');
  group.ever_read = false;
  for (const TriggersMode mode : {TriggersMode::add, TriggersMode::replace}) {
    EXPECT_EQ(&deciding_view(own, &group, mode), &own);
  }
}

}  // namespace
}  // namespace nightwatt::core::testing
