#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/brief_duration.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/point.h"
#include "model/reading.h"

// The checked settings of member classification (power-quorum, sections 1 and 2).
namespace nightwatt::core {

enum class VoltageSensitivity : std::uint8_t { tight, normal, loose };  // 5, 10, 15 %

// One of the user's own: a number of the UPS, or a status point of its communication, against a
// limit. What is missing neither fires nor clears anything (core/power/condition.h).
struct ConditionRule {
  std::string name{};            // for people; empty: none
  std::string variable{};        // its name: "ups.temperature", "comm.success.hour"
  VariableId id{};               // of a variable
  std::optional<Point> point{};  // a status point: `id` means nothing
  bool of_comm = false;          // a status point, or a variable that one fills: never critical
  bool below = false;            // else above; strictly, in single precision
  double limit = 0;
  Duration hold{0};  // `for`: so long before it fires, and so long back before it clears
  bool critical = false;
  friend bool operator==(const ConditionRule&, const ConditionRule&) = default;
};
using ConditionRules = std::vector<ConditionRule>;
inline constexpr std::size_t conditions_max = 32;  // of one `conditions:`

// Defaults are Eneru's where Eneru has the key.
struct TriggerRule {
  double low_battery_threshold = 20;                             // %, charge below it
  double depletion_critical_rate = 15;                           // % per minute
  double overload_critical = 105;                                // % load, with OVER
  BriefDuration critical_runtime_threshold = Duration(600'000);  // runtime below it
  BriefDuration on_battery_stabilization_delay = Duration(30'000);
  BriefDuration depletion_window = Duration(300'000);
  BriefDuration depletion_grace_period = Duration(90'000);
  BriefDuration extended_time_threshold = Duration(900'000);
  bool low_battery_flag = true;  // OB and LB is critical at once
  bool extended_time_enabled = true;
  VoltageSensitivity voltage_sensitivity = VoltageSensitivity::normal;
  // Shared by all that inherit them; null: none, which must cost nothing.
  std::shared_ptr<const ConditionRules> conditions{};

  friend bool operator==(const TriggerRule&, const TriggerRule&) = default;
};

struct MemberRule {
  DeviceId device{};
  TriggerRule triggers{};
  BriefDuration poll_interval = Duration(1'000);
  BriefDuration stale_after = Duration(5'000);             // 5 x poll interval unless set
  BriefDuration connection_loss_grace = Duration(60'000);  // zero when the grace is disabled
  int max_stale_data_tolerance = 3;  // consecutive polls without a reading, on battery
  BriefDuration failsafe_after = Duration(10'000);
  // What the plans that hang on this member need; shortens failsafe_after when the last runtime
  // leaves less than that.
  BriefDuration needed_time{};
  BriefDuration calibration_max = Duration(3'600'000);
  std::optional<float> nominal_voltage{};  // V; else what the UPS reports
  std::optional<float> nominal_power{};    // W; else what the UPS reports
  // Guarded and automatic: no UNKNOWN and no failsafe before every usable path was tried.
  bool needs_every_path = true;
  // A member of a redundancy group: its triggers are advisory there.
  bool advisory = false;
};

}  // namespace nightwatt::core
