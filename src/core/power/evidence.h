#pragma once

#include "core/power/member.h"

// Evidence of a power event (power-quorum, sections 1 and 2): which triggers hold now, and what
// stays latched until the member is read on line. Only for core/power.
namespace nightwatt::core {

constexpr std::uint32_t kind_bit(ReasonKind kind) { return 1u << static_cast<unsigned>(kind); }
static_assert(static_cast<unsigned>(ReasonKind::maintenance) < 32);

// Two reasons are one and the same, whatever their numbers are by now.
inline bool same_cause(const Reason& a, const Reason& b) {
  if (a.kind != b.kind || a.subject != b.subject) return false;
  return a.subject.empty() || (a.below == b.below && a.limit == b.limit);
}

// Latches what the newest reading and the lost sight prove, and writes the advisory line of each
// new trigger. Returns the bits of the kinds that hold at this moment (others are only latched).
std::uint32_t latch_evidence(MemberMemory& memory, const Watched& watched, bool every_path_tried,
                             Instant now, PowerOut& out);
// The newest reading ends all evidence: on line, no FSD, output on.
void release_latches(MemberMemory& memory, const Watched& watched, PowerOut& out);

// The last reading was taken since the last clock gap, so that deadlines may act on it.
bool is_fresh(const MemberMemory& memory);
// From when the age of the last reading counts. REQUIRES: read at least once.
Instant age_counts_from(const MemberMemory& memory);
// How long after that the failsafe may act.
Duration failsafe_wait(const MemberMemory& memory, const Watched& watched);

}  // namespace nightwatt::core
