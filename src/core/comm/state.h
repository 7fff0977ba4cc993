#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "base/optional_instant.h"
#include "base/rare_list.h"
#include "base/time.h"
#include "core/comm/budget.h"
#include "core/comm/decision.h"
#include "core/comm/poll.h"
#include "core/comm/success.h"
#include "model/comm.h"
#include "model/ids.h"

// The state of communication failover: one DeviceState for each device, one Line for each comm
// device (comm-failover, section 1). A comm device has a queue and a usability, and no failover
// state of its own.
namespace nightwatt::core {

inline constexpr std::uint32_t no_device = std::numeric_limits<std::uint32_t>::max();

// One more, if there is room for it.
constexpr void count_one(std::uint32_t& number) {
  if (number < std::numeric_limits<std::uint32_t>::max()) ++number;
}

struct PathState {
  OptionalInstant last_ok{};  // polls and probes
  // When the last attempt failed, or the last poll or sweep ended that says how the device is.
  // Nothing after an answered heartbeat or probe: the path is alive, and nobody saw what it said.
  OptionalInstant tried{};
  OptionalInstant failed_at{};  // last attempt that failed
  Instant entered{};
  RareText last_error{};
  // Both stay at their greatest: at 50 messages a second after 2.7 years.
  std::uint32_t attempts = 0;
  std::uint32_t failures = 0;   // of attempts
  std::uint32_t failovers = 0;  // automatic moves away from here
  float latency_ms = -1;        // exponentially weighted, 1/8 of each new one; -1: none yet
  PathQuality quality{};
  std::uint8_t standby_missed = 0;  // heartbeats in a row without an answer
  bool standby_bad = false;         // people were told that this standby does not answer
  bool unproven = false;            // failed over from here and no success since (R6)
  bool failing = false;             // people were told that polls fail here
  bool without_data = false;        // ... that it answers with an error instead of data
  bool asked_again = false;         // because its comm device answered somebody, since it last did

  // An answer came, of a probe too.
  void answered(float after_ms, Instant now) {
    constexpr float weight = 0.125F;
    latency_ms = latency_ms < 0 ? after_ms : latency_ms + weight * (after_ms - latency_ms);
    quality.answered(after_ms);
    last_ok = now;
    asked_again = false;
  }

  template <class A>
  void fields(A& a) {
    a(last_ok, tried, failed_at, entered, last_error, attempts, failures, failovers, latency_ms,
      quality, standby_missed, standby_bad, unproven, failing, without_data, asked_again);
  }
};

struct LastMove {
  Instant at{};
  PathRank from{};
  PathRank to{};
  MoveCause cause{};
  std::string why{};
  template <class A>
  void fields(A& a) {
    a(at, from, to, cause, why);
  }
};

struct DeviceState {
  PathRank active = primary;
  bool automatic = true;
  bool failed_over = false;          // SYDEVPRFO (R20)
  bool spoke = false;                // unasked, and is polled as soon as it may
  std::uint8_t probe_successes = 0;  // in a row, since the last failure
  bool probing = false;              // a probe waits or is in flight
  // Guarded mode.
  bool alert = false;             // on battery: matters more than its neighbours
  Haste haste = Haste::calm;      // what its comm device counts it as
  bool dead = false;              // no path answers: it does not hunt, and is polled slowly
  std::uint8_t sweeps = 0;        // each of one path, asked for since it was last read
  std::uint8_t missed_polls = 0;  // in a row, over whichever path
  std::uint8_t flaps = 0;         // in a row, of primary
  std::uint8_t standby_turn = 0;  // rank of the path whose heartbeat was sent last
  bool standby_place = false;     // standby_at is a place that its comm device gave it
  std::uint8_t would_have = 0;    // the move that people were told it is kept from
  // The crowd of devices that fail on a comm device, as a list in the order of their last failure.
  bool in_crowd = false;
  std::uint32_t crowd_next = no_device, crowd_prev = no_device;

  std::uint32_t first_poll = no_poll;
  std::uint32_t skipped_polls = 0;  // due while the one before still waited
  std::uint32_t changes = 0;        // guarded: of what is remembered over a restart
  std::vector<PathState> paths{};
  Instant last_ok{};               // any path, or reload (R5)
  Instant since{};                 // on this path
  OptionalInstant last_reading{};  // of its first schedule
  OptionalInstant left_primary{};
  OptionalInstant probe_asked{};   // since it left primary
  OptionalInstant waits_since{};   // the poll of its first schedule, which came due again meanwhile
  OptionalInstant spoke_polled{};  // the last poll because it spoke
  Boxed<LastMove> last_move{};

  // Guarded mode.
  Instant standby_at{};  // the next heartbeat
  OptionalInstant frozen_until{};
  Instant quiet_until{};           // dead: its schedule rests until then
  Instant crowd_at{};              // its last failure
  RareList<Decision> decisions{};  // the last ones, oldest first
  MessageSuccess messages{};

  template <class A>
  void fields(A& a) {
    a(active, automatic, failed_over, spoke, probe_successes, probing, spoke_polled, last_ok, since,
      probe_asked, left_primary, last_reading, last_move, first_poll, skipped_polls, messages,
      paths, alert, haste, dead, sweeps, missed_polls, waits_since, flaps, standby_turn,
      standby_place, would_have, changes, standby_at, frozen_until, decisions, quiet_until,
      in_crowd, crowd_next, crowd_prev, crowd_at);
  }
};

// The one message that a comm device may have under way.
struct Flight {
  std::uint32_t poll = no_poll;
  PathRank path{};
  std::int32_t attempt = 1;
  // The device was moved by hand meanwhile: it finishes here, is not forwarded, and its failure
  // does not count (T6).
  bool detached = false;
  std::optional<Transaction> transaction{};  // nothing: still in its message delay
  Instant sent_at{};
  template <class A>
  void fields(A& a) {
    a(poll, path, attempt, detached, transaction, sent_at);
  }
};

struct Line {
  CommState state = CommState::ok;
  CommState reported = CommState::ok;  // by its driver; counts when no person took it out of use
  bool by_hand = false;                // a person took it out of use
  bool ready = false;                  // stands in the list of lines that may start a poll
  bool suspect = false;                // guarded, as what follows the flight
  std::uint8_t mute_messages = 0;      // timed out in a row, of different devices
  PollQueue queue{};
  std::optional<Flight> flight{};

  // Guarded mode: what devices here have in common.
  std::uint32_t polled_here = 0;  // devices whose active path leads here
  Demand demand{};                // of those for this comm device
  std::uint32_t crowd_head = no_device, crowd_tail = no_device;
  std::uint32_t crowd_size = 0;
  std::uint32_t mute_device = no_device;
  Instant failed_at{};         // last message that failed here
  Instant answered_at{};       // last one that was answered
  std::int64_t arrive_us = 0;  // the next moved device may be polled here; of the clock, in us
  Instant heartbeat_at{};      // the next heartbeat may be sent here
  Duration heartbeat_gap{0};   // longer, while they fail

  template <class A>
  void fields(A& a) {
    a(state, reported, by_hand, ready, queue, flight, polled_here, demand, crowd_head, crowd_tail,
      crowd_size, suspect, mute_messages, mute_device, failed_at, answered_at, arrive_us,
      heartbeat_at, heartbeat_gap);
  }
};

}  // namespace nightwatt::core
