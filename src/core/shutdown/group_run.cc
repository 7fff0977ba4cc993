#include <algorithm>
#include <utility>
#include <variant>

#include "core/shutdown/group_shutdown.h"
#include "core/shutdown/texts.h"

// One run of a group's plan: up to the point of no return, step by step, and the way back.
namespace nightwatt::core {

// --- before the point of no return --------------------------------------------------------------

void GroupShutdown::claim(bool replace_stray, Instant now, Effects& effects) {
  if (!rule_->uses_flag) {
    flag_settled(now, effects);
    return;
  }
  effects.push_back(ClaimFlag{group_, replace_stray});
  flag_claimed_ = true;
  answer_due_ = now + answer_wait_max;
  stage_ = Stage::claiming;
}

void GroupShutdown::flag_settled(Instant now, Effects& effects) {
  if (run_->resumed) {  // its point of no return is on disk already
    begin_running(now, effects);
  } else {
    commit(now, effects);
  }
}

// The flag is somebody else's: nothing runs until recovery. A recorded run stays recorded, and is
// closed then.
void GroupShutdown::suppress(const FlagAnswered& event, Effects& effects) {
  if (!run_->resumed) drop_run("suppressed by a re-entry flag", false, effects);
  stage_ = Stage::suppressed;
  answer_due_.reset();
  flag_claimed_ = false;
  suppressed_by_ = event.path;
  Notice notice{Severity::alarm, NoticeKind::suppressed, name_, suppressed_line(name_, event.path)};
  if (!event.detail.empty()) notice.details.emplace_back("flag", event.detail);
  effects.push_back(std::move(notice));
}

void GroupShutdown::commit(Instant now, Effects& effects) {
  run_->committed_at = now;
  stage_ = Stage::committing;
  answer_due_ = now + answer_wait_max;
  effects.push_back(CommitRun{record_of_run(RunState::committed)});
}

void GroupShutdown::begin_running(Instant now, Effects& effects) {
  stage_ = Stage::running;
  answer_due_.reset();
  if (run_->resumed) run_->plan.repeat_interrupted();
  const std::string how = run_->resumed ? "' resumed after a restart: " : "' committed: ";
  Notice notice{Severity::alarm, NoticeKind::plan_committed, name_,
                "plan of '" + name_ + how + std::to_string(run_->plan.size()) +
                    (run_->plan.size() == 1 ? " step" : " steps") + ", at most " +
                    text_of(run_->plan.needed_time(now)) +
                    (all_dry_run(run_->plan) ? " (dry run)" : "") + "; " + run_->reason};
  notice.details.emplace_back("run", std::to_string(run_->id.value));
  effects.push_back(std::move(notice));
}

// Forgets a run of which nothing was done. A run that was handed to the journal is closed there.
void GroupShutdown::drop_run(const std::string& outcome, bool flag_is_ours, Effects& effects) {
  if (stage_ == Stage::committing) effects.push_back(CloseRun{run_->id, outcome});
  if (flag_is_ours) clear_flag(effects);
  run_.reset();
  countdown_ends_.reset();
  answer_due_.reset();
}

void GroupShutdown::cancel(Effects& effects) {
  const bool suppressed = stage_ == Stage::suppressed;
  drop_run("cancelled", true, effects);
  stage_ = Stage::armed;
  tell(Severity::info, NoticeKind::re_armed,
       re_armed_line(name_) + (suppressed ? "" : "; the shutdown was cancelled before any step"),
       effects);
}

bool GroupShutdown::power_is_short(Instant now) const {
  return power_until_ && *power_until_ - now <= needed_time_ + 2 * answer_wait_max;
}

// --- while running ------------------------------------------------------------------------------

bool GroupShutdown::move_running(Instant now, Effects& effects) {
  expire_steps(now, effects);
  hurry(now, effects);
  start_steps(now, effects);
  if (!run_->plan.everything_done()) return false;
  finish(now, effects);
  return true;
}

void GroupShutdown::expire_steps(Instant now, Effects& effects) {
  for (const StepId step : run_->plan.overdue(now)) {
    effects.push_back(CancelStep{run_->id, step});
    end_step(step, StepResult::timed_out, "stopped at its deadline", now, effects);
  }
}

// Waits are cut short, the order is never crossed: what was waited for has ended already, only its
// machine was not seen to be down.
void GroupShutdown::hurry(Instant now, Effects& effects) {
  if (!rule_->hurry || !power_until_) return;
  const Duration power_left = *power_until_ - now;
  const Duration needed = run_->plan.needed_time(now);
  if (power_left >= needed) return;
  for (const StepId step : run_->plan.stop_waiting(now)) {
    tell(Severity::warning, NoticeKind::step_ended,
         "not waiting any longer for '" + run_->plan.record(step).name + "' to be down: " +
             text_of(power_left) + " of power left, " + text_of(needed) + " needed",
         effects);
  }
}

void GroupShutdown::start_steps(Instant now, Effects& effects) {
  for (const StepId step : run_->plan.ready(now)) {
    if (!local_must_wait(step, now, effects)) start_step(step, now, effects);
  }
}

void GroupShutdown::start_step(StepId step, Instant now, Effects& effects) {
  Plan& plan = run_->plan;
  const StepRule& rule = plan.rule(step);
  if (rule.is_local_power_off) local_waits_since_.reset();
  plan.started(step, now);
  // The record first: after a crash between the two, a step that was not started is repeated, which
  // does it once; the other way round it would be done twice.
  effects.push_back(RecordStep{run_->id, plan.record(step)});
  effects.push_back(StartStep{run_->id, group_, step, plan.record(step).name, rule.action,
                              rule.deadline, plan.record(step).dry_run});
  std::string line = "step '" + plan.record(step).name + "' started";
  if (plan.record(step).dry_run) line += " (dry run)";
  if (plan.repeated(step)) line += " again after a restart";
  std::string failed;
  for (const std::string& name : plan.failed_dependencies(step)) {
    failed += (failed.empty() ? "" : ", ") + name;
  }
  if (!failed.empty())
    line += "; it goes on although it depends on what did not end well: " + failed;
  tell(failed.empty() ? Severity::info : Severity::warning, NoticeKind::step_started,
       std::move(line), effects);
}

bool GroupShutdown::local_must_wait(StepId step, Instant now, Effects& effects) {
  if (!run_->plan.rule(step).is_local_power_off || !around_.other_groups_running) return false;
  if (!local_waits_since_) {
    local_waits_since_ = now;
    tell(Severity::warning, NoticeKind::deferred,
         "step '" + run_->plan.record(step).name + "' waits for the plans of other groups",
         effects);
  }
  return now < *local_wait_ends();
}

std::optional<Instant> GroupShutdown::local_wait_ends() const {
  if (!local_waits_since_) return std::nullopt;
  const Instant bound = *local_waits_since_ + others_wait_max;
  if (!power_until_) return bound;
  return std::min(bound, *power_until_ - run_->plan.needed_time(moved_at_));
}

void GroupShutdown::end_step(StepId step, StepResult result, std::string error, Instant now,
                             Effects& effects) {
  if (!run_->plan.finished(step, result, std::move(error), now)) return;
  report_end(step, effects);
}

void GroupShutdown::report_end(StepId step, Effects& effects) const {
  const StepRecord& record = run_->plan.record(step);
  effects.push_back(RecordStep{run_->id, record});
  const bool well = record.state == StepState::ok;
  tell(well ? Severity::info : Severity::error, NoticeKind::step_ended, step_end_line(record),
       effects);
}

std::vector<StepId> GroupShutdown::skip_steps(const std::string& why, Instant now,
                                              Effects& effects) {
  std::vector<StepId> skipped = run_->plan.skip_pending(why, now);
  for (const StepId step : skipped) report_end(step, effects);
  return skipped;
}

void GroupShutdown::finish(Instant now, Effects& effects) {
  run_->ended_at = now;
  stage_ = Stage::done;
  const bool well = outcome_of(run_->plan) == "done";
  tell(well ? Severity::warning : Severity::alarm, NoticeKind::plan_done,
       plan_end_line(name_, "done", run_->plan), effects);
  if (stopping_) clear_flag(effects);
}

// --- after it -----------------------------------------------------------------------------------

bool GroupShutdown::move_done(Instant, Effects& effects) {
  if (!recovered_at_ && !run_->saw_recovery) return false;
  close(outcome_of(run_->plan), effects);
  return true;
}

// Power was back before the recorded run could go on. What had started may be down: it is listed.
void GroupShutdown::abandon(Instant now, Effects& effects) {
  const std::string outcome = "abandoned: power was back";
  list_returns(run_->plan);
  for (std::size_t at = 0; at < run_->plan.size(); ++at) {
    const StepId step{static_cast<std::uint16_t>(at)};
    if (run_->plan.record(step).state != StepState::running) continue;
    end_step(step, StepResult::failed, "interrupted by a restart of the daemon", now, effects);
  }
  skip_steps(outcome, now, effects);
  run_->ended_at = now;
  tell(Severity::warning, NoticeKind::plan_done,
       plan_end_line(name_, "abandoned, power was back", run_->plan), effects);
  close(outcome, effects);
}

void GroupShutdown::close(const std::string& outcome, Effects& effects) {
  effects.push_back(CloseRun{run_->id, outcome});
  clear_flag(effects);
  last_run_ = record_of_run(RunState::done);
  list_returns(run_->plan);
  run_.reset();
  answer_due_.reset();
  local_waits_since_.reset();
  stage_ = Stage::armed;
  tell(Severity::info, NoticeKind::re_armed, re_armed_line(name_), effects);
}

// Also what timed out: its machine may have gone down all the same. A failed step shut nothing
// down, unless its machine was seen to go.
void GroupShutdown::list_returns(const Plan& plan) {
  for (std::size_t at = 0; at < plan.size(); ++at) {
    const StepId step{static_cast<std::uint16_t>(at)};
    const StepRecord& record = plan.record(step);
    const bool maybe_down = record.state == StepState::ok || record.state == StepState::running ||
                            record.state == StepState::timed_out || record.down_confirmed;
    if (!maybe_down || record.dry_run || record.returned) continue;
    const StepRule& rule = plan.rule(step);
    if (!std::holds_alternative<RemoteAction>(rule.action)) continue;
    returns_.add(rule.id, record.name, rule.action);
  }
}

// Of a run that was read from the journal. What the plan no longer has cannot be watched.
void GroupShutdown::list_returns(const RunRecord& record) {
  Plan plan(rule_->steps);
  for (const StepRecord& step : record.steps) {
    if (plan.find(step.id)) plan.restore(step);
  }
  list_returns(plan);
}

void GroupShutdown::watch_returns(Instant now, Effects& effects) {
  if (verdict_ == Verdict::quorum_lost) {
    returns_.stop_watching(group_, effects);
  } else if (may_bring_back() && recovered_at_ && now >= *recovered_at_ + rule_->return_after) {
    returns_.watch(group_, effects);
  }
}

RunRecord GroupShutdown::record_of_run(RunState state) const {
  return {run_->id,           name_,          run_->reason,        state,
          run_->committed_at, run_->ended_at, run_->plan.records()};
}

void GroupShutdown::clear_flag(Effects& effects) {
  if (!flag_claimed_) return;
  flag_claimed_ = false;
  effects.push_back(ClearFlag{group_});
}

void GroupShutdown::tell(Severity severity, NoticeKind kind, std::string message,
                         Effects& effects) const {
  effects.push_back(Notice{severity, kind, name_, std::move(message)});
}

}  // namespace nightwatt::core
