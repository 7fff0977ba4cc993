#include "model/comm.h"
#include "model/control.h"
#include "model/effect.h"
#include "model/power.h"
#include "model/run.h"

// The words as they stand in JSON, logs and the command line: part of the interface.
namespace nightwatt {

std::string_view to_string(CommState value) {
  switch (value) {
    case CommState::ok: return "ok";
    case CommState::disabled: return "disabled";
    case CommState::missing: return "missing";
    case CommState::driver_down: return "driver_down";
    case CommState::out_of_service: return "out_of_service";
  }
  return "?";
}

std::string_view to_string(FailoverMode value) {
  switch (value) {
    case FailoverMode::compat: return "compat";
    case FailoverMode::guarded: return "guarded";
  }
  return "?";
}

std::string_view to_string(ControlKind value) {
  switch (value) {
    case ControlKind::command: return "command";
    case ControlKind::write: return "write";
  }
  return "?";
}

std::string_view to_string(ControlPolicy value) {
  switch (value) {
    case ControlPolicy::never: return "never";
    case ControlPolicy::verify_then_retry: return "verify_then_retry";
    case ControlPolicy::idempotent: return "idempotent";
    case ControlPolicy::select_before_operate: return "select_before_operate";
  }
  return "?";
}

std::string_view to_string(ControlOutcome value) {
  switch (value) {
    case ControlOutcome::pending: return "pending";
    case ControlOutcome::ok: return "ok";
    case ControlOutcome::refused: return "refused";
    case ControlOutcome::unknown: return "unknown";
  }
  return "?";
}

std::string_view to_string(MoveCause value) {
  switch (value) {
    case MoveCause::fail: return "fail";
    case MoveCause::forced: return "forced";
    case MoveCause::failback: return "failback";
    case MoveCause::manual: return "manual";
    case MoveCause::sweep: return "sweep";
    case MoveCause::crowd: return "crowd";
  }
  return "?";
}

std::string_view to_string(DecisionOutcome outcome) {
  switch (outcome) {
    case DecisionOutcome::moved: return "moved";
    case DecisionOutcome::dry_run: return "dry_run";
    case DecisionOutcome::frozen: return "frozen";
  }
  return "?";
}

std::string_view to_string(PollResult value) {
  switch (value) {
    case PollResult::ok: return "ok";
    case PollResult::failed: return "failed";
    case PollResult::protocol_exception: return "protocol_exception";
    case PollResult::comm_unusable: return "comm_unusable";
  }
  return "?";
}

std::string_view to_string(MessageFailure value) {
  switch (value) {
    case MessageFailure::timed_out: return "timed_out";
    case MessageFailure::unreachable: return "unreachable";
    case MessageFailure::bad_reply: return "bad_reply";
    case MessageFailure::refused: return "refused";
    case MessageFailure::unauthorised: return "unauthorised";
    case MessageFailure::data_stale: return "data_stale";
    case MessageFailure::driver_down: return "driver_down";
    case MessageFailure::cancelled: return "cancelled";
  }
  return "?";
}

std::string_view to_string(MemberState value) {
  switch (value) {
    case MemberState::healthy: return "HEALTHY";
    case MemberState::degraded: return "DEGRADED";
    case MemberState::critical: return "CRITICAL";
    case MemberState::unknown: return "UNKNOWN";
    case MemberState::maintenance: return "MAINTENANCE";
  }
  return "?";
}

std::string_view to_string(ReasonKind value) {
  switch (value) {
    case ReasonKind::fsd: return "fsd";
    case ReasonKind::ups_low_battery: return "ups_low_battery";
    case ReasonKind::low_battery: return "low_battery";
    case ReasonKind::critical_runtime: return "critical_runtime";
    case ReasonKind::depletion: return "depletion";
    case ReasonKind::extended_time: return "extended_time";
    case ReasonKind::failsafe: return "failsafe";
    case ReasonKind::output_off: return "output_off";
    case ReasonKind::overload: return "overload";
    case ReasonKind::claim: return "claim";
    case ReasonKind::latched: return "latched";
    case ReasonKind::never_read: return "never_read";
    case ReasonKind::sight_lost: return "sight_lost";
    case ReasonKind::on_battery: return "on_battery";
    case ReasonKind::low_battery_on_line: return "low_battery_on_line";
    case ReasonKind::sight_lost_grace: return "sight_lost_grace";
    case ReasonKind::input_voltage: return "input_voltage";
    case ReasonKind::trim: return "trim";
    case ReasonKind::boost: return "boost";
    case ReasonKind::bypass: return "bypass";
    case ReasonKind::calibrating: return "calibrating";
    case ReasonKind::testing: return "testing";
    case ReasonKind::alarm: return "alarm";
    case ReasonKind::replace_battery: return "replace_battery";
    case ReasonKind::overload_warning: return "overload_warning";
    case ReasonKind::condition_critical: return "condition_critical";
    case ReasonKind::condition_degraded: return "condition_degraded";
    case ReasonKind::maintenance: return "maintenance";
  }
  return "?";
}

std::string_view to_string(Verdict value) {
  switch (value) {
    case Verdict::protected_: return "protected";
    case Verdict::redundancy_lost: return "redundancy_lost";
    case Verdict::blind: return "blind";
    case Verdict::quorum_lost: return "quorum_lost";
  }
  return "?";
}

std::string_view to_string(DegradedCounts value) {
  switch (value) {
    case DegradedCounts::healthy: return "healthy";
    case DegradedCounts::critical: return "critical";
  }
  return "?";
}

std::string_view to_string(UnknownCounts value) {
  switch (value) {
    case UnknownCounts::healthy: return "healthy";
    case UnknownCounts::degraded: return "degraded";
    case UnknownCounts::critical: return "critical";
    case UnknownCounts::evidence: return "evidence";
  }
  return "?";
}

std::string_view to_string(RunState value) {
  switch (value) {
    case RunState::armed: return "armed";
    case RunState::countdown: return "countdown";
    case RunState::held: return "held";
    case RunState::suppressed: return "suppressed";
    case RunState::committed: return "committed";
    case RunState::running: return "running";
    case RunState::done: return "done";
  }
  return "?";
}

std::string_view to_string(StepState value) {
  switch (value) {
    case StepState::pending: return "pending";
    case StepState::running: return "running";
    case StepState::ok: return "ok";
    case StepState::failed: return "failed";
    case StepState::timed_out: return "timed_out";
    case StepState::skipped: return "skipped";
  }
  return "?";
}

std::string_view to_string(Severity value) {
  switch (value) {
    case Severity::debug: return "debug";
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
    case Severity::alarm: return "alarm";
  }
  return "?";
}

std::string_view to_string(NoticeKind value) {
  switch (value) {
    case NoticeKind::path_changed: return "path_changed";
    case NoticeKind::path_refused: return "path_refused";
    case NoticeKind::poll_failed: return "poll_failed";
    case NoticeKind::comm_state: return "comm_state";
    case NoticeKind::comm_suspect: return "comm_suspect";
    case NoticeKind::standby: return "standby";
    case NoticeKind::frozen: return "frozen";
    case NoticeKind::would_move: return "would_move";
    case NoticeKind::no_path: return "no_path";
    case NoticeKind::reading_rejected: return "reading_rejected";
    case NoticeKind::member_state: return "member_state";
    case NoticeKind::advisory: return "advisory";
    case NoticeKind::voltage: return "voltage";
    case NoticeKind::sizing: return "sizing";
    case NoticeKind::verdict: return "verdict";
    case NoticeKind::deferred: return "deferred";
    case NoticeKind::countdown: return "countdown";
    case NoticeKind::plan_committed: return "plan_committed";
    case NoticeKind::step_started: return "step_started";
    case NoticeKind::step_ended: return "step_ended";
    case NoticeKind::down_confirmed: return "down_confirmed";
    case NoticeKind::plan_done: return "plan_done";
    case NoticeKind::re_armed: return "re_armed";
    case NoticeKind::returned: return "returned";
    case NoticeKind::held: return "held";
    case NoticeKind::released: return "released";
    case NoticeKind::suppressed: return "suppressed";
    case NoticeKind::refused: return "refused";
    case NoticeKind::maintenance: return "maintenance";
    case NoticeKind::journal: return "journal";
    case NoticeKind::reloaded: return "reloaded";
    case NoticeKind::daemon: return "daemon";
    case NoticeKind::control: return "control";
  }
  return "?";
}

}  // namespace nightwatt
