#include "core/shutdown/group_shutdown.h"

#include <algorithm>
#include <utility>

#include "core/shutdown/texts.h"

// The facts and the transitions. What a run does is in group_run.cc, what people
// and the daemon's life do to it in group_control.cc, what others see of it in group_view.cc.
namespace nightwatt::core {
namespace {

bool is_recovery(Verdict verdict) {
  switch (verdict) {
    case Verdict::protected_:
    case Verdict::redundancy_lost: return true;
    case Verdict::blind:
    case Verdict::quorum_lost: return false;
  }
  return false;
}

}  // namespace

GroupShutdown::GroupShutdown(GroupId group, std::string name, std::shared_ptr<const PlanRule> rule)
    : group_(group), name_(std::move(name)) {
  new_rule(std::move(rule));
}

GroupShutdown::GroupShutdown(GroupId group, std::string name, PlanRule rule)
    : GroupShutdown(group, std::move(name), std::make_shared<const PlanRule>(std::move(rule))) {}

void GroupShutdown::new_rule(PlanRule rule) {
  new_rule(std::make_shared<const PlanRule>(std::move(rule)));
}

void GroupShutdown::new_rule(std::shared_ptr<const PlanRule> rule) {
  rule_ = std::move(rule);
  needed_time_ = Plan(rule_->steps).needed_time(Instant{});
}

// --- facts --------------------------------------------------------------------------------------

void GroupShutdown::on_verdict(Verdict verdict, const std::string& reason,
                               const Surroundings& around, RunId& next_run, Instant now,
                               Effects& effects) {
  verdict_ = verdict;
  // A run that saw recovery re-arms when it ends, even if quorum is lost again by then: that is the
  // next event, and it gets a run of its own.
  if (stage_ == Stage::running && is_recovery(verdict)) run_->saw_recovery = true;
  if (verdict == Verdict::quorum_lost && reason != reason_.text()) {
    reason_ = reason;
  }
  if (!is_recovery(verdict)) {
    recovered_at_.reset();
  } else if (!recovered_at_) {
    recovered_at_ = now;
  }
  advance(around, next_run, now, effects);
}

void GroupShutdown::flag_answered(const FlagAnswered& event, Instant now, Effects& effects) {
  if (stage_ != Stage::claiming && stage_ != Stage::committing) return;
  settle_at_ = now;
  const bool may_replace = rule_->stray_flag == StrayFlag::replace || run_->resumed;
  switch (event.answer) {
    case FlagAnswer::present_live: return suppress(event, effects);
    case FlagAnswer::present_stray:
      if (!may_replace) return suppress(event, effects);
      tell(Severity::alarm, NoticeKind::journal,
           "stray re-entry flag " + event.path + " could not be replaced (" + event.detail +
               "); it has no live owner: the shutdown goes on",
           effects);
      break;
    case FlagAnswer::write_failed:
      tell(Severity::alarm, NoticeKind::journal,
           "re-entry flag " + event.path + " could not be written (" + event.detail +
               "): the shutdown goes on without it",
           effects);
      break;
    case FlagAnswer::created:
      if (event.detail.empty()) break;
      tell(Severity::warning, NoticeKind::journal,
           "re-entry flag " + event.path + ": " + event.detail, effects);
      break;
  }
  if (stage_ == Stage::claiming) flag_settled(now, effects);
}

void GroupShutdown::commit_written(const CommitWritten& event, Instant now, Effects& effects) {
  if (stage_ != Stage::committing || event.run != run_->id) return;
  settle_at_ = now;
  if (!event.ok) {
    tell(Severity::alarm, NoticeKind::journal,
         "the journal did not take the run of '" + name_ + "' (" + event.error +
             "): the shutdown goes on without it",
         effects);
  }
  begin_running(now, effects);
}

void GroupShutdown::step_ended(const StepEnded& event, Instant now, Effects& effects) {
  if (stage_ != Stage::running || event.run != run_->id) return;
  Plan& plan = run_->plan;
  if (event.step.value >= plan.size()) return;
  if (plan.record(event.step).state != StepState::running) return;
  settle_at_ = now;
  if (event.unreachable && plan.repeated(event.step)) {
    plan.down_confirmed(event.step);
    end_step(event.step, StepResult::ok,
             "cannot be reached any more, and it had started before the restart: it is down", now,
             effects);
    return;
  }
  end_step(event.step, event.result, event.error, now, effects);
}

void GroupShutdown::down_confirmed(const DownConfirmed& event, Instant now, Effects& effects) {
  if (stage_ != Stage::running && stage_ != Stage::done) return;
  if (event.run != run_->id || !run_->plan.down_confirmed(event.step)) return;
  settle_at_ = now;
  const StepRecord& record = run_->plan.record(event.step);
  effects.push_back(RecordStep{run_->id, record});
  tell(Severity::info, NoticeKind::down_confirmed, "'" + record.name + "' is down", effects);
}

void GroupShutdown::return_confirmed(const ReturnConfirmed& event, Instant now, Effects& effects) {
  const std::string name = returns_.confirmed(event.step_id);
  if (name.empty()) return;
  settle_at_ = now;
  tell(Severity::info, NoticeKind::returned, "'" + name + "' is up again", effects);
  if (!last_run_) return;
  for (StepRecord& step : last_run_->steps) {
    if (step.id != event.step_id) continue;
    step.returned = true;  // so that the next start does not expect it back
    effects.push_back(RecordStep{last_run_->id, step});
  }
}

// --- transitions --------------------------------------------------------------------------------

void GroupShutdown::advance(const Surroundings& around, RunId& next_run, Instant now,
                            Effects& effects) {
  around_ = around;
  moved_at_ = now;
  settle_at_.reset();
  const bool no_limit = around.remaining_runtime == no_power_limit;
  const bool unknown = !around.remaining_runtime;
  if (no_limit || (unknown && stage_ == Stage::armed)) {
    power_until_.reset();  // in armed: an estimate of an earlier event says nothing about this one
  } else if (!unknown) {
    power_until_ = now + *around.remaining_runtime;
  }
  while (move(next_run, now, effects)) {
  }
  watch_returns(now, effects);
}

bool GroupShutdown::move(RunId& next_run, Instant now, Effects& effects) {
  switch (stage_) {
    case Stage::armed: return move_armed(now, effects);
    case Stage::countdown: return move_countdown(next_run, now, effects);
    case Stage::claiming: return move_claiming(now, effects);
    case Stage::committing: return move_committing(now, effects);
    case Stage::running: return move_running(now, effects);
    case Stage::done: return move_done(now, effects);
    case Stage::held: return move_held(now, effects);
    case Stage::suppressed: return move_suppressed(now, effects);
    case Stage::resuming: return move_resuming(now, effects);
  }
  return false;
}

bool GroupShutdown::move_armed(Instant now, Effects& effects) {
  if (verdict_ != Verdict::quorum_lost || stopping_) return false;
  stage_ = Stage::countdown;
  countdown_ends_ = now + rule_->confirm_for;
  tell(Severity::alarm, NoticeKind::countdown,
       countdown_line(name_, reason_.text(), rule_->confirm_for), effects);
  return true;
}

bool GroupShutdown::move_countdown(RunId& next_run, Instant now, Effects& effects) {
  if (recovered_at_) {
    cancel(effects);
    return true;
  }
  if (verdict_ != Verdict::quorum_lost) return false;  // blind: neither on nor back
  const bool over = now >= *countdown_ends_;
  if (!over && !power_is_short(now)) return false;
  if (!over) {
    tell(Severity::alarm, NoticeKind::countdown,
         "countdown of '" + name_ + "' cut short: " + text_of(*power_until_ - now) +
             " of power left, the plan needs " + text_of(needed_time_),
         effects);
  }
  countdown_ends_.reset();
  run_.emplace(
      Run{next_run, reason_.text(), std::nullopt, std::nullopt, Plan(rule_->steps), false, false});
  ++next_run.value;
  claim(rule_->stray_flag == StrayFlag::replace, now, effects);
  return true;
}

bool GroupShutdown::move_claiming(Instant now, Effects& effects) {
  if (recovered_at_) {
    if (run_->resumed) {
      abandon(now, effects);
    } else {
      cancel(effects);
    }
    return true;
  }
  if (now < *answer_due_) return false;
  tell(Severity::alarm, NoticeKind::journal,
       "no answer about the re-entry flag of '" + name_ + "' within " + text_of(answer_wait_max) +
           ": the shutdown goes on without it",
       effects);
  flag_settled(now, effects);
  return true;
}

bool GroupShutdown::move_committing(Instant now, Effects& effects) {
  if (recovered_at_) {
    cancel(effects);
    return true;
  }
  if (now < *answer_due_) return false;
  tell(Severity::alarm, NoticeKind::journal,
       "the journal did not take the run of '" + name_ + "' within " + text_of(answer_wait_max) +
           ": the shutdown goes on without it",
       effects);
  begin_running(now, effects);
  return true;
}

bool GroupShutdown::move_held(Instant now, Effects& effects) {
  if (now < *held_until_) return false;
  stage_ = Stage::armed;
  held_until_.reset();
  effects.push_back(ForgetHold{name_});
  tell(Severity::warning, NoticeKind::released,
       "hold of '" + name_ + "' has ended: its verdict decides again", effects);
  return true;
}

bool GroupShutdown::move_suppressed(Instant now, Effects& effects) {
  if (!recovered_at_) return false;
  suppressed_by_.clear();
  flag_claimed_ = true;  // the second clear of the requirement: on recovery, whoever left it
  if (run_) {
    abandon(now, effects);
    return true;
  }
  cancel(effects);
  return true;
}

bool GroupShutdown::move_resuming(Instant now, Effects& effects) {
  if (!around_.ready || !verdict_ || stopping_) return false;
  if (recovered_at_) {
    abandon(now, effects);
  } else {
    claim(true, now, effects);  // the flag of our own dead predecessor is a stray one
  }
  return true;
}

}  // namespace nightwatt::core
