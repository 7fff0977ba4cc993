#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "core/power/memory.h"
#include "core/power/rule.h"
#include "model/effect.h"
#include "model/reading.h"

// From readings to a member's state (power-quorum, sections 1 and 2): a step function of the
// member's memory, the newest reading and the time.
//
//   reading, missed poll, deadline --> [ MemberMemory ] --> view(): state, reasons, evidence
//                                            |
//                                            +--> notices, and "look on the other paths" (sweep)
//
// The same type serves twice: once for each member with its own triggers, and once for each
// (group, member) where the group has triggers of its own (core/quorum/input.h joins them).
namespace nightwatt::core {

// Which notices a memory writes.
enum class Voice : std::uint8_t {
  member,  // all of them
  group,   // a group's second look at a member: only the advisory lines of the measured triggers
};

// A number from elsewhere than the newest reading.
struct Number {
  double value = 0;
  Instant at{};
};

// Who is looked at, and by which rules. Made for one call; refers to the caller's rules.
struct Watched {
  const MemberRule& rule;
  const TriggerRule& triggers;  // rule.triggers, or the group's
  std::string_view name;        // subject of the notices
  Voice voice = Voice::member;
  // For each of triggers.conditions: what the newest reading does not have, a status point or a
  // variable of another schedule. Empty: none of them is known now.
  std::span<const std::optional<Number>> numbers{};
};

struct PowerOut {
  Effects& effects;
  // Set when the member's sight is in doubt and it matters: on battery and the tolerance used up,
  // or the grace is over, while not every usable path has been tried since the last reading. The
  // engine then lets comm sweep, and calls advance() when the sweep has ended. It may be set again
  // while that sweep runs.
  bool wants_sweep = false;
};

// REQUIRES: reading.usable(); everything else counts as a poll without a reading.
void on_reading(MemberMemory& memory, const Watched& watched, const Reading& reading, Instant now,
                PowerOut& out);
// A scheduled poll (not a probe, not a sweep) ended without a reading.
void on_poll_without_reading(MemberMemory& memory, const Watched& watched, bool every_path_tried,
                             Instant now, PowerOut& out);
// Deadlines: end of a grace, staleness, stabilization, depletion grace, extended time, failsafe,
// calibration, maintenance. Harmless at any time. Call it once when the member is created, so that
// "never read" is timed.
void advance(MemberMemory& memory, const Watched& watched, bool every_path_tried, Instant now,
             PowerOut& out);
// When advance() has something to do next; always later than the last call's `now`.
std::optional<Instant> next_deadline(const MemberMemory& memory, const Watched& watched);

// The engine slept for more than 5 s (suspend, stall): graces start again, and no deadline fires a
// trigger before a fresh reading. What was latched stays. Follow with advance().
void clock_gap(MemberMemory& memory, Instant now);

// After a change of configuration: `memory` was made under the rules `old`. What is not the same
// condition any more is forgotten. Numbers of variables belong to one configuration: unless both
// have the `same_variables`, what the newest reading says of those is forgotten, too.
void adopt(MemberMemory& memory, const TriggerRule& old, const TriggerRule& now,
           bool same_variables);
// What a group's look at a member starts from when the group had none: all that was read, and only
// the evidence that holds whatever the triggers are. Follow with advance().
MemberMemory second_look(const MemberMemory& own);

// An operator takes the member out until a time, or back in (nothing). Whether a quorum needs it is
// judged before, by core/quorum.
void set_maintenance(MemberMemory& memory, const Watched& watched, std::optional<Instant> until,
                     Instant now, PowerOut& out);

inline const MemberView& view(const MemberMemory& memory) { return memory.view; }

}  // namespace nightwatt::core
