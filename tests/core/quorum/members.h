#pragma once

#include <string_view>
#include <vector>

#include "core/quorum/count.h"

// Members by a letter each, so that a group reads as a word: "HDC".
//   H healthy   D degraded   G degraded by lost sight alone (inside the grace)
//   C critical with evidence   O critical without (overload)
//   U unknown   N never read   M maintenance
namespace nightwatt::core::testing {

inline constexpr std::string_view member_letters = "HDGCOUNM";

inline MemberInput member_of(char letter) {
  static constexpr std::string_view names[] = {"UPS-A", "UPS-B", "UPS-C", "UPS-D", "UPS-E"};
  MemberInput out{.ever_read = true, .last_reading = Instant(Duration(0)), .name = names[0]};
  switch (letter) {
    case 'H': out.state = MemberState::healthy; break;
    case 'D': out.state = MemberState::degraded; break;
    case 'G':
      out.state = MemberState::degraded;
      out.only_sight_in_doubt = true;
      break;
    case 'C':
      out.state = MemberState::critical;
      out.evidence = true;
      break;
    case 'O': out.state = MemberState::critical; break;
    case 'U': out.state = MemberState::unknown; break;
    case 'N':
      out.state = MemberState::unknown;
      out.ever_read = false;
      out.last_reading.reset();
      break;
    case 'M': out.state = MemberState::maintenance; break;
    default: ADD_FAILURE() << "no member is written " << letter;
  }
  return out;
}

inline std::vector<MemberInput> members_of(std::string_view word) {
  static constexpr std::string_view names[] = {"UPS-A", "UPS-B", "UPS-C", "UPS-D", "UPS-E"};
  std::vector<MemberInput> out;
  for (const char letter : word) {
    out.push_back(member_of(letter));
    out.back().name = names[out.size() - 1];
  }
  return out;
}

inline QuorumRule policy(int min_healthy, UnknownCounts unknown = UnknownCounts::critical,
                         DegradedCounts degraded = DegradedCounts::healthy) {
  QuorumRule rule;
  rule.min_healthy = min_healthy;
  rule.unknown_counts_as = unknown;
  rule.degraded_counts_as = degraded;
  return rule;
}

inline Verdict verdict_of(const QuorumRule& rule, std::string_view word) {
  return count(rule, members_of(word)).verdict;
}

}  // namespace nightwatt::core::testing
