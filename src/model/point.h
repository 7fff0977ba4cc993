#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ids.h"

// Status points: what is known of a device's communication, as numbers with names (comm-failover,
// section 4; docs/API.md). Triggers and profiles refer to them by these names. Those that are text
// (comm.active.id) are no numbers and can only be read.
namespace nightwatt {

enum class PointKind : std::uint8_t {
  active_line,          // comm.active.line: rank of the active path
  primary_failed_over,  // comm.primary.failed_over: 0 or 1
  success_hour,         // comm.success.hour: percent of its messages
  success_day,          // comm.success.day: "
  failovers,            // comm.failovers.N: automatic moves away from path N
  latency,              // comm.path.N.latency_ms
  latency_p95,          // comm.path.N.latency_p95_ms
  loss,                 // comm.path.N.loss: percent of recent attempts
  attempts,             // comm.path.N.attempts
  failures,             // comm.path.N.failures
};

struct Point {
  PointKind kind{};
  PathRank path{};  // 0: the point is of the device, and not of one of its paths
  friend bool operator==(const Point&, const Point&) = default;
};

std::string name_of(Point point);          // "comm.path.2.loss"
std::string_view unit_of(PointKind kind);  // "%", "ms", "" for what is counted
// Nothing: no such number; paths are 1 to paths_max.
std::optional<Point> point_named(std::string_view name);
bool is_text_point(std::string_view name);
// Everything that begins so is a status point and no variable of a device.
bool is_point_name(std::string_view name);
// The names of all numbers of a device with so many paths.
std::vector<std::string> point_names(std::uint8_t paths);

}  // namespace nightwatt
