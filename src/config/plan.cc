#include "config/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "config/section.h"

namespace nightwatt::config {
namespace {

constexpr Duration local_command_deadline{30'000};
constexpr Duration sync_deadline{30'000};

// "remote:compute-node-1": stable over restarts, because the journal knows steps by it.
std::string step_id(const std::string& name, const std::map<std::string, std::size_t>& taken) {
  std::string id = "remote:";
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (upper)
      id += static_cast<char>(c + 32);
    else if (kept || static_cast<unsigned char>(c) >= 0x80)
      id += c;
    else if (!id.ends_with('-'))
      id += '-';
  }
  std::string unique = id;
  for (int n = 2; taken.contains(unique); ++n) unique = fmt::format("{}-{}", id, n);
  return unique;
}

Duration deadline_of(const RemoteWritten& server) {
  Duration sum = server.action.connect_timeout + server.command_timeout + server.safety_margin;
  for (const RemoteCommand& command : server.action.pre_shutdown) sum += command.timeout;
  return sum;
}

class PlanBuilder {
 public:
  PlanBuilder(const PlanParts& parts, Diagnostics& out) : parts_(parts), out_(out) {}

  core::PlanRule build() {
    plan_.confirm_for = parts_.run.confirm_for;
    plan_.return_after = parts_.run.return_after;
    plan_.hurry = parts_.run.hurry;
    plan_.stray_flag = parts_.run.stray_flag;
    add_remotes();
    resolve_dependencies();
    find_cycles();
    sort_by_phase();
    add_local();
    return std::move(plan_);
  }

 private:
  bool dry(bool own) const { return parts_.dry_run || parts_.run.dry_run || own; }

  // Eneru's two models in one number: an order is its own phase, 0 is everything without one, and
  // each `parallel: false` server has a phase of its own before those, in the order of the file.
  void add_remotes() {
    int phase_before =
        -static_cast<int>(std::ranges::count_if(parts_.owned.remotes, [](const auto& s) {
          return s.enabled && s.before_the_rest && !s.shutdown_order;
        }));
    for (const RemoteWritten& server : parts_.owned.remotes) {
      if (!server.enabled) continue;
      core::StepRule step;
      step.id = step_id(server.name.value, by_id_);
      step.name = server.name.value;
      step.phase = server.shutdown_order.value_or(server.before_the_rest ? phase_before++ : 0);
      step.action = server.action;
      step.deadline = deadline_of(server);
      step.wait_down = server.wait_down;
      step.dry_run = dry(server.dry_run);
      by_id_.emplace(step.id, plan_.steps.size());
      by_name_[server.name.value].push_back(plan_.steps.size());
      plan_.steps.push_back(std::move(step));
      written_.push_back(&server);
    }
  }

  void resolve_dependencies() {
    for (std::size_t i = 0; i < written_.size(); ++i) {
      for (const auto& name : written_[i]->depends_on) resolve(i, name);
    }
  }

  void resolve(std::size_t i, const Located<std::string>& name) {
    const auto found = by_name_.find(name.value);
    if (found == by_name_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, unused] : by_name_) names.push_back(known);
      out_.error(name.pos,
                 "depends_on: there is no enabled remote server '" + name.value + "' in this group",
                 meant(name.value, names));
      return;
    }
    if (found->second.size() > 1) {
      out_.error(name.pos,
                 "depends_on: '" + name.value + "' is the name of several remote servers");
      return;
    }
    core::StepRule& step = plan_.steps[i];
    const core::StepRule& needed = plan_.steps[found->second.front()];
    if (needed.phase > step.phase) {
      out_.error(name.pos,
                 fmt::format("'{}' is shut down in an earlier phase than '{}', on which it depends",
                             step.name, needed.name),
                 fmt::format("give '{}' a shutdown_order of at most {}", needed.name, step.phase));
      return;
    }
    step.depends_on.push_back(needed.id);
    edges_.push_back({i, found->second.front(), name.pos});
  }

  // Repeatedly takes away what waits for nothing; what is left waits for itself.
  void find_cycles() {
    std::vector<bool> done(plan_.steps.size(), false);
    for (bool progress = true; progress;) {
      progress = false;
      std::vector<bool> waits(plan_.steps.size(), false);
      for (const Edge& edge : edges_) {
        if (!done[edge.needed]) waits[edge.step] = true;
      }
      for (std::size_t i = 0; i < done.size(); ++i) {
        if (done[i] || waits[i]) continue;
        done[i] = true;
        progress = true;
      }
    }
    report_cycle(done);
  }

  void report_cycle(const std::vector<bool>& done) {
    const auto first = std::ranges::find(done, false);
    if (first == done.end()) return;
    // From any step that is left, following what it waits for must come back somewhere.
    std::vector<std::size_t> walked;
    std::size_t at = static_cast<std::size_t>(first - done.begin());
    SourcePos pos{};
    while (std::ranges::find(walked, at) == walked.end()) {
      walked.push_back(at);
      const auto edge = std::ranges::find_if(
          edges_, [&](const Edge& e) { return e.step == at && !done[e.needed]; });
      at = edge->needed;
      pos = edge->pos;
    }
    std::string loop;
    for (auto it = std::ranges::find(walked, at); it != walked.end(); ++it) {
      loop += "'" + plan_.steps[*it].name + "' -> ";
    }
    out_.error(pos, "depends_on goes in a circle: " + loop + "'" + plan_.steps[at].name + "'");
  }

  // In a phase the order stays that of the file.
  void sort_by_phase() {
    std::vector<std::pair<int, std::size_t>> order;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      order.emplace_back(plan_.steps[i].phase, i);
    std::ranges::sort(order);
    std::vector<core::StepRule> sorted;
    for (const auto& [phase, i] : order) sorted.push_back(std::move(plan_.steps[i]));
    plan_.steps = std::move(sorted);
  }

  void add_local() {
    int phase = plan_.steps.empty() ? 0 : plan_.steps.back().phase;
    if (parts_.owned.sync) {
      core::StepRule step;
      step.id = "sync";
      step.name = "sync";
      step.phase = ++phase;
      step.action = CommandAction{{"sync"}};
      step.deadline = sync_deadline;
      step.dry_run = dry(parts_.local.dry_run);
      plan_.steps.push_back(std::move(step));
    }
    if (!parts_.ends_with_local) return;
    core::StepRule step;
    step.id = "local";
    step.name = "this machine";
    step.phase = ++phase;
    step.is_local_power_off = true;
    step.action = CommandAction{parts_.local.argv};
    step.deadline = local_command_deadline;
    step.dry_run = dry(parts_.local.dry_run);
    plan_.steps.push_back(std::move(step));
  }

  struct Edge {
    std::size_t step;
    std::size_t needed;
    SourcePos pos;
  };

  const PlanParts& parts_;
  Diagnostics& out_;
  core::PlanRule plan_{};
  std::vector<const RemoteWritten*> written_;
  std::map<std::string, std::size_t> by_id_;
  std::map<std::string, std::vector<std::size_t>> by_name_;
  std::vector<Edge> edges_;
};

}  // namespace

core::PlanRule build_plan(const PlanParts& parts, Diagnostics& out) {
  return PlanBuilder(parts, out).build();
}

}  // namespace nightwatt::config
