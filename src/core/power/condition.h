#pragma once

#include "core/power/evidence.h"
#include "core/power/member.h"

// The user's own conditions (`triggers: conditions:`). Only for core/power.
//
//              number past its limit for `for`
//     quiet ───────────────────────────────────► firing: a reason; CRITICAL or DEGRADED
//           ◄───────────────────────────────────
//              number back for `for`
//
// The last number stands until a newer one comes, so that `for` runs by the clock, as the times of
// all triggers do. What is not there decides nothing: a reading without the number, a value that
// was rejected, a value from before a clock gap. Then a condition stays as it was, and a `for` that
// runs goes on but cannot end. While the UPS is out of sight nothing of its variables clears, and
// once that made it UNKNOWN nothing fires either: UNKNOWN and the failsafe have the say. Status
// points are Nightwatt's own numbers and are known all the time.
//
// On line and on battery alike, with no stabilization delay: `for` is theirs. A critical one is
// evidence of a power event only while the UPS is on battery, and is then latched like a trigger.
namespace nightwatt::core {

// Judges all numbers as they are now.
void follow_conditions(MemberMemory& memory, const Watched& watched, Instant now);
// A critical one that fires on a number that is past its limit: evidence, on battery.
bool proves(const ConditionRule& rule, const ConditionState& state);
Reason reason_of(const ConditionRule& rule, const ConditionState& state);
// When its `for` ends, if the clock alone ends it.
std::optional<Instant> condition_deadline(const MemberMemory& memory, const ConditionRule& rule,
                                          const ConditionState& state);

}  // namespace nightwatt::core
