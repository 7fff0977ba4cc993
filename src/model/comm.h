#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/ids.h"
#include "model/reading.h"

// Words of device communication (comm-failover, section 1).
namespace nightwatt {

// Anything but ok makes the comm device unusable. A refused connection, a time-out or a failed name
// look-up is a failed *message* and never a state of the comm device.
enum class CommState : std::uint8_t { ok, disabled, missing, driver_down, out_of_service };
std::string_view to_string(CommState state);

enum class FailoverMode : std::uint8_t { compat, guarded };
std::string_view to_string(FailoverMode mode);

// Why a device's active path changed.
enum class MoveCause : std::uint8_t {
  fail,      // T3: a message failed and the timer had run out
  forced,    // T2: the active comm device cannot be used
  failback,  // T1: retry primary
  manual,    // T6: an operator
  sweep,     // guarded: unseen, all paths were tried, and another one answered
  crowd,     // guarded: a message failed on a comm device that fails for many
};
std::string_view to_string(MoveCause cause);

// What became of a decision to move.
enum class DecisionOutcome : std::uint8_t {
  moved,
  dry_run,  // would have moved
  frozen,   // would have moved
};
std::string_view to_string(DecisionOutcome outcome);

// How a poll ended, as seen by whoever asked for it.
enum class PollResult : std::uint8_t {
  ok,
  failed,
  protocol_exception,  // a valid error reply: the path works, the device gave no data
  comm_unusable,       // never sent: the active comm device cannot be used and nothing else can
};
std::string_view to_string(PollResult result);

enum class MessageFailure : std::uint8_t {
  timed_out,
  unreachable,  // refused, reset, no route, name not found
  bad_reply,    // not the protocol, oversized, binary
  refused,      // the peer's error reply that means "this path gives no data": NUT ERR ...
  unauthorised,
  data_stale,   // NUT DATA-STALE
  driver_down,  // NUT DRIVER-NOT-CONNECTED
  cancelled,    // failed with its connection, because another message on it did
};
std::string_view to_string(MessageFailure failure);

// A poll's result as comm hands it to power. `reading` only when the poll brought usable data.
struct PollReport {
  DeviceId device{};
  PathRank path{};
  PollResult result{};
  bool probe = false;  // a background probe or sweep, not a scheduled poll
  std::optional<Reading> reading{};
};

}  // namespace nightwatt
