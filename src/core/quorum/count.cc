#include "core/quorum/count.h"

#include <algorithm>

#include "base/check.h"

namespace nightwatt::core {
namespace {

CountsAs of_degraded(DegradedCounts policy) {
  switch (policy) {
    case DegradedCounts::healthy: return CountsAs::healthy;
    case DegradedCounts::critical: return CountsAs::failed;
  }
  return CountsAs::failed;
}

CountsAs of_unknown(const QuorumRule& rule, bool evidence) {
  switch (rule.unknown_counts_as) {
    case UnknownCounts::healthy: return CountsAs::healthy;
    case UnknownCounts::degraded: return of_degraded(rule.degraded_counts_as);
    case UnknownCounts::critical: return CountsAs::failed;
    case UnknownCounts::evidence: return evidence ? CountsAs::failed : CountsAs::doubtful;
  }
  return CountsAs::failed;
}

// Inside its grace a member that is merely out of sight must not count worse than after it.
bool only_doubted(const QuorumRule& rule, const MemberInput& member) {
  return member.only_sight_in_doubt && rule.unknown_counts_as == UnknownCounts::evidence &&
         rule.degraded_counts_as == DegradedCounts::critical;
}

CountsAs of_redundant(const QuorumRule& rule, const MemberInput& member, bool evidence) {
  switch (member.state) {
    case MemberState::healthy: return CountsAs::healthy;
    case MemberState::degraded:
      // Trouble of a wire is no trouble of the feed, whatever DEGRADED counts as.
      if (member.only_comm_in_doubt) return CountsAs::healthy;
      return only_doubted(rule, member) ? of_unknown(rule, evidence)
                                        : of_degraded(rule.degraded_counts_as);
    case MemberState::critical: return CountsAs::failed;
    case MemberState::unknown: {
      const CountsAs counts = of_unknown(rule, evidence);
      const bool never_read = counts == CountsAs::failed && !member.ever_read;
      return never_read ? CountsAs::doubtful : counts;
    }
    case MemberState::maintenance: return evidence ? CountsAs::failed : CountsAs::doubtful;
  }
  return CountsAs::failed;
}

// One UPS that owns its resources: no policies, and blindness alone never acts.
CountsAs of_single(const MemberInput& member) {
  switch (member.state) {
    case MemberState::healthy:
    case MemberState::degraded: return CountsAs::healthy;
    case MemberState::critical: return CountsAs::failed;
    case MemberState::unknown:
    case MemberState::maintenance: return CountsAs::doubtful;
  }
  return CountsAs::failed;
}

int needed(const QuorumRule& rule) {
  switch (rule.kind) {
    case GroupKind::redundancy: return rule.min_healthy;
    case GroupKind::ups: return 1;
  }
  return rule.min_healthy;
}

Verdict verdict_of(const QuorumRule& rule, const Count& count) {
  const int least = needed(rule);
  if (count.healthy >= least) {
    const bool spare = count.healthy > least || rule.kind == GroupKind::ups;
    return spare ? Verdict::protected_ : Verdict::redundancy_lost;
  }
  return count.healthy + count.doubtful >= least ? Verdict::blind : Verdict::quorum_lost;
}

bool is_out_of_sight(const MemberInput& member) {
  return member.state == MemberState::unknown || member.state == MemberState::maintenance;
}

bool only_unknown_and_read(const MemberInput& member) {
  return member.state == MemberState::unknown && member.ever_read;
}

template <class Counts>
Count tally(const QuorumRule& rule, std::span<const MemberInput> members, Counts counts) {
  NW_CHECK(!members.empty());
  Count out;
  out.evidence = has_evidence(members);
  out.all_unseen = true;
  for (const MemberInput& member : members) {
    switch (counts(member, out.evidence)) {
      case CountsAs::healthy: out.healthy += 1; break;
      case CountsAs::doubtful: out.doubtful += 1; break;
      case CountsAs::failed: out.failed += 1; break;
    }
    if (!is_out_of_sight(member)) out.all_unseen = false;
  }
  out.verdict = verdict_of(rule, out);
  return out;
}

}  // namespace

std::string_view to_string(CountsAs counts) {
  switch (counts) {
    case CountsAs::healthy: return "healthy";
    case CountsAs::doubtful: return "doubtful";
    case CountsAs::failed: return "failed";
  }
  return "?";
}

CountsAs counts_as(const QuorumRule& rule, const MemberInput& member, bool evidence) {
  switch (rule.kind) {
    case GroupKind::redundancy: return of_redundant(rule, member, evidence);
    case GroupKind::ups: return of_single(member);
  }
  return CountsAs::failed;
}

bool has_evidence(std::span<const MemberInput> members) {
  return std::ranges::any_of(members, [](const MemberInput& member) {
    return member.evidence && member.state != MemberState::maintenance;
  });
}

Count count(const QuorumRule& rule, std::span<const MemberInput> members) {
  return tally(rule, members, [&](const MemberInput& member, bool evidence) {
    return counts_as(rule, member, evidence);
  });
}

Count count_blind_as_failed(const QuorumRule& rule, std::span<const MemberInput> members) {
  return tally(rule, members, [&](const MemberInput& member, bool evidence) {
    return only_unknown_and_read(member) ? CountsAs::failed : counts_as(rule, member, evidence);
  });
}

}  // namespace nightwatt::core
