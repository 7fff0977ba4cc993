#include "app/comm_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "io/system_clock.h"

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

Json comm_json(const core::Engine& engine, CommId comm, const ports::DeviceLink* link,
               const ports::Clock& clock) {
  const core::LineView line = engine.comm().line(comm);
  Json out;
  out["name"] = engine.site().comms[comm.value].name;
  out["state"] = to_string(line.state);
  out["taken_out"] = nullptr;
  if (const auto taken = engine.taken_out(comm, clock.now())) {
    out["taken_out"] = {{"who", taken->who}, {"at", io::rfc3339(clock.wall_now() - taken->ago)}};
  }
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

namespace {

std::string age_words(std::int32_t age_ms) {
  return age_ms == core::Decision::never ? "never" : fmt::format("{:.3g} s ago", age_ms / 1000.0);
}

std::string decision_text(const core::Decision& decision, std::size_t paths) {
  std::string out =
      fmt::format("{} from path {} to path {} ({})",
                  decision.outcome == DecisionOutcome::moved     ? "moved"
                  : decision.outcome == DecisionOutcome::dry_run ? "would have moved (dry run)"
                                                                 : "would have moved (frozen)",
                  decision.from.value, decision.to.value, to_string(decision.cause));
  if (decision.elapsed_ms != 0 || decision.threshold_ms != 0) {
    out += fmt::format(", after {:.3g} s of {:.3g} s", decision.elapsed_ms / 1000.0,
                       decision.threshold_ms / 1000.0);
  }
  out += "; last answers:";
  for (std::size_t i = 0; i < paths; ++i) {
    out += fmt::format("{} path {} {}", i == 0 ? "" : ",", i + 1, age_words(decision.ok_age_ms[i]));
  }
  return out;
}

}  // namespace

Json decisions_json(const core::DeviceView& view, const ports::Clock& clock) {
  const Instant now = clock.now();
  const WallTime wall = clock.wall_of(now);
  Json out = Json::array();
  for (const core::Decision& decision : view.decisions) {
    out.push_back({{"at", io::rfc3339(wall - (now - decision.at))},
                   {"outcome", to_string(decision.outcome)},
                   {"cause", to_string(decision.cause)},
                   {"from", decision.from.value},
                   {"to", decision.to.value},
                   {"elapsed_s", decision.elapsed_ms / 1000.0},
                   {"threshold_s", decision.threshold_ms / 1000.0},
                   {"text", decision_text(decision, view.paths.size())}});
  }
  return out;
}

std::optional<CommState> asked_comm_state(const std::string& word) {
  for (const CommState state : {CommState::ok, CommState::disabled, CommState::out_of_service}) {
    if (word == to_string(state)) return state;
  }
  return std::nullopt;
}

}  // namespace nightwatt::app
