#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "base/time.h"
#include "core/power/rule.h"
#include "model/ids.h"
#include "model/power.h"

// The checked settings of one group (power-quorum, section 3).
namespace nightwatt::core {

enum class GroupKind : std::uint8_t {
  redundancy,  // `redundancy_groups:`, two or more members
  ups,         // one UPS that owns resources itself; its triggers decide
};

enum class TriggersMode : std::uint8_t {
  add,      // the group's triggers besides the member's own: only stricter (Eneru)
  replace,  // instead of them: may be more tolerant
};

struct QuorumRule {
  GroupKind kind = GroupKind::redundancy;
  std::vector<DeviceId> members{};
  int min_healthy = 1;
  DegradedCounts degraded_counts_as = DegradedCounts::healthy;
  UnknownCounts unknown_counts_as = UnknownCounts::critical;
  Boxed<TriggerRule> triggers{};
  TriggersMode triggers_mode = TriggersMode::add;
  std::optional<Duration> blind_shutdown_after{};  // policy evidence only
  Duration readiness_window{80'000};               // cold start: 5 x interval + 5 s + grace + 10 s
  // Sizing alarms, percent of nominal power.
  double single_feed_load_max = 80;
  double member_load_max = 50;
  double headroom = 0;  // % taken off both
};

}  // namespace nightwatt::core
