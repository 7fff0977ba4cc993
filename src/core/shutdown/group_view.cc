#include <optional>

#include "core/shutdown/group_shutdown.h"

// What others see of a group's run, and when it wants to be woken.
namespace nightwatt::core {
namespace {

void earliest(std::optional<Instant>& next, std::optional<Instant> other) {
  if (other && (!next || *other < *next)) next = other;
}

}  // namespace

std::optional<Instant> GroupShutdown::next_deadline() const {
  if (settle_at_) return settle_at_;
  std::optional<Instant> next;
  switch (stage_) {
    case Stage::countdown:
      if (verdict_ != Verdict::quorum_lost) break;
      next = countdown_ends_;
      if (power_until_) earliest(next, *power_until_ - needed_time_ - 2 * answer_wait_max);
      break;
    case Stage::claiming:
    case Stage::committing: next = answer_due_; break;
    case Stage::running:
      next = run_->plan.next_deadline(moved_at_);
      earliest(next, local_wait_ends());
      break;
    case Stage::held: next = held_until_; break;
    case Stage::armed:
    case Stage::done:
    case Stage::suppressed:
    case Stage::resuming: break;
  }
  if (may_bring_back() && recovered_at_ && returns_.any_unwatched()) {
    earliest(next, *recovered_at_ + rule_->return_after);
  }
  return next;
}

RunState GroupShutdown::state() const {
  switch (stage_) {
    case Stage::armed: return RunState::armed;
    case Stage::countdown: return RunState::countdown;
    case Stage::claiming:  // of a recorded run, whose point of no return is behind it
      return run_->resumed ? RunState::running : RunState::countdown;
    case Stage::committing: return RunState::committed;
    case Stage::running:
    case Stage::resuming: return RunState::running;
    case Stage::done: return RunState::done;
    case Stage::held: return RunState::held;
    case Stage::suppressed: return RunState::suppressed;
  }
  return RunState::armed;
}

bool GroupShutdown::machines_left() const {
  if (!run_ || stage_ == Stage::done || stage_ == Stage::suppressed) return false;
  if (stage_ == Stage::resuming && stopping_) return false;  // left to the next start
  return run_->plan.machines_left();
}

RunView GroupShutdown::view(Instant now) const {
  RunView view;
  view.state = state();
  view.countdown_ends = countdown_ends_;
  view.held_until = held_until_;
  if (last_run_) view.last_run = *last_run_;
  view.return_list = returns_.step_ids();
  view.suppressed_by = suppressed_by_.text();
  if (run_) {
    view.run = run_->id;
    view.reason = run_->reason;
    view.committed_at = run_->committed_at;
    view.ended_at = run_->ended_at;
    view.steps = run_->plan.records();
    view.needed_time = run_->plan.needed_time(now);
  } else {
    if (stage_ != Stage::armed) view.reason = reason_.text();
    view.steps = Plan(rule_->steps).records();
    view.needed_time = needed_time_;
  }
  return view;
}

}  // namespace nightwatt::core
