#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/config.h"
#include "config/duration.h"
#include "config/page.h"
#include "core/comm/budget.h"

namespace nightwatt::config {
namespace {

using Sentences = std::vector<std::string>;

void about_unknown(const core::GroupRule& group, Sentences& out) {
  switch (group.quorum.unknown_counts_as) {
    case UnknownCounts::critical:
      out.push_back(
          fmt::format("'{}': unknown->critical means that losing sight of the UPSes alone, with "
                      "the mains fine, shuts the "
                      "group down. unknown_counts_as: evidence does not.",
                      group.name));
      return;
    case UnknownCounts::evidence:
      if (group.quorum.blind_shutdown_after) return;
      out.push_back(
          fmt::format("'{}': unknown->evidence without blind_shutdown_after never shuts down while "
                      "nothing is seen, and an "
                      "unpowered network switch looks the same as a broken one.",
                      group.name));
      return;
    case UnknownCounts::degraded:
      if (group.quorum.degraded_counts_as == DegradedCounts::critical) {
        out.push_back(fmt::format(
            "'{}': unknown->degraded->critical is unknown->critical: losing sight alone "
            "shuts the group down.",
            group.name));
        return;
      }
      [[fallthrough]];
    case UnknownCounts::healthy:
      out.push_back(
          fmt::format("'{}': a UPS that cannot be seen counts as healthy, so a group that sees "
                      "nothing never shuts down.",
                      group.name));
      return;
  }
}

void about_quorum(const core::GroupRule& group, Sentences& out) {
  if (group.quorum.kind != core::GroupKind::redundancy) return;
  about_unknown(group, out);
  const auto members = static_cast<int>(group.quorum.members.size());
  if (group.quorum.min_healthy == members) {
    out.push_back(fmt::format(
        "'{}': min_healthy={} of {} leaves no redundancy: the first failure shuts down.",
        group.name, group.quorum.min_healthy, members));
  }
  if (group.plan.steps.empty()) {
    out.push_back(
        fmt::format("'{}': there is nothing to shut down: it only shows its verdict.", group.name));
  }
  if (group.plan.stray_flag == core::StrayFlag::suppress && !group.plan.steps.empty()) {
    out.push_back(
        fmt::format("'{}': stray_flag: suppress lets a forgotten flag file stop the shutdown. "
                    "stray_flag: replace does not.",
                    group.name));
  }
}

// A plan must fit into what is left when its trigger fires.
void about_runtime(const core::Site& site, const core::GroupRule& group, Sentences& out) {
  if (group.plan.steps.empty()) return;
  std::optional<Duration> threshold;
  const auto consider = [&](const core::TriggerRule& triggers) {
    const Duration t = triggers.critical_runtime_threshold;
    threshold = threshold ? std::min(*threshold, t) : t;
  };
  const bool own_only =
      group.quorum.triggers && group.quorum.triggers_mode == core::TriggersMode::replace;
  if (own_only) {
    consider(*group.quorum.triggers);
  } else {
    for (const DeviceId id : group.quorum.members) {
      core::TriggerRule triggers = site.members[id.value].triggers;
      // Added triggers are only stricter: the longer runtime fires first.
      if (group.quorum.triggers) {
        triggers.critical_runtime_threshold = std::max(
            triggers.critical_runtime_threshold, group.quorum.triggers->critical_runtime_threshold);
      }
      consider(triggers);
    }
  }
  const Duration needed = needed_time(group.plan) + group.plan.confirm_for;
  if (!threshold || needed <= *threshold) return;
  out.push_back(fmt::format(
      "'{}': its plan may need {}, and critical_runtime_threshold starts it with {} left.",
      group.name, show(needed), show(*threshold)));
}

void about_ranks(const core::Site& site, Sentences& out) {
  std::vector<std::string> all_disabled;
  for (const core::DeviceRule& device : site.devices) {
    const bool any = std::ranges::any_of(device.paths, [&](const core::PathRule& path) {
      return site.comms[path.comm.value].at_start == CommState::ok;
    });
    if (!any) all_disabled.push_back("'" + device.name + "'");
  }
  if (all_disabled.empty()) return;
  out.push_back(
      fmt::format("{}: every comm device is disabled, so nothing is read.", named(all_disabled)));
}

core::PollPriority first_priority(const core::DeviceRule& device) {
  return device.schedules.empty() ? core::PollPriority::medium : device.schedules[0].priority;
}

// Shares of a comm device's time, for each priority that a schedule may have.
using Shares = std::array<double, static_cast<std::size_t>(core::PollPriority::high) + 1>;

// What a device's polls take of its first comm device at their quickest, when a message takes a
// tenth of its time-out.
void add_shares(const core::DeviceRule& device, Shares& shares) {
  const double message = seconds(device.paths[0].message_timeout.get()) / 10;
  const auto add = [&](core::PollPriority priority, Duration calm, Duration alert,
                       std::uint16_t messages) {
    const Duration every = alert > Duration(0) ? std::min(calm, alert) : calm;
    if (every <= Duration(0)) return;
    const double per_second = static_cast<double>(core::load_of(messages, every)) / 1e6;
    shares[static_cast<std::size_t>(priority)] += per_second * message;
  };
  if (device.schedules.empty()) {
    add(core::PollPriority::medium, device.poll_interval, device.poll_interval_alert, 1);
  }
  for (std::uint16_t i = 0; i < device.schedules.size(); ++i) {
    if (!core::runs_on(device, i, primary)) continue;
    const core::ScheduleRule& it = device.schedules[i];
    add(it.priority, it.interval, it.interval_alert, core::messages_of(device, i, primary));
  }
}

// Strictly by priority: what comes first takes the time of what comes last.
void about_priorities(const core::Site& site, Sentences& out) {
  constexpr double much = 0.5;
  std::vector<Shares> shares(site.comms.size());
  for (const core::DeviceRule& device : site.devices) {
    add_shares(device, shares[device.paths[0].comm.value]);
  }
  std::vector<std::string> behind;
  for (const core::DeviceRule& device : site.devices) {
    const auto place = static_cast<std::size_t>(first_priority(device));
    const bool late = std::ranges::any_of(device.paths, [&](const core::PathRule& path) {
      const Shares& there = shares[path.comm.value];
      double before = 0;
      for (std::size_t i = place + 1; i < there.size(); ++i) before += there[i];
      return before >= much;
    });
    if (device.is_ups && late) behind.push_back("'" + device.name + "'");
  }
  if (behind.empty()) return;
  out.push_back(
      fmt::format("{}: schedules of a higher priority may fill a comm device that the first "
                  "schedule uses, which says how the UPS is. The UPS would be lost from sight.",
                  named(behind)));
}

}  // namespace

std::vector<std::string> warnings(const Config& config) {
  Sentences out;
  for (const core::GroupRule& group : config.site.groups) {
    about_quorum(group, out);
    about_runtime(config.site, group, out);
  }
  about_ranks(config.site, out);
  about_priorities(config.site, out);
  return out;
}

}  // namespace nightwatt::config
