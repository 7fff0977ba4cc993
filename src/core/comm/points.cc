#include "core/comm/points.h"

#include "core/comm/comm.h"

namespace nightwatt::core {

namespace {

std::optional<double> known(float value) {
  if (value < 0) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> path_point(const PathState& path, PointKind kind) {
  switch (kind) {
    case PointKind::failovers: return path.failovers;
    case PointKind::latency: return known(path.latency_ms);
    case PointKind::latency_p95: return known(path.quality.p95_ms);
    case PointKind::loss: return 100.0 * static_cast<double>(path.quality.loss);
    case PointKind::attempts: return static_cast<double>(path.attempts);
    case PointKind::failures: return static_cast<double>(path.failures);
    case PointKind::active_line:
    case PointKind::primary_failed_over:
    case PointKind::success_hour:
    case PointKind::success_day: break;  // of the device
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> Comm::point(DeviceId device, Point point, Instant now) const {
  const DeviceState& state = devices_[device.value];
  switch (point.kind) {
    case PointKind::active_line: return state.active.value;
    case PointKind::primary_failed_over: return state.failed_over ? 1 : 0;
    case PointKind::success_hour: return state.messages.last_hour(now).percent();
    case PointKind::success_day: return state.messages.last_day(now).percent();
    case PointKind::failovers:
    case PointKind::latency:
    case PointKind::latency_p95:
    case PointKind::loss:
    case PointKind::attempts:
    case PointKind::failures: break;
  }
  if (point.path.value < 1 || point.path.value > state.paths.size()) return std::nullopt;
  return path_point(state.paths[point.path.value - 1u], point.kind);
}

Reading points_of(const Comm& comm, DeviceId device, std::uint16_t schedule, PathRank path,
                  Instant now) {
  Reading out;
  out.at = now;
  for (const PointVariable& each : *comm.device_rules()[device.value].points) {
    const bool here =
        (each.schedules >> schedule & 1u) != 0 && (each.paths >> (path.value - 1u) & 1u) != 0;
    const auto number = here ? comm.point(device, each.point, now) : std::nullopt;
    if (!number) continue;
    Reading one;
    one.others.push_back({each.variable, *number * each.scale + each.offset});
    out.merge(one);
  }
  return out;
}

}  // namespace nightwatt::core
