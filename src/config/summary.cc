#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/address.h"
#include "config/conditions.h"
#include "config/config.h"
#include "config/duration.h"
#include "config/page.h"
#include "config/summary_devices.h"

namespace nightwatt::config {
namespace {

std::string quoted_argv(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& word : argv) {
    const bool bare = !word.empty() && word.find_first_of(" \t'\"\\") == std::string::npos;
    out += (out.empty() ? "" : " ") + (bare ? word : "'" + word + "'");
  }
  return out;
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
    add_conditions(*quorum.triggers, page);
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
  if (config.dry_run)
    page.line("Dry run: no step of any plan touches a machine, and no order is sent.\n");
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
