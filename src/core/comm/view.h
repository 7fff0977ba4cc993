#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/comm/decision.h"
#include "core/comm/success.h"
#include "model/comm.h"
#include "model/ids.h"

// What people and programs may know about a device's communication (comm-failover, section 4).
namespace nightwatt::core {

enum class PathCondition : std::uint8_t {
  active,    // polled now, and the last attempt did not fail
  failing,   // its last attempt failed (active or not)
  standby,   // usable, not polled
  unusable,  // never moved to: see why_unusable
};
std::string_view to_string(PathCondition condition);

struct PathView {
  PathRank rank{};
  CommId comm{};
  std::string comm_name{};
  std::string unit{};
  PathCondition condition{};
  bool active = false;
  bool usable = false;
  std::string why_unusable{};  // "nut-a2 is disabled"; empty when usable
  std::optional<Instant> last_ok{};
  std::string last_error{};  // kept after a recovery
  std::optional<Instant> failed_at{};
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;
  std::optional<double> latency_ms{};      // weighted mean of recent answers
  std::optional<double> latency_p95_ms{};  // estimate
  double loss_percent = 0;                 // of recent attempts, weighted
  std::uint32_t failovers = 0;             // SYDEVFO1..n
  bool unproven = false;
};

// One comm device: its state, and who waits for it.
struct LineView {
  CommState state{};
  std::uint32_t devices = 0;         // that have a path over it
  std::uint32_t active_devices = 0;  // that are polled over it now
  std::uint32_t polls_waiting = 0;
  bool busy = false;  // a message is under way
};

struct DeviceView {
  std::string name{};
  FailoverMode mode{};
  bool automatic = true;         // false: manual, moves only by hand
  PathRank active{};             // comm.active.line, SYDEVCOMLN
  std::string active_comm{};     // comm.active.id, SYDEVCOMID
  std::string primary_comm{};    // comm.primary.id, SYDEVPCOM
  std::string secondary_comm{};  // comm.secondary.id, SYDEVSCOM; empty without a second path
  std::string tertiary_comm{};
  MessageCount messages_hour{};  // of the device, over any path
  MessageCount messages_day{};
  std::optional<double> success_hour{};  // percent of these; nothing: none was sent
  std::optional<double> success_day{};
  bool primary_failed_over = false;  // comm.primary.failed_over, SYDEVPRFO
  Instant since{};                   // on the active path
  Instant last_ok{};                 // any path, or the last reload
  std::optional<Instant> last_reading{};
  std::uint32_t polls_waiting = 0;
  std::uint32_t polls_skipped = 0;  // due while the one before still waited
  bool dead = false;                // guarded: no path answers, it is tried seldom
  bool alert = false;               // on battery: polled at its alert interval
  std::optional<Instant> frozen_until{};
  bool dry_run = false;
  std::vector<Decision> decisions{};  // the last ones, oldest first
  std::uint32_t flaps = 0;            // guarded: of primary, in a row; each doubles retry primary

  std::optional<Instant> moved_at{};
  std::optional<MoveCause> move_cause{};
  std::string why_here{};            // one sentence about the last move
  std::string what_next{};           // one sentence: what would move it next, and when
  std::optional<Instant> next_at{};  // the earliest instant of what_next, when it has one

  std::vector<PathView> paths{};
};

}  // namespace nightwatt::core
