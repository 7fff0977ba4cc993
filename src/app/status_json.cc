#include "app/status_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "app/variables_json.h"
#include "io/system_clock.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

// The two clocks, read once for a whole document so that its times agree with each other.
struct Times {
  Instant now;
  WallTime wall;
  Json at(std::optional<Instant> instant) const {
    if (!instant) return nullptr;
    return io::rfc3339(wall - (now - *instant));
  }
  Json age(std::optional<Instant> instant) const {
    if (!instant) return nullptr;
    return seconds(now - *instant);
  }
};

Times times_of(const ports::Clock& clock) {
  const Instant now = clock.now();
  return {now, clock.wall_of(now)};
}

Json number(std::optional<double> value) {
  if (!value) return nullptr;
  return *value;
}

Json reasons_json(const std::vector<Reason>& reasons) {
  Json out = Json::array();
  for (const Reason& reason : reasons) {
    out.push_back(fmt::format("{}: {}", to_string(reason.kind), sentence(reason)));
  }
  return out;
}

Json reason_details(const std::vector<Reason>& reasons) {
  Json out = Json::array();
  for (const Reason& reason : reasons) {
    out.push_back({{"kind", to_string(reason.kind)},
                   {"value", reason.value},
                   {"limit", reason.limit},
                   {"clears", how_it_clears(reason.kind)}});
    if (!reason.subject.empty()) out.back()["condition"] = reason.subject;
  }
  return out;
}

Json count_json(const core::MessageCount& count) {
  return {{"answered", count.answered}, {"all", count.all}};
}

Json path_json(const core::PathView& path, const Times& times) {
  Json out;
  out["path"] = path.rank.value;
  out["comm"] = path.comm_name;
  out["unit"] = path.unit;
  out["condition"] = core::to_string(path.condition);
  out["usable"] = path.usable;
  if (!path.why_unusable.empty()) out["why_unusable"] = path.why_unusable;
  out["last_ok_at"] = times.at(path.last_ok);
  out["last_error"] = path.last_error.empty() ? Json(nullptr) : Json(path.last_error);
  out["failed_at"] = times.at(path.failed_at);
  out["attempts"] = path.attempts;
  out["failures"] = path.failures;
  out["failovers"] = path.failovers;
  out["latency_ms"] = number(path.latency_ms);
  out["latency_p95_ms"] = number(path.latency_p95_ms);
  out["loss_percent"] = path.loss_percent;
  return out;
}

Json device(const core::Engine& engine, DeviceId id, const Times& times) {
  const core::DeviceRule& rule = engine.site().devices.at(id.value);
  const core::DeviceView view = engine.comm().view(id, times.now);
  const core::MemberView* member = engine.member(id);
  Json out;
  out["name"] = rule.name;
  if (!rule.display_name.empty()) out["display_name"] = rule.display_name.text();
  out["active"] = {{"path", view.active.value}, {"comm", view.active_comm}};
  if (member != nullptr) {
    out["state"] = to_string(member->state);
    out["reasons"] = reasons_json(member->reasons);
    out["reason_details"] = reason_details(member->reasons);
    out["since"] = times.at(member->since);
    out["evidence"] = member->evidence;
    out["reading_age_s"] = times.age(member->last_reading);
    out["on_battery_since"] = times.at(member->on_battery_since);
  } else {
    const bool fresh =
        view.last_reading && times.now - *view.last_reading <= 5 * rule.poll_interval;
    out["state"] = to_string(fresh ? MemberState::healthy : MemberState::unknown);
    out["reasons"] = Json::array();
    out["reading_age_s"] = times.age(view.last_reading);
  }
  out["mode"] = to_string(view.mode);
  out["automatic"] = view.automatic;
  out["path_since"] = times.at(view.since);
  out["move_cause"] = view.move_cause ? Json(to_string(*view.move_cause)) : Json(nullptr);
  out["why"] = view.why_here;
  out["next"] = view.what_next;
  out["primary_failed_over"] = view.primary_failed_over;
  out["frozen_until"] = times.at(view.frozen_until);
  out["failover_dry_run"] = view.dry_run;
  out["unreachable"] = view.dead;
  out["flaps"] = view.flaps;
  out["success_percent_hour"] = number(view.success_hour);
  out["success_percent_day"] = number(view.success_day);
  out["messages_hour"] = count_json(view.messages_hour);
  out["messages_day"] = count_json(view.messages_day);
  out["paths"] = Json::array();
  for (const core::PathView& path : view.paths) out["paths"].push_back(path_json(path, times));
  const Reading* reading = engine.newest_reading(id);
  out["reading"] = reading == nullptr ? Json(nullptr) : reading_json(engine.site(), *reading);
  return out;
}

Json step_json(const StepRecord& step, const Times& times) {
  Json out;
  out["id"] = step.id;
  out["name"] = step.name;
  out["state"] = to_string(step.state);
  out["dry_run"] = step.dry_run;
  out["started_at"] = times.at(step.started_at);
  out["ended_at"] = times.at(step.ended_at);
  out["error"] = step.error.empty() ? Json(nullptr) : Json(step.error);
  out["down_confirmed"] = step.down_confirmed;
  return out;
}

Json steps_json(const std::vector<StepRecord>& steps, const Times& times) {
  Json out = Json::array();
  for (const StepRecord& step : steps) out.push_back(step_json(step, times));
  return out;
}

Json run_json(const core::RunView& run, const Times& times) {
  Json out;
  out["state"] = to_string(run.state);
  out["id"] = run.run ? Json(run.run->value) : Json(nullptr);
  out["reason"] = run.reason.empty() ? Json(nullptr) : Json(run.reason);
  out["committed_at"] = times.at(run.committed_at);
  out["ended_at"] = times.at(run.ended_at);
  out["countdown_ends_at"] = times.at(run.countdown_ends);
  out["held_until"] = times.at(run.held_until);
  if (!run.suppressed_by.empty()) out["suppressed_by"] = run.suppressed_by;
  out["needed_time_s"] = seconds(run.needed_time);
  out["steps"] = steps_json(run.steps, times);
  out["return_list"] = run.return_list;
  return out;
}

Json last_run_json(const std::optional<RunRecord>& run, const Times& times) {
  if (!run) return nullptr;
  Json out;
  out["state"] = to_string(run->state);
  out["id"] = run->id.value;
  out["reason"] = run->reason;
  out["committed_at"] = times.at(run->committed_at);
  out["ended_at"] = times.at(run->ended_at);
  out["steps"] = steps_json(run->steps, times);
  return out;
}

Json sizing_json(const core::Sizing& sizing) {
  Json out;
  out["single_feed_load_percent"] = number(sizing.single_feed_load);
  out["single_feed_limit_percent"] = sizing.single_feed_limit;
  out["worst_failure"] = sizing.worst_failure.empty() ? Json(nullptr) : Json(sizing.worst_failure);
  out["member_load_percent"] = number(sizing.member_load);
  out["member_limit_percent"] = sizing.member_limit;
  out["post_transfer_runtime_s"] = number(sizing.post_transfer_runtime_s);
  out["text"] = core::sentence(sizing);
  return out;
}

Json group(const core::Engine& engine, GroupId id, const Times& times) {
  const core::GroupRule& rule = engine.site().groups.at(id.value);
  const core::GroupView view = engine.group(id, times.now);
  const bool redundant = rule.quorum.kind == core::GroupKind::redundancy;
  Json out;
  out["name"] = rule.name;
  out["kind"] = redundant ? "redundancy" : "ups";
  out["verdict"] = to_string(view.verdict);
  out["since"] = times.at(view.since);
  out["deferred"] = view.deferred;
  out["healthy_count"] = view.count.healthy;
  out["min_healthy"] = rule.quorum.min_healthy;
  out["evidence"] = view.count.evidence;
  out["next_failure"] = view.what_next;
  out["degraded_counts_as"] = to_string(rule.quorum.degraded_counts_as);
  out["unknown_counts_as"] = to_string(rule.quorum.unknown_counts_as);
  out["is_local"] = rule.is_local;
  out["members"] = Json::array();
  for (std::size_t i = 0; i < view.members.size(); ++i) {
    const core::MemberView& member = view.members[i];
    out["members"].push_back({{"name", engine.site().devices.at(rule.quorum.members[i].value).name},
                              {"state", to_string(member.state)},
                              {"reasons", reasons_json(member.reasons)},
                              {"counts_as", core::to_string(view.counts[i])},
                              {"evidence", member.evidence}});
  }
  if (redundant) out["sizing"] = sizing_json(view.sizing);
  out["run"] = run_json(view.run, times);
  out["last_run"] = last_run_json(view.run.last_run, times);
  return out;
}

}  // namespace

Json device_json(const EngineLoop& loop, DeviceId id, const ports::Clock& clock) {
  Json out = device(loop.engine(), id, times_of(clock));
  add_variables(out, loop, id, clock);
  return out;
}

Json group_json(const core::Engine& engine, GroupId id, const ports::Clock& clock) {
  return group(engine, id, times_of(clock));
}

Json plan_json(const core::GroupRule& rule, Duration needed_time) {
  Json out;
  out["group"] = rule.name;
  out["needed_time_s"] = seconds(needed_time);
  out["confirm_for_s"] = seconds(rule.plan.confirm_for);
  out["steps"] = Json::array();
  for (const core::StepRule& step : rule.plan.steps) {
    Json entry;
    entry["id"] = step.id;
    entry["name"] = step.name;
    entry["phase"] = step.is_local_power_off ? Json("last") : Json(step.phase);
    if (const auto* remote = std::get_if<RemoteAction>(&step.action)) {
      entry["kind"] = "remote";
      entry["target"] = fmt::format("{}@{}:{}", remote->user, remote->host, remote->port);
      entry["commands"] = Json::array();
      for (const auto& before : remote->pre_shutdown) entry["commands"].push_back(before.command);
      entry["commands"].push_back(remote->shutdown.command);
    } else {
      entry["kind"] = step.is_local_power_off ? "local" : "command";
      entry["target"] = "this host";
      entry["commands"] = {
          fmt::format("{}", fmt::join(std::get<CommandAction>(step.action).argv, " "))};
    }
    entry["deadline_s"] = seconds(step.deadline);
    entry["depends_on"] = step.depends_on;
    entry["wait_down"] = step.wait_down;
    entry["dry_run"] = step.dry_run;
    out["steps"].push_back(std::move(entry));
  }
  return out;
}

Json event_json(const ports::HistoryEntry& entry) {
  Json out;
  out["id"] = entry.id;
  out["time"] = io::rfc3339(entry.time);
  out["kind"] = entry.kind;
  out["severity"] = to_string(entry.severity);
  out["subject"] = entry.subject;
  out["message"] = entry.message;
  out["details"] = Json::object();
  for (const auto& [key, value] : entry.details) out["details"][key] = value;
  return out;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nightwatt::app
