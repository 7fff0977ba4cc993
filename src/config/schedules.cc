#include "config/schedules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

bool wants_status(const profile::Wanted& wanted) {
  return wanted.all() || !wanted.groups.empty() ||
         std::ranges::find(wanted.variables, status_variable) != wanted.variables.end();
}

std::optional<VariableId> named(const Located<std::string>& name, const std::string& where,
                                Draft& draft) {
  if (name.value == "ups.status") return status_variable;
  if (!check_variable_name(name, where, draft.out)) return std::nullopt;
  const auto id = VariableNames(draft.config.site.other_variables).id(name.value);
  if (!id) draft.out.error(name.pos, "too many different variables");
  return id;
}

core::ScheduleRule read_schedule(Section& section, Draft& draft, ScheduleWritten& written) {
  core::ScheduleRule rule;
  Located<std::string> name;
  if (section.name("name", name)) {
    rule.name = name.value;
  } else if (!section.has("name")) {
    draft.out.error(section.pos(), section.label() + " has no 'name'");
  }
  written.pos = section.pos();
  section.texts("variables", written.variables);
  section.texts("groups", written.groups);
  const DurationRange range{.low = Duration{50}, .high = std::chrono::hours(24)};
  if (!section.duration("interval", rule.interval, range) && !section.has("interval")) {
    draft.out.error(section.pos(), section.label() + " has no 'interval'");
  }
  section.duration("interval_alert", rule.interval_alert, range);
  if (rule.interval_alert > rule.interval) {
    draft.out.error(section.pos_of("interval_alert"),
                    section.path("interval_alert") + " is longer than interval",
                    "it is the interval while it matters: on battery, or in trouble");
  }
  section.choice("priority", rule.priority,
                 {{"low", core::PollPriority::low},
                  {"medium", core::PollPriority::medium},
                  {"high", core::PollPriority::high}});
  written.bound = section.choice("bound_to", rule.binding,
                                 {{"current", core::Binding::current},
                                  {"primary", core::Binding::primary},
                                  {"secondary", core::Binding::secondary},
                                  {"tertiary", core::Binding::tertiary}});
  section.finish();
  return rule;
}

// A binding to a path that the device does not have would wait for ever.
void check_binding(const core::DeviceRule& device, const core::ScheduleRule& rule, bool first,
                   SourcePos pos, Draft& draft) {
  const auto rank = static_cast<std::size_t>(rule.binding);
  if (rank > device.paths.size()) {
    draft.out.error(pos,
                    fmt::format("schedule '{}' is bound to the {} path, and '{}' has {}", rule.name,
                                to_string(rule.binding), device.name, device.paths.size()));
  }
  if (first && device.is_ups && rule.binding != core::Binding::current) {
    draft.out.error(
        pos,
        fmt::format("schedule '{}' is the first of a UPS and must be bound to current", rule.name),
        "decisions use its readings, over whichever path is active");
  }
}

bool some_path_reads(const DeviceWritten& device, const std::string& group,
                     std::optional<VariableId> variable) {
  for (const auto& [used, pos] : device.profiles) {
    if (used == nullptr) {
      if (variable) return true;  // NUT says whatever its driver knows
      continue;
    }
    const auto named = [&](const auto& item) {
      return variable ? item.variable == *variable : item.group == group;
    };
    if (std::ranges::any_of(used->items, named) || std::ranges::any_of(used->points, named)) {
      return true;
    }
  }
  return false;
}

void check_wanted(const core::DeviceRule& device, const DeviceWritten& written, std::size_t i,
                  Draft& draft) {
  const ScheduleWritten& text = written.schedules[i];
  const auto& variables = written.wanted[i].variables;
  for (std::size_t v = 0; v < text.variables.size() && v < variables.size(); ++v) {
    if (some_path_reads(written, "", variables[v])) continue;
    draft.out.error(text.variables[v].pos, fmt::format("no path of '{}' reads '{}'", device.name,
                                                       text.variables[v].value));
  }
  for (const auto& group : text.groups) {
    if (some_path_reads(written, group.value, std::nullopt)) continue;
    draft.out.error(group.pos,
                    fmt::format("no path of '{}' has the group '{}'", device.name, group.value),
                    "groups stand in the items of a profile");
  }
}

// Status points come when a poll ends: without a message there is no poll.
void check_polled(const DeviceWritten& written, std::size_t i, Draft& draft) {
  const profile::Wanted& wanted = written.wanted[i];
  const auto asked = [&](const auto& item) {
    return profile::wants(wanted, item.variable, item.group);
  };
  bool points = false;
  for (const auto& [used, pos] : written.profiles) {
    if (used == nullptr || std::ranges::any_of(used->items, asked)) return;
    points = points || std::ranges::any_of(used->points, asked);
  }
  if (!points) return;
  draft.out.error(written.schedules[i].pos, "a schedule of status points alone polls nothing",
                  "they are filled when a poll ends: name a variable of the device, too");
}

// What decisions use must come with the first schedule: they see no other.
void warn_of_late_variables(const core::DeviceRule& device, const DeviceWritten& written,
                            Draft& draft) {
  const profile::Wanted& first = written.wanted.front();
  if (!device.is_ups || first.all() || !first.groups.empty()) return;
  for (std::size_t i = 1; i < written.wanted.size(); ++i) {
    for (const VariableId variable : written.wanted[i].variables) {
      if (variable.value >= variable_count) continue;
      if (std::ranges::find(first.variables, variable) != first.variables.end()) continue;
      const auto name = variable_name(static_cast<Variable>(variable.value));
      draft.out.warning(
          written.schedules[i].pos,
          fmt::format("'{}': {} is read by schedule '{}' only, and decisions see the "
                      "first one, '{}'",
                      device.name, name, device.schedules[i].name, device.schedules[0].name),
          fmt::format("add {} to '{}' when a trigger needs it", name, device.schedules[0].name));
    }
  }
}

// Implicitly bound to current, and another path would answer something else.
void warn_of_silent_change(const core::DeviceRule& device, const DeviceWritten& written,
                           std::size_t i, Draft& draft) {
  if (written.schedules[i].bound || (i == 0 && device.is_ups)) return;
  for (std::size_t p = 1; p < device.paths.size(); ++p) {
    const bool unit = device.paths[p].unit != device.paths[0].unit;
    const bool profile = written.profiles[p].value != written.profiles[0].value;
    if (!unit && !profile) continue;
    draft.out.warning(
        written.schedules[i].pos,
        fmt::format("'{}': after a failover, schedule '{}' silently reads path {}, which has "
                    "another {}",
                    device.name, device.schedules[i].name, p + 1, profile ? "profile" : "unit"),
        "bound_to: primary keeps what it reads; bound_to: current says that this is meant");
    return;
  }
}

}  // namespace

void read_schedules(Section& section, Draft& draft, core::DeviceRule& device,
                    DeviceWritten& written) {
  const Item* list = section.take_list("schedules");
  if (list == nullptr) return;
  if (list->children.size() > core::schedules_max) {
    draft.out.error(list->pos, fmt::format("more than {} schedules", core::schedules_max));
    return;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    const std::string label = fmt::format("{}.schedules[{}]", section.label(), i + 1);
    Section one(*list->children[i], label, draft.out);
    ScheduleWritten text;
    core::ScheduleRule rule = read_schedule(one, draft, text);
    if (!rule.name.empty() && !names.insert(rule.name).second) {
      draft.out.error(text.pos, fmt::format("{}: there are two schedules '{}'", label, rule.name));
    }
    profile::Wanted wanted;
    for (const auto& variable : text.variables) {
      if (const auto id = named(variable, label, draft)) wanted.variables.push_back(*id);
    }
    for (const auto& group : text.groups) wanted.groups.push_back(group.value);
    if (i == 0 && device.is_ups && !wants_status(wanted)) {
      draft.out.error(text.pos, label + ": the first schedule of a UPS must read ups.status");
    }
    check_binding(device, rule, i == 0, text.pos, draft);
    device.schedules.push_back(std::move(rule));
    written.wanted.push_back(std::move(wanted));
    written.schedules.push_back(std::move(text));
  }
  if (section.has("check_interval") && !device.schedules.empty()) {
    draft.out.error(section.pos_of("check_interval"),
                    section.path("check_interval") + " and schedules are written",
                    "each schedule has its own interval");
  }
  if (!device.schedules.empty()) device.poll_interval = device.schedules[0].interval;
}

void check_schedules(Draft& draft) {
  for (std::size_t d = 0; d < draft.config.site.devices.size(); ++d) {
    const core::DeviceRule& device = draft.config.site.devices[d];
    const DeviceWritten& written = draft.devices[d];
    if (written.schedules.empty()) continue;
    for (std::size_t i = 0; i < written.schedules.size(); ++i) {
      check_wanted(device, written, i, draft);
      check_polled(written, i, draft);
      warn_of_silent_change(device, written, i, draft);
    }
    warn_of_late_variables(device, written, draft);
  }
}

}  // namespace nightwatt::config
