#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "base/brief_duration.h"
#include "base/brief_text.h"
#include "base/rare_list.h"
#include "core/comm/poll.h"
#include "model/comm.h"
#include "model/control.h"
#include "model/ids.h"
#include "model/point.h"
#include "model/reading.h"

// The checked settings of communication failover (comm-failover, sections 1 to 3). Whoever holds
// one of these holds valid values: config/ judged them.
namespace nightwatt::core {

enum class FailoverSequence : std::uint8_t { try_in_order, jump_to_last_good };

// Which path a schedule polls (R23). current follows the active path; the others wait while their
// path is not the active one, for they never open a second active path.
enum class Binding : std::uint8_t { current, primary, secondary, tertiary };
std::string_view to_string(Binding binding);

inline constexpr std::size_t schedules_max = 32;

// One of a device's polls. The first of a UPS carries ups.status: decisions use its readings.
struct ScheduleRule {
  std::string name{};
  BriefDuration interval = Duration(1'000);
  BriefDuration interval_alert{};  // while on battery, failing or unproven; 0: as interval
  PollPriority priority = PollPriority::medium;
  Binding binding = Binding::current;
};

// One device reached through one comm device. Defaults are those of the conformance vectors.
struct PathRule {
  CommId comm{};
  bool available = true;
  bool metered = false;  // guarded: no heartbeat over it while it stands by
  BriefText unit{};      // the device's name behind that comm device: a NUT UPS name, a Modbus unit
  BriefDuration message_timeout = Duration(1'000);
  BriefDuration message_delay{};  // before each attempt
  int poll_attempts = 1;
  BriefDuration initial_fail = Duration(30'000);
  BriefDuration subsequent_fail = Duration(10'000);
  BriefDuration retry_primary = Duration(300'000);  // ignored on rank 1
  // How many messages each schedule needs on this path; shorter than schedules: 1 for the rest, 0:
  // it has nothing to ask here and does not run.
  RareList<std::uint16_t> messages{};
};

// How one sees on the device that an order was applied.
struct VerifyRule {
  VariableId variable{};
  std::optional<double> number{};  // nothing: the order's value
  StatusWords words{};             // of ups.status: all of these are there
  double tolerance = 0;            // of the number: half a step of the device's own
};

// What an order takes on one path.
struct ControlPath {
  std::uint8_t steps = 1;  // messages; 0: it cannot be carried out there
  std::uint16_t verify_schedule = 0;
  bool verifiable = true;  // that schedule brings the variable of VerifyRule
};

// An order that the configuration allows, and what may be done with it (section 5, item 5).
struct ControlRule {
  ControlKind kind{};
  std::string name{};
  ControlPolicy policy = ControlPolicy::never;
  Duration expiry{30'000};
  bool takes_value = true;  // a command: on one of its paths at least
  std::optional<VerifyRule> verify{};
  double low = 0, high = 0;          // of a write's value; both 0: anything
  std::vector<ControlPath> paths{};  // of rank 1, 2, ...; those that are missing: ControlPath{}
};

// A status point that stands among the device's variables, filled when a poll ends.
struct PointVariable {
  VariableId variable{};  // first_other_variable or above
  Point point{};
  double scale = 1;  // value = point * scale + offset
  double offset = 0;
  std::uint32_t schedules = 0;  // bit i: by polls of schedule i
  std::uint8_t paths = 0;       // bit rank - 1: that end on this path
  friend bool operator==(const PointVariable&, const PointVariable&) = default;
};
using PointVariables = std::vector<PointVariable>;
static_assert(schedules_max <= 32 && paths_max <= 8);

struct DeviceRule {
  std::string name{};
  RareText display_name{};  // empty: name
  bool is_ups = true;
  FailoverMode mode = FailoverMode::guarded;
  bool auto_failover = true;
  bool failback_on_failure = false;  // config sets true by default in guarded mode
  bool retry_control_on_failover = false;
  FailoverSequence sequence = FailoverSequence::try_in_order;
  PathRank active_at_start = primary;  // `active_path:`, manual mode only
  bool failover_dry_run = false;       // guarded: says what it would do and stays
  bool tells_every_poll = false;       // the engine's: a user's condition looks at all schedules
  BriefDuration poll_interval = Duration(1'000);
  // While the device is alert (a UPS on battery), or its active path fails or is unproven. 0: same.
  BriefDuration poll_interval_alert{};
  // Guarded: how often a path that stands by, and a device that no path reaches, is tried. 0: no
  // heartbeat, and a dead device is polled like any other. config/ sets 60 s.
  BriefDuration probe_interval{};
  RareList<ScheduleRule> schedules{};     // empty: one, "default", every poll_interval
  RareList<std::string> allow_control{};  // names of commands and variables; nothing else passes
  RareList<ControlRule> controls{};       // of allowed names; one without: as ControlRule{}
  std::shared_ptr<const PointVariables> points{};  // shared by devices of one kind; null: none
  int rise = 2;                                    // guarded: successful probes before failback
  std::vector<PathRule> paths{};                   // index 0 is rank 1; 1..8 of them
};

// Where it begins, unless something better is remembered.
PathRank path_at_start(const DeviceRule& device);
// How many messages a schedule (0 when the device has none of its own) needs on a path.
std::uint16_t messages_of(const DeviceRule& device, std::uint16_t schedule, PathRank path);
// It may be bound to another path (R23), or have nothing to ask on this one.
bool runs_on(const DeviceRule& device, std::uint16_t schedule, PathRank path);
// What a probe asks: the first schedule that the path can answer.
std::optional<std::uint16_t> first_asked_on(const DeviceRule& device, PathRank path);
// What a dead device, or one that spoke, is polled for there. Nothing: no schedule runs there.
std::optional<std::uint16_t> first_running_on(const DeviceRule& device, PathRank path);

struct CommRule {
  std::string name{};                  // the id in `comm_devices:`
  CommState at_start = CommState::ok;  // disabled when `enabled: false`
  // The driver's replies carry no ids, so a time-out fails every message that waits for this comm
  // device: a hung upsd costs one time-out and not one for each UPS behind it.
  bool shared_fate = false;
  // Guarded: so many devices, or this share of those polled here (two at least), failing within so
  // long make the comm device suspect. 0 devices: never.
  std::uint32_t crowd_devices = 10;
  int crowd_percent = 50;
  Duration crowd_within{30'000};
  // Guarded: heartbeats started here per second, all devices together.
  int probes_per_second = 20;
  // Guarded: devices that may arrive here per second, moved in trouble; the scheduled polls of the
  // others are dropped and due again when it is their turn, so that what is polled here already
  // does not wait behind a crowd. At most 1,000, the grain of the clock.
  int arrivals_per_second = 500;
  // Thousandths of a message per second: polls that are quickened (poll_interval_alert) are so only
  // as far as all scheduled polls here stay within it. 0: no limit.
  std::uint32_t budget_milli = 0;
};

}  // namespace nightwatt::core
