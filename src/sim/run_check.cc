#include "sim/run_check.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace nightwatt::sim {
namespace {

constexpr Duration disk_patience{2'000};

std::optional<std::uint64_t> request_of(const Event& event) {
  return std::visit(
      [](const auto& it) -> std::optional<std::uint64_t> {
        if constexpr (requires { it.request; }) {
          return it.request.value;
        } else {
          return std::nullopt;
        }
      },
      event);
}

}  // namespace

const core::PlanRule& RunCheck::plan(const Run& run) const {
  return world_.site().groups.at(run.group).plan;
}

void RunCheck::complain(Instant now, const Run& run, std::string text) {
  complaints_.add(now, world_.site().groups.at(run.group).name + ": " + std::move(text));
}

void RunCheck::daemon_down(Instant) {
  runs_.clear();
  questions_.clear();
  suppressed_.clear();
  claimed_.clear();
  down_.clear();  // what is still open on disk comes back with daemon_up()
}

void RunCheck::daemon_up(const core::Engine& engine, Instant) {
  for (const auto& [id, record] : world_.disk().open) {
    const auto group = engine.group_named(record.group);
    Run run;
    run.group = group->value;
    run.answered = true;
    for (const StepRecord& step : record.steps) {
      const bool ended = step.state != StepState::pending && step.state != StepState::running;
      run.steps.push_back({.starts = 0, .ended = ended, .started_at = std::nullopt});
      const core::StepRule& rule = plan(run).steps.at(run.steps.size() - 1);
      if (step.state == StepState::ok && !step.dry_run &&
          std::holds_alternative<RemoteAction>(rule.action)) {
        down_.insert({run.group, rule.id});
      }
    }
    runs_[id] = std::move(run);
  }
}

void RunCheck::take(const Event& event, Instant) {
  if (const auto asked = request_of(event)) questions_.insert(*asked);
  if (const auto* written = std::get_if<CommitWritten>(&event)) {
    const auto run = runs_.find(written->run.value);
    if (run != runs_.end()) run->second.answered = true;
  } else if (const auto* end = std::get_if<StepEnded>(&event)) {
    const auto run = runs_.find(end->run.value);
    if (run == runs_.end() || run->second.steps.at(end->step.value).starts == 0) return;
    Step& step = run->second.steps[end->step.value];
    if (step.ended) return;
    step.ended = true;
    const core::StepRule& rule = plan(run->second).steps.at(end->step.value);
    if (end->result == StepResult::ok && !rule.dry_run &&
        std::holds_alternative<RemoteAction>(rule.action)) {
      down_.insert({run->second.group, rule.id});
    }
  } else if (const auto* flag = std::get_if<FlagAnswered>(&event)) {
    if (claimed_[flag->group.value] && flag->answer == FlagAnswer::present_live) {
      suppressed_.insert(flag->group.value);
    }
  } else if (const auto* back = std::get_if<ReturnConfirmed>(&event)) {
    down_.erase({back->group.value, back->step_id});
  }
}

void RunCheck::before_step(const core::Engine&, std::span<const Event> events, Instant now) {
  for (const Event& event : events) take(event, now);
}

void RunCheck::check_order(const Run& run, std::uint16_t step, Instant now) {
  const auto& rules = plan(run).steps;
  const core::StepRule& mine = rules.at(step);
  for (std::size_t other = 0; other < rules.size(); ++other) {
    if (other == step || run.steps[other].ended) continue;
    const core::StepRule& rule = rules[other];
    const bool named = std::ranges::find(mine.depends_on, rule.id) != mine.depends_on.end();
    const bool earlier = !rule.is_local_power_off && rule.phase < mine.phase;
    if (!mine.is_local_power_off && !named && !earlier) continue;
    complain(now, run, mine.name + " started before " + rule.name + " had ended");
  }
}

void RunCheck::check_start(const StartStep& start, Instant now) {
  const auto found = runs_.find(start.run.value);
  if (found == runs_.end()) {
    complaints_.add(now, "'" + start.name + "' started in a run that nobody committed");
    return;
  }
  Run& run = found->second;
  const bool waited = run.handed_over && now - *run.handed_over >= disk_patience;
  if (!run.answered && !waited) complain(now, run, start.name + " started before the disk knew");
  if (suppressed_.contains(run.group)) complain(now, run, start.name + " beside a foreign flag");
  Step& step = run.steps.at(start.step.value);
  if (step.ended) complain(now, run, start.name + " started although it had ended");
  if (++step.starts > 1) complain(now, run, start.name + " started twice");
  if (start.dry_run != plan(run).steps.at(start.step.value).dry_run) {
    complain(now, run, start.name + ": dry run is not what the configuration says");
  }
  step.started_at = now;
  check_order(run, start.step.value, now);
}

void RunCheck::check(const core::Engine& engine, const Effect& effect, Instant now) {
  if (const auto* commit = std::get_if<CommitRun>(&effect)) {
    Run run;
    run.group = engine.group_named(commit->record.group)->value;
    run.handed_over = now;
    run.steps.resize(plan(run).steps.size());
    claimed_[run.group] = false;
    if (!runs_.emplace(commit->record.id.value, run).second) {
      complain(now, run, "a run number was used twice");
    }
  } else if (const auto* start = std::get_if<StartStep>(&effect)) {
    check_start(*start, now);
  } else if (const auto* stop = std::get_if<CancelStep>(&effect)) {
    const auto run = runs_.find(stop->run.value);
    if (run != runs_.end()) run->second.steps.at(stop->step.value).ended = true;
  } else if (const auto* record = std::get_if<RecordStep>(&effect)) {
    const auto run = runs_.find(record->run.value);
    if (run == runs_.end() || record->step.state != StepState::skipped) return;
    const auto& rules = plan(run->second).steps;
    const auto rule = std::ranges::find(rules, record->step.id, &core::StepRule::id);
    if (rule != rules.end()) {
      run->second.steps[static_cast<std::size_t>(rule - rules.begin())].ended = true;
    }
  } else if (const auto* close = std::get_if<CloseRun>(&effect)) {
    const auto run = runs_.find(close->run.value);
    if (run == runs_.end()) return;
    closed_now_.insert(run->second.group);
    runs_.erase(run);
  } else if (const auto* claim = std::get_if<ClaimFlag>(&effect)) {
    claimed_[claim->group.value] = true;
    suppressed_.erase(claim->group.value);
  } else if (const auto* clear = std::get_if<ClearFlag>(&effect)) {
    claimed_[clear->group.value] = false;
    suppressed_.erase(clear->group.value);
  } else if (const auto* answer = std::get_if<Answer>(&effect)) {
    if (questions_.erase(answer->request.value) == 0) {
      complaints_.add(now, "an answer that nobody asked for, or the second one: " + answer->text);
    }
  }
}

// Only what this daemon knows to be down and whose run is over: before that the run itself holds
// it.
void RunCheck::check_returns(const core::Engine& engine, Instant now) {
  for (const std::uint32_t group : std::exchange(closed_now_, {})) {
    const auto list = engine.group(GroupId{group}, now).run.return_list;
    for (const auto& [owner, id] : down_) {
      if (owner != group || std::ranges::find(list, id) != list.end()) continue;
      complaints_.add(now, id + " was shut down and is not on the return list");
    }
  }
}

void RunCheck::after_step(const core::Engine& engine, std::span<const Effect> effects,
                          Instant now) {
  for (const Effect& effect : effects) check(engine, effect, now);
  if (!questions_.empty()) complaints_.add(now, "a request was not answered in its own step");
  questions_.clear();
  check_returns(engine, now);
  for (const auto& [id, run] : runs_) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
      const Step& step = run.steps[i];
      if (step.ended || !step.started_at) continue;
      if (now <= *step.started_at + plan(run).steps[i].deadline) continue;
      complain(now, run, plan(run).steps[i].name + " outlived its deadline");
    }
  }
}

}  // namespace nightwatt::sim
