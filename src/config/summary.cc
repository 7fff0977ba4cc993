#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/address.h"
#include "config/comm_device.h"
#include "config/config.h"
#include "config/duration.h"
#include "config/page.h"
#include "config/path_settings.h"
#include "config/poll_budget.h"

namespace nightwatt::config {
namespace {

constexpr std::string_view rank_names[] = {"primary", "first failover", "second failover"};

std::string rank_name(std::size_t index) {
  return index < std::size(rank_names) ? std::string(rank_names[index])
                                       : fmt::format("path {}", index + 1);
}

std::string quoted_argv(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& word : argv) {
    const bool bare = !word.empty() && word.find_first_of(" \t'\"\\") == std::string::npos;
    out += (out.empty() ? "" : " ") + (bare ? word : "'" + word + "'");
  }
  return out;
}

void add_comms(const Config& config, Page& page) {
  page.line(fmt::format("Comm devices ({}):", config.endpoints.size()));
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    const CommEndpoint& endpoint = config.endpoints[i];
    const core::CommRule& rule = config.site.comms[i];
    std::string text = show(endpoint);
    if (rule.at_start == CommState::disabled) text += ", disabled";
    text += show_poll_budget(rule);
    page.add(endpoint.implicit ? "  " + rule.name : fmt::format("  {}: {}", rule.name, text), "",
             6);
  }
}

// "nut-a1 unit ups1", "card, profile rfc1628", "line unit 1, profile apc-modbus".
std::string way_of(const Config& config, const core::PathRule& path,
                   const profile::PathPlan* plan) {
  std::string out = config.site.comms[path.comm.value].name;
  if (!path.unit.empty()) out += " unit " + path.unit;
  return plan == nullptr ? out : out + ", profile " + plan->profile.name;
}

// `origins`: of its first path.
void add_device(const Config& config, const core::DeviceRule& device, std::size_t number,
                const Origins* origins, Page& page) {
  std::string head =
      fmt::format("{} every {}", device.is_ups ? "UPS" : "device", show(device.poll_interval));
  if (!device.display_name.empty()) head = device.display_name + ", " + head;
  page.add(fmt::format("  {}. {}:", number, device.name), head, 6);
  if (device.paths.size() > 1 || !device.auto_failover) {
    std::string mode = fmt::format("{}, {}", to_string(device.mode),
                                   device.auto_failover ? "automatic" : "manual");
    if (device.auto_failover) {
      mode += device.sequence == core::FailoverSequence::try_in_order ? ", try in order"
                                                                      : ", jump to last good";
      mode += fmt::format(", failback on failure {}", device.failback_on_failure ? "yes" : "no");
      if (device.mode == FailoverMode::guarded) mode += fmt::format(", rise {}", device.rise);
    } else {
      mode += ", starts on " + rank_name(device.active_at_start.value - 1u);
    }
    if (device.retry_control_on_failover) mode += ", control messages are retried";
    page.add("     Failover:", mode, 7);
  }
  for (std::size_t i = 0; i < device.paths.size(); ++i) {
    const core::PathRule& path = device.paths[i];
    const auto* plan = config.plans.at(DeviceId{static_cast<std::uint32_t>(number - 1)},
                                       PathRank{static_cast<std::uint8_t>(i + 1)});
    const std::string first = fmt::format("     {}: {}:", rank_name(i), way_of(config, path, plan));
    page.add(first, show_path_settings(device, i, origins[i]), 7);
  }
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

void add_remotes(const core::PlanRule& plan, Page& page) {
  std::vector<std::string> names;
  for (const core::StepRule& step : plan.steps) {
    if (std::holds_alternative<RemoteAction>(step.action)) names.push_back(step.name);
  }
  if (!names.empty())
    page.add_list(fmt::format("     Remote servers ({}):", names.size()), names, 7);
}

void add_policy(const core::GroupRule& group, Page& page) {
  const core::QuorumRule& quorum = group.quorum;
  page.line(fmt::format("     Quorum: min_healthy={} (degraded->{}, unknown->{})",
                        quorum.min_healthy, to_string(quorum.degraded_counts_as),
                        to_string(quorum.unknown_counts_as)));
  add_remotes(group.plan, page);
  if (group.is_local) page.line("     Local: feeds this machine");
  if (quorum.blind_shutdown_after)
    page.line("     Blind: shuts down after " + show(*quorum.blind_shutdown_after));
  if (quorum.triggers) {
    page.line(
        fmt::format("     Triggers: its own, {}", quorum.triggers_mode == core::TriggersMode::add
                                                      ? "besides the members'"
                                                      : "instead of the members'"));
  }
}

void add_groups(const Config& config, core::GroupKind kind, std::string_view title, Page& page) {
  const auto is_kind = [kind](const core::GroupRule& group) { return group.quorum.kind == kind; };
  const auto count = std::ranges::count_if(config.site.groups, is_kind);
  if (count == 0) return;
  page.blank();
  page.line(fmt::format("{} ({}):", title, count));
  std::size_t number = 0;
  for (const core::GroupRule& group : config.site.groups) {
    if (!is_kind(group)) continue;
    page.line(fmt::format("  {}. {}", ++number, group.name));
    if (kind == core::GroupKind::ups) {
      add_remotes(group.plan, page);
      if (group.is_local) page.line("     Local: feeds this machine");
      continue;
    }
    std::vector<std::string> sources;
    for (const DeviceId id : group.quorum.members)
      sources.push_back(config.site.devices[id.value].name);
    page.add_list(fmt::format("     Sources ({}):", sources.size()), sources, 7);
    add_policy(group, page);
  }
}

std::string step_text(const core::StepRule& step) {
  std::string text;
  if (const auto* remote = std::get_if<RemoteAction>(&step.action)) {
    text = fmt::format("{}@{}: ", remote->user, host_port(remote->host, remote->port));
    for (const RemoteCommand& command : remote->pre_shutdown) text += command.command + "; then ";
    text += remote->shutdown.command;
  } else if (const auto* command = std::get_if<CommandAction>(&step.action)) {
    text = quoted_argv(command->argv);
  }
  text += fmt::format(" (within {}", show(step.deadline));
  if (!step.depends_on.empty()) text += fmt::format(", after {}", fmt::join(step.depends_on, ", "));
  if (step.wait_down) text += ", waits until it is down";
  return text + (step.dry_run ? ", DRY RUN)" : ")");
}

void add_plan(const core::GroupRule& group, Page& page) {
  const core::PlanRule& plan = group.plan;
  std::string head = plan.steps.empty()
                         ? "nothing to shut down"
                         : "at most " + show(needed_time(plan)) + " from start to end";
  if (plan.confirm_for.count() > 0) head += ", after a countdown of " + show(plan.confirm_for);
  page.add(fmt::format("  {}:", group.name), head, 6);
  std::optional<int> phase;
  for (const core::StepRule& step : plan.steps) {
    if (step.is_local_power_off) {
      page.line("    last:");
    } else if (phase != step.phase) {
      page.line(fmt::format("    phase {}:", step.phase));
    }
    phase = step.phase;
    page.add(fmt::format("      {}:", step.name), step_text(step), 10);
  }
}

void add_sentences(std::string_view title, const std::vector<std::string>& sentences, Page& page) {
  if (sentences.empty()) return;
  page.blank();
  page.line(title);
  for (const std::string& sentence : sentences) page.add("  -", sentence, 4);
}

}  // namespace

Duration needed_time(const core::PlanRule& plan) {
  std::map<std::string_view, Duration> ends;
  std::map<int, Duration> phase_ends;
  for (const core::StepRule& step : plan.steps) phase_ends[step.phase];
  // A dependency is in the same phase or an earlier one, and there are no cycles: after as many
  // rounds as the phase has steps every end is final; mostly the first round is.
  Duration start{0};
  for (auto& [phase, phase_end] : phase_ends) {
    phase_end = start;
    for (bool changed = true; changed;) {
      changed = false;
      for (const core::StepRule& step : plan.steps) {
        if (step.phase != phase) continue;
        Duration begin = start;
        for (const std::string& id : step.depends_on) begin = std::max(begin, ends[id]);
        Duration& end = ends[step.id];
        if (begin + step.deadline == end) continue;
        end = begin + step.deadline;
        phase_end = std::max(phase_end, end);
        changed = true;
      }
    }
    start = phase_end;
  }
  return start;
}

std::string summary(const Config& config) {
  Page page;
  if (config.dry_run) page.line("Dry run: no step of any plan touches a machine.\n");
  add_comms(config, page);
  page.blank();
  add_devices(config, page);
  add_groups(config, core::GroupKind::redundancy, "Redundancy groups", page);
  add_groups(config, core::GroupKind::ups, "UPS groups", page);
  if (!config.site.groups.empty()) {
    page.blank();
    page.line("Plans:");
    for (const core::GroupRule& group : config.site.groups) add_plan(group, page);
  }
  add_sentences("How guarded failover differs from compat here:", guarded_differences(config),
                page);
  add_sentences("Notes:", config.notes, page);
  add_sentences("Warnings:", warnings(config), page);
  return page.take();
}

}  // namespace nightwatt::config
