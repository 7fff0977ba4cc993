#include "app/comm_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace nightwatt::app {

using Json = nlohmann::ordered_json;

namespace {

template <class T>
Json maybe(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}

Json id_or_null(const std::string& id) { return id.empty() ? Json(nullptr) : Json(id); }

}  // namespace

Json points_json(const core::DeviceView& view) {
  Json out;
  out["comm.active.id"] = view.active_comm;
  out["comm.active.line"] = view.active.value;
  out["comm.primary.id"] = view.primary_comm;
  out["comm.primary.failed_over"] = view.primary_failed_over ? 1 : 0;
  out["comm.secondary.id"] = id_or_null(view.secondary_comm);
  for (const core::PathView& path : view.paths) {
    out[fmt::format("comm.failovers.{}", path.rank.value)] = path.failovers;
  }
  out["comm.success.hour"] = maybe(view.success_hour);
  out["comm.success.day"] = maybe(view.success_day);
  for (const core::PathView& path : view.paths) {
    const std::string head = fmt::format("comm.path.{}.", path.rank.value);
    out[head + "latency_ms"] = maybe(path.latency_ms);
    out[head + "latency_p95_ms"] = maybe(path.latency_p95_ms);
    out[head + "loss"] = path.loss_percent;
    out[head + "attempts"] = path.attempts;
    out[head + "failures"] = path.failures;
  }
  return out;
}

Json comm_json(const core::CommRule& rule, const core::LineView& line,
               const ports::DeviceLink* link) {
  Json out;
  out["name"] = rule.name;
  out["state"] = to_string(line.state);
  out["devices"] = line.devices;
  out["active_devices"] = line.active_devices;
  out["polls_waiting"] = line.polls_waiting;
  out["busy"] = line.busy;
  if (link == nullptr) {
    out["link"] = nullptr;
    return out;
  }
  const ports::LinkStats stats = link->stats();
  out["link"] = {{"connected", stats.connected},
                 {"connects", stats.connects},
                 {"connect_failures", stats.connect_failures},
                 {"reconnects", stats.reconnects},
                 {"requests", stats.requests},
                 {"replies", stats.replies},
                 {"failures", stats.failures},
                 {"cancels", stats.cancels},
                 {"bytes_in", stats.bytes_in},
                 {"bytes_out", stats.bytes_out}};
  return out;
}

std::optional<CommState> asked_comm_state(const std::string& word) {
  for (const CommState state : {CommState::ok, CommState::disabled, CommState::out_of_service}) {
    if (word == to_string(state)) return state;
  }
  return std::nullopt;
}

}  // namespace nightwatt::app
