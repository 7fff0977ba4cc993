#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/shutdown/group_shutdown.h"
#include "core/shutdown/texts.h"

// What people ask for, and what a start or an end of the daemon means to a run.
namespace nightwatt::core {

// --- people -------------------------------------------------------------------------------------

GroupShutdown::Reply GroupShutdown::abort(Duration hold_for, Instant now, Effects& effects) {
  switch (stage_) {
    case Stage::armed: return unexpected<std::string>("nothing to abort: '" + name_ + "' is armed");
    case Stage::countdown:
    case Stage::committing:
    case Stage::held: return enter_hold(hold_for, now, effects);
    case Stage::claiming:
      if (!run_->resumed) return enter_hold(hold_for, now, effects);
      return skip_rest(now, effects);
    case Stage::running:
    case Stage::resuming: return skip_rest(now, effects);
    case Stage::done:
      return unexpected<std::string>("nothing to abort: the plan of '" + name_ + "' has ended");
    case Stage::suppressed:
      if (run_) return skip_rest(now, effects);
      return unexpected<std::string>("nothing to abort: the shutdown of '" + name_ +
                                     "' is suppressed");
  }
  return unexpected<std::string>("nothing to abort");
}

GroupShutdown::Reply GroupShutdown::hold(Duration hold_for, Instant now, Effects& effects) {
  switch (stage_) {
    case Stage::armed:
    case Stage::countdown:
    case Stage::committing:
    case Stage::held: return enter_hold(hold_for, now, effects);
    case Stage::claiming:
      if (!run_->resumed) return enter_hold(hold_for, now, effects);
      break;
    case Stage::running:
    case Stage::resuming: break;
    case Stage::done:
      return unexpected<std::string>("the plan of '" + name_ +
                                     "' has run; it re-arms when quorum is restored");
    case Stage::suppressed:
      return unexpected<std::string>("the shutdown of '" + name_ +
                                     "' is suppressed; it re-arms when quorum is restored");
  }
  return unexpected<std::string>("'" + name_ +
                                 "' is past the point of no return; to skip the steps that have "
                                 "not started: nightwatt abort " +
                                 name_);
}

GroupShutdown::Reply GroupShutdown::release(Instant now, Effects& effects) {
  if (stage_ != Stage::held) return unexpected<std::string>("'" + name_ + "' is not held");
  stage_ = Stage::armed;
  held_until_.reset();
  settle_at_ = now;
  effects.push_back(ForgetHold{name_});
  tell(Severity::warning, NoticeKind::released, "'" + name_ + "' was released", effects);
  return "'" + name_ + "' is released: its verdict decides from now on";
}

GroupShutdown::Reply GroupShutdown::enter_hold(Duration hold_for, Instant now, Effects& effects) {
  if (hold_for <= Duration{0}) {
    return unexpected<std::string>("a hold must end: say for how long, for example --for 10m");
  }
  if (hold_for > hold_max) return unexpected<std::string>("a hold lasts at most 30 days");
  const bool stopped = stage_ == Stage::countdown || run_.has_value();
  drop_run("cancelled by an operator", true, effects);
  stage_ = Stage::held;
  held_until_ = now + hold_for;
  settle_at_ = now;
  effects.push_back(RecordHold{{name_, *held_until_}});
  const std::string line = (stopped ? "shutdown of '" + name_ + "' aborted, held for "
                                    : "'" + name_ + "' is held for ") +
                           text_of(hold_for);
  tell(Severity::alarm, NoticeKind::held, line + ": nothing is shut down until then", effects);
  return line + "; then its verdict decides again";
}

// After the point of no return.
GroupShutdown::Reply GroupShutdown::skip_rest(Instant now, Effects& effects) {
  const std::vector<StepId> skipped = skip_steps("aborted by an operator", now, effects);
  if (skipped.empty()) {
    return unexpected<std::string>("nothing left to abort: every step of '" + name_ +
                                   "' has started");
  }
  settle_at_ = now;
  std::string names;
  for (const StepId step : skipped) {
    names += (names.empty() ? "" : ", ") + run_->plan.record(step).name;
  }
  std::string going_on;
  for (const StepRecord& record : run_->plan.records()) {
    if (record.state == StepState::running)
      going_on += (going_on.empty() ? "" : ", ") + record.name;
  }
  std::string line =
      "'" + name_ + "' is past the point of no return; skipped, because not started: " + names;
  if (!going_on.empty()) line += "; started and not stopped: " + going_on;
  tell(Severity::alarm, NoticeKind::held, line, effects);
  return line + "; nothing more is started until quorum has been restored";
}

// --- the daemon's life --------------------------------------------------------------------------

void GroupShutdown::resume(const RunRecord& record, Instant now, Effects& effects) {
  if (run_) {  // a group that left the configuration and came back: only the newest run goes on
    effects.push_back(CloseRun{run_->id, "superseded by a later run"});
    list_returns(run_->plan);
  }
  run_.emplace(
      Run{record.id, record.reason, record.committed_at, std::nullopt, Plan(rule_->steps), true});
  held_until_.reset();
  settle_at_ = now;
  for (const StepRecord& step : record.steps) {
    if (run_->plan.find(step.id)) {
      run_->plan.restore(step);
    } else if (step.state == StepState::pending || step.state == StepState::running) {
      StepRecord gone = step;
      gone.state = StepState::skipped;
      gone.error = "no longer in the configuration";
      gone.ended_at = now;
      effects.push_back(RecordStep{record.id, gone});
      tell(Severity::error, NoticeKind::step_ended, step_end_line(gone), effects);
    }
  }
  if (!run_->plan.everything_done()) {
    stage_ = Stage::resuming;
    tell(Severity::alarm, NoticeKind::daemon,
         "an unfinished run of '" + name_ + "' was found; it waits until every member was read",
         effects);
    return;
  }
  stage_ = Stage::done;
  for (const StepRecord& step : run_->plan.records()) {
    if (!step.ended_at) continue;
    run_->ended_at = std::max(run_->ended_at.value_or(*step.ended_at), *step.ended_at);
  }
  if (!rule_->uses_flag) return;
  flag_claimed_ = true;
  effects.push_back(ClaimFlag{group_, true});
}

void GroupShutdown::after_reboot(const RunRecord& record, Instant now, Effects& effects) {
  effects.push_back(CloseRun{record.id, "ended by a restart of the machine"});
  last_run_ = record;
  last_run_->state = RunState::done;
  settle_at_ = now;
  list_returns(record);
}

void GroupShutdown::recall(const RunRecord& closed, Instant now) {
  last_run_ = closed;
  settle_at_ = now;
  list_returns(closed);
}

void GroupShutdown::restore_hold(Instant until, Instant now, Effects& effects) {
  if (stage_ != Stage::armed) return;
  stage_ = Stage::held;
  held_until_ = std::min(until, now + hold_max);
  settle_at_ = now;
  if (*held_until_ <= now) return;
  tell(Severity::alarm, NoticeKind::held,
       "'" + name_ + "' is still held, for " + text_of(*held_until_ - now) +
           ": nothing is shut down until then",
       effects);
}

void GroupShutdown::renumber(GroupId group, Effects& effects) {
  if (group == group_) return;
  returns_.stop_watching(group_, effects);
  group_ = group;
  if (stage_ == Stage::claiming) {
    effects.push_back(ClaimFlag{group_, rule_->stray_flag == StrayFlag::replace || run_->resumed});
  }
}

void GroupShutdown::dismiss(Effects& effects) {
  NW_CHECK(!under_way());
  returns_.stop_watching(group_, effects);
  if (run_) effects.push_back(CloseRun{run_->id, "ended: its group left the configuration"});
}

void GroupShutdown::stop(Instant now, Effects& effects) {
  stopping_ = true;
  settle_at_ = now;
  switch (stage_) {
    case Stage::countdown:
      drop_run("", true, effects);
      stage_ = Stage::armed;
      tell(Severity::alarm, NoticeKind::countdown,
           "countdown of '" + name_ + "' ended with the daemon; the next start decides again",
           effects);
      break;
    case Stage::claiming:
      if (run_->resumed) {
        clear_flag(effects);
        answer_due_.reset();
        stage_ = Stage::resuming;  // stays recorded for the next start
        break;
      }
      drop_run("", true, effects);
      stage_ = Stage::armed;
      break;
    case Stage::done: clear_flag(effects); break;
    case Stage::armed:
    case Stage::committing:
    case Stage::running:
    case Stage::held:
    case Stage::suppressed:
    case Stage::resuming: break;
  }
}

}  // namespace nightwatt::core
