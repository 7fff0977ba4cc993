#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/quorum/input.h"
#include "core/quorum/rule.h"
#include "model/power.h"

// The pure verdict table of one group (power-quorum, section 3): no time, no memory.
//
//   healthy >= min_healthy ............ protected (more) or redundancy_lost (exactly)
//   healthy + doubtful >= min_healthy . blind: those in doubt could make up the number
//   otherwise ......................... quorum_lost
//
// In doubt are: a member never read, under every policy; an UNKNOWN member under policy `evidence`
// and a member in maintenance, both only while no other member shows evidence of a power event.
namespace nightwatt::core {

// What one member counts as, after its group's policy.
enum class CountsAs : std::uint8_t { healthy, doubtful, failed };
std::string_view to_string(CountsAs counts);

struct Count {
  int healthy = 0;
  int doubtful = 0;
  int failed = 0;
  bool evidence = false;    // of a power event, from any member not in maintenance
  bool all_unseen = false;  // no member has a state that was read: all UNKNOWN or in maintenance
  Verdict verdict = Verdict::blind;
  friend bool operator==(const Count&, const Count&) = default;
};

// `evidence`: Count::evidence of the whole group.
CountsAs counts_as(const QuorumRule& rule, const MemberInput& member, bool evidence);
bool has_evidence(std::span<const MemberInput> members);
// REQUIRES: at least one member.
Count count(const QuorumRule& rule, std::span<const MemberInput> members);
// The same with blindness alone being enough (`blind_shutdown_after` is over): UNKNOWN members that
// were read before count as failed.
Count count_blind_as_failed(const QuorumRule& rule, std::span<const MemberInput> members);

// "0 healthy, 1 needed".
std::string numbers(const QuorumRule& rule, const Count& count);
// "0 healthy, 1 needed (UPS-A CRITICAL, UPS-B UNKNOWN counts as failed)".
std::string describe(const QuorumRule& rule, const Count& count,
                     std::span<const MemberInput> members);
// What the next failure would do, for `status`: "the next failure of any of: UPS-A, UPS-B shuts
// this group down".
std::string what_next(const QuorumRule& rule, std::span<const MemberInput> members);
// Nothing: the member at `index` may be taken into maintenance. Else why not: the quorum needs it.
// An operator may force it.
std::optional<std::string> maintenance_refusal(const QuorumRule& rule,
                                               std::span<const MemberInput> members,
                                               std::size_t index);

}  // namespace nightwatt::core
