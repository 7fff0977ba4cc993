// Sentences about a group: what it counts, what the next failure would do, whom it needs.
#include <algorithm>
#include <array>
#include <vector>

#include "core/quorum/count.h"
#include "model/quantity.h"

namespace nightwatt::core {
namespace {

bool counts_healthy(const QuorumRule& rule, const MemberInput& member, bool evidence) {
  return counts_as(rule, member, evidence) == CountsAs::healthy;
}

// The members if that one failed, with evidence.
Count after_failure(const QuorumRule& rule, std::span<const MemberInput> members,
                    std::size_t index) {
  std::vector<MemberInput> then(members.begin(), members.end());
  then[index].state = MemberState::critical;
  then[index].evidence = true;
  then[index].ever_read = true;
  return count(rule, then);
}

std::string listed(std::span<const std::string_view> names) {
  std::string out;
  for (const auto name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string failure_of(std::span<const std::string_view> names) {
  return (names.size() == 1 ? "the next failure of " : "the next failure of any of: ") +
         listed(names);
}

// Names of the healthy members whose failure alone leads to `verdict`.
std::vector<std::string_view> leading_to(const QuorumRule& rule,
                                         std::span<const MemberInput> members, bool evidence,
                                         Verdict verdict) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!counts_healthy(rule, members[i], evidence)) continue;
    if (after_failure(rule, members, i).verdict == verdict) out.push_back(members[i].name);
  }
  return out;
}

std::string why_blind(std::span<const MemberInput> members) {
  std::vector<std::string_view> unseen;
  std::vector<std::string_view> out;
  for (const MemberInput& member : members) {
    if (member.state == MemberState::unknown || member.only_sight_in_doubt) {
      unseen.push_back(member.name);
    }
    if (member.state == MemberState::maintenance) out.push_back(member.name);
  }
  std::string text = "too little is seen to decide";
  if (!unseen.empty()) text += "; not seen: " + listed(unseen);
  if (!out.empty()) text += "; in maintenance: " + listed(out);
  return text;
}

}  // namespace

std::string numbers(const QuorumRule& rule, const Count& count) {
  const int needed = rule.kind == GroupKind::ups ? 1 : rule.min_healthy;
  return quantity(count.healthy) + " healthy, " + quantity(needed) + " needed";
}

std::string describe(const QuorumRule& rule, const Count& count,
                     std::span<const MemberInput> members) {
  std::string out = numbers(rule, count) + " (";
  for (std::size_t i = 0; i < members.size(); ++i) {
    const MemberInput& member = members[i];
    if (i > 0) out += ", ";
    out += member.name;
    out += ' ';
    out += to_string(member.state);
    const CountsAs counts = counts_as(rule, member, count.evidence);
    const bool plain = (member.state == MemberState::healthy && counts == CountsAs::healthy) ||
                       (member.state == MemberState::critical && counts == CountsAs::failed);
    if (!plain) {
      out += counts == CountsAs::doubtful ? " is left out" : " counts as ";
      if (counts != CountsAs::doubtful) out += to_string(counts);
    }
  }
  return out + ")";
}

std::string what_next(const QuorumRule& rule, std::span<const MemberInput> members) {
  const Count now = count(rule, members);
  switch (now.verdict) {
    case Verdict::quorum_lost: return "quorum is lost: " + numbers(rule, now);
    case Verdict::blind: return why_blind(members);
    case Verdict::redundancy_lost:
    case Verdict::protected_: break;
  }
  const auto fatal = leading_to(rule, members, now.evidence, Verdict::quorum_lost);
  if (!fatal.empty()) return failure_of(fatal) + " shuts this group down";
  const auto blinding = leading_to(rule, members, now.evidence, Verdict::blind);
  if (!blinding.empty()) return failure_of(blinding) + " leaves this group blind";
  const int spare = now.healthy - rule.min_healthy;
  return spare == 1 ? "one more member may fail" : quantity(spare) + " more members may fail";
}

std::optional<std::string> maintenance_refusal(const QuorumRule& rule,
                                               std::span<const MemberInput> members,
                                               std::size_t index) {
  const Count before = count(rule, members);
  std::vector<MemberInput> then(members.begin(), members.end());
  then[index].state = MemberState::maintenance;
  then[index].evidence = false;
  const Count after = count(rule, then);
  const bool counted = counts_healthy(rule, members[index], before.evidence);
  const bool worse = after.verdict > before.verdict;
  if (after.verdict < Verdict::blind || !(counted || worse)) return std::nullopt;
  std::string text = "the quorum needs ";
  text += members[index].name;
  text += ": without it " + numbers(rule, after) + ", verdict ";
  text += to_string(after.verdict);
  return text;
}

}  // namespace nightwatt::core
