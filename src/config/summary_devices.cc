#include "config/summary_devices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/address.h"
#include "config/comm_device.h"
#include "config/conditions.h"
#include "config/duration.h"
#include "config/path_settings.h"
#include "config/poll_budget.h"

namespace nightwatt::config {
namespace {

constexpr std::string_view rank_names[] = {"primary", "first failover", "second failover"};

std::string rank_name(std::size_t index) {
  return index < std::size(rank_names) ? std::string(rank_names[index])
                                       : fmt::format("path {}", index + 1);
}

// When a comm device is suspect, and what its guarded devices may ask of it.
std::string guards(const core::CommRule& rule) {
  const std::string suspect =
      rule.crowd_devices == 0
          ? std::string("never suspect")
          : fmt::format("suspect when {} devices or {} % fail within {}", rule.crowd_devices,
                        rule.crowd_percent, show(rule.crowd_within));
  return fmt::format("{}; at most {} heartbeats and {} arrivals a second", suspect,
                     rule.probes_per_second, rule.arrivals_per_second);
}

bool usual_only(const Config& config) {
  return std::ranges::all_of(config.site.comms,
                             [](const auto& rule) { return guards(rule) == guards({}); });
}

// "nut-a1 unit ups1", "card, profile rfc1628", "line unit 1, profile apc-modbus".
std::string way_of(const Config& config, const core::PathRule& path,
                   const profile::PathPlan* plan) {
  std::string out = config.site.comms[path.comm.value].name;
  if (!path.unit.empty()) out += " unit " + path.unit.text();
  return plan == nullptr ? out : out + ", profile " + plan->profile.name;
}

std::string failover_of(const core::DeviceRule& device) {
  std::string mode(to_string(device.mode));
  if (device.paths.size() < 2 && device.auto_failover) {
    mode += ", one path";
  } else if (device.auto_failover) {
    mode += ", automatic";
    mode += device.sequence == core::FailoverSequence::try_in_order ? ", try in order"
                                                                    : ", jump to last good";
    mode += fmt::format(", failback on failure {}", device.failback_on_failure ? "yes" : "no");
    if (device.mode == FailoverMode::guarded) mode += fmt::format(", rise {}", device.rise);
  } else {
    mode += ", manual, starts on " + rank_name(device.active_at_start.value - 1u);
  }
  if (device.mode == FailoverMode::guarded) {
    mode += device.probe_interval.count() > 0 ? ", probes every " + show(device.probe_interval)
                                              : ", no probes";
    if (device.failover_dry_run) mode += ", DRY RUN";
  }
  if (device.retry_control_on_failover) mode += ", control messages are retried";
  return mode;
}

std::string quicker(Duration interval) {
  return interval.count() > 0 ? fmt::format(" ({} on battery or in trouble)", show(interval)) : "";
}

std::string_view word_of(core::PollPriority priority) {
  switch (priority) {
    case core::PollPriority::admin: return "admin";
    case core::PollPriority::user: return "user";
    case core::PollPriority::high: return "high";
    case core::PollPriority::medium: return "medium";
    case core::PollPriority::low: return "low";
  }
  return "?";
}

void add_schedules(const core::DeviceRule& device, Page& page) {
  for (const core::ScheduleRule& rule : device.schedules) {
    page.add(
        fmt::format("     Schedule {}:", rule.name),
        fmt::format("every {}{}, {} priority, bound to {}", show(rule.interval),
                    quicker(rule.interval_alert), word_of(rule.priority), to_string(rule.binding)),
        7);
  }
}

// The paths on which an order cannot be carried out.
std::string missing_paths(const core::DeviceRule& device, const core::ControlRule& rule) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(device.paths.size(), rule.paths.size()); ++i) {
    if (rule.paths[i].steps == 0) names.push_back(rank_name(i));
  }
  return names.empty() ? "" : fmt::format(", not over {}", fmt::join(names, " or "));
}

// What people may order, and what is done when no answer comes.
void add_controls(const core::DeviceRule& device, Page& page) {
  std::vector<std::string> allowed;
  for (const std::string& name : device.allow_control) {
    const auto found = std::ranges::find(device.controls, name, &core::ControlRule::name);
    const core::ControlRule rule =
        found != device.controls.end() ? *found : core::ControlRule{.name = name};
    allowed.push_back(fmt::format("{} ({}, expires after {}{})", name, to_string(rule.policy),
                                  show(rule.expiry), missing_paths(device, rule)));
  }
  if (!allowed.empty()) page.add_list("     Control:", allowed, 7);
}

// `origins`: of its first path.
void add_device(const Config& config, const core::DeviceRule& device, std::size_t number,
                const Origins* origins, Page& page) {
  std::string head = fmt::format("{} every {}{}", device.is_ups ? "UPS" : "device",
                                 show(device.poll_interval), quicker(device.poll_interval_alert));
  if (!device.display_name.empty()) head = device.display_name.text() + ", " + head;
  page.add(fmt::format("  {}. {}:", number, device.name), head, 6);
  page.add("     Failover:", failover_of(device), 7);
  add_schedules(device, page);
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    const core::PathRule& path = device.paths[i];
    const auto* plan = config.plans.at(DeviceId{static_cast<std::uint32_t>(number - 1)},
                                       PathRank{static_cast<std::uint8_t>(i + 1)});
    const std::string first = fmt::format("     {}: {}:", rank_name(i), way_of(config, path, plan));
    page.add(first, show_path_settings(device, i, origins[i]), 7);
  }
  add_controls(device, page);
  const auto& members = config.site.members;  // UPSes come first in both tables
  if (number <= members.size()) add_conditions(members[number - 1].triggers, page);
}

}  // namespace

void add_conditions(const core::TriggerRule& triggers, Page& page) {
  if (triggers.conditions == nullptr) return;
  std::vector<std::string> texts;
  for (const core::ConditionRule& rule : *triggers.conditions) texts.push_back(show(rule));
  page.add_list(fmt::format("     Conditions ({}):", texts.size()), texts, 7);
}

void add_comms(const Config& config, Page& page) {
  const bool guarded = std::ranges::any_of(
      config.site.devices, [](const auto& it) { return it.mode == FailoverMode::guarded; });
  bool some_usual = false;
  page.line(fmt::format("Comm devices ({}):", config.endpoints.size()));
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    const CommEndpoint& endpoint = config.endpoints[i];
    const core::CommRule& rule = config.site.comms[i];
    std::string text = show(endpoint);
    if (rule.at_start == CommState::disabled) text += ", disabled";
    text += show_poll_budget(rule);
    const bool usual = guards(rule) == guards({});
    some_usual = some_usual || usual;
    if (guarded && !usual) text += ", " + guards(rule);
    const std::string first = endpoint.implicit ? "  " + rule.name : "  " + rule.name + ":";
    page.add(first, endpoint.implicit ? "" : text, 6);
  }
  if (guarded && some_usual) {
    page.add(usual_only(config) ? "  Each:" : "  Each of the others:", guards({}), 6);
  }
  if (!config.snmp_traps) return;
  const SnmpTraps& traps = *config.snmp_traps;
  page.add("  SNMP traps:",
           fmt::format("heard on {}{}, {} v3 user{}", host_port(traps.address, traps.port),
                       traps.community.empty() ? "" : ", of one community", traps.users.size(),
                       traps.users.size() == 1 ? "" : "s"),
           6);
}

void add_devices(const Config& config, Page& page) {
  page.line(fmt::format("Devices ({}):", config.site.devices.size()));
  std::size_t number = 0;
  const Origins* origins = config.origins.data();
  for (const auto& device : config.site.devices) {
    add_device(config, device, ++number, origins, page);
    origins += device.paths.size();
  }
}

}  // namespace nightwatt::config
