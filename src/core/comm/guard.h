#pragma once

#include <cstdint>

#include "base/time.h"

// The constants of guarded mode (comm-failover, section 5). What a user may set is in rule.h.
namespace nightwatt::core {

// What guarded mode does with time, and why. A user sets none of these.

// Leaving primary in trouble this soon after coming back is a flap, and each one in a row doubles
// retry primary; a longer stay is stable and starts again. Half an hour is several times the
// default retry primary (5 min), so that a path that fails after each return is always seen as one
// that flaps.
inline constexpr Duration flap_window{30 * 60'000};
inline constexpr int flaps_max = 5;  // 2^5: from 5 minutes to the limit below
// Nobody wants to be away from a repaired primary for longer. A longer retry primary stays.
inline constexpr Duration hold_down_max{3'600'000};
// With retry primary 0 there is nothing to double: a flap then counts from here, the pace of
// probes.
inline constexpr Duration hold_down_min{5'000};

// So many polls in a row must have failed, on all paths together, before a device counts as dead.
// More than the polls that power waits for by default, so that its count is not slowed.
inline constexpr std::uint8_t missed_polls_max = 5;
// A dead device that costs its neighbours nothing is polled at a quarter of its pace.
inline constexpr int dead_interval_factor = 4;
// A comm device that answered nobody for so long may have been silent; nobody is dead sooner.
inline constexpr Duration silence_min{1'000};
// A dead device on battery that makes its neighbours wait: somebody may have to decide without it.
inline constexpr Duration dead_interval_alert{5'000};

// A heartbeat that failed is repeated this soon, and two in a row make the standby unhealthy: one
// lost datagram is no news, and a dead standby is known within seconds of the first sign.
inline constexpr Duration standby_repeat{5'000};
inline constexpr std::uint8_t standby_misses_max = 2;
// What was learnt about a path counts as known for so many probe intervals.
inline constexpr int known_intervals = 3;
// Heartbeats that fail take a tenth of a line's time at most: the next one comes ten times later
// than the last one took.
inline constexpr int background_share = 10;
// A device without polls for so long is idle and fails back between polls.
inline constexpr Duration idle_after{60'000};
// A freeze that nobody ended must not be found by the next outage.
inline constexpr Duration freeze_max{30LL * 24 * 3'600'000};
// A poll that waits for so long in the queue of its comm device is starved, and decisions do not
// wait for it. Long enough for time-outs of many neighbours, and no longer than the default grace.
inline constexpr Duration starved_after{60'000};
// An unseen device is looked for once on each of its other paths, and so many times more where a
// heartbeat was answered since: a path that answers those and no polls must not put decisions off
// without end.
inline constexpr std::uint8_t sweeps_again_max = 3;
// A comm device that was suspect and gave no sign for so long may be tried again.
inline constexpr Duration suspect_max{600'000};

}  // namespace nightwatt::core
