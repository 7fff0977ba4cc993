#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/comm/poll.h"
#include "model/comm.h"
#include "model/ids.h"

// The checked settings of communication failover (comm-failover, sections 1 to 3). Whoever holds
// one of these holds valid values: config/ judged them.
namespace nightwatt::core {

enum class FailoverSequence : std::uint8_t { try_in_order, jump_to_last_good };

// Which path a schedule polls (R23). current follows the active path; the others wait while their
// path is not the active one, for they never open a second active path.
enum class Binding : std::uint8_t { current, primary, secondary, tertiary };
std::string_view to_string(Binding binding);

// One of a device's polls. The first of a UPS carries ups.status: decisions use its readings.
struct ScheduleRule {
  std::string name{};
  Duration interval{1'000};
  Duration interval_alert{0};  // while on battery, failing or unproven; 0: as interval
  PollPriority priority = PollPriority::medium;
  Binding binding = Binding::current;
};

// One device reached through one comm device. Defaults are those of the conformance vectors.
struct PathRule {
  CommId comm{};
  std::string unit{};  // the device's name behind that comm device: a NUT UPS name, a Modbus unit
  bool available = true;
  Duration message_timeout{1'000};
  Duration message_delay{0};  // before each attempt
  int poll_attempts = 1;
  Duration initial_fail{30'000};
  Duration subsequent_fail{10'000};
  Duration retry_primary{300'000};  // ignored on rank 1
  // How many messages each schedule needs on this path; shorter than schedules: 1 for the rest, 0:
  // it has nothing to ask here and does not run.
  std::vector<std::uint16_t> messages{};
};

struct DeviceRule {
  std::string name{};
  std::string display_name{};  // empty: name
  bool is_ups = true;
  FailoverMode mode = FailoverMode::guarded;
  bool auto_failover = true;
  bool failback_on_failure = false;  // config sets true by default in guarded mode
  bool retry_control_on_failover = false;
  FailoverSequence sequence = FailoverSequence::try_in_order;
  PathRank active_at_start = primary;  // `active_path:`, manual mode only
  Duration poll_interval{1'000};
  std::vector<ScheduleRule> schedules{};     // empty: one, "default", every poll_interval
  std::vector<std::string> allow_control{};  // names of commands and variables; nothing else passes
  int rise = 2;                              // guarded: successful probes before failback
  std::vector<PathRule> paths{};             // index 0 is rank 1; 1..8 of them
};

struct CommRule {
  std::string name{};                  // the id in `comm_devices:`
  CommState at_start = CommState::ok;  // disabled when `enabled: false`
  // The driver's replies carry no ids, so a time-out fails every message that waits for this comm
  // device: a hung upsd costs one time-out and not one for each UPS behind it.
  bool shared_fate = false;
};

}  // namespace nightwatt::core
