#include "core/comm/teller.h"

#include "core/comm/comm.h"
#include "core/comm/words.h"

namespace nightwatt::core {

const RuleBook& Teller::rules() const { return comm_.rules_; }

const DeviceState& Teller::state_of(DeviceId device) const { return comm_.devices_[device.value]; }

Notice Teller::about(DeviceId device, NoticeKind kind, Severity severity) const {
  Notice notice;
  notice.severity = severity;
  notice.kind = kind;
  notice.subject = name(device);
  return notice;
}

Notice Teller::about_line(std::uint32_t line, NoticeKind kind, Severity severity) const {
  Notice notice;
  notice.severity = severity;
  notice.kind = kind;
  notice.subject = rules().of_line(line).name;
  return notice;
}

const std::string& Teller::comm_name(DeviceId device, PathRank path) const {
  return rules().of_line(rules().line_at(device, path)).name;
}

std::string Teller::path_phrase(DeviceId device, PathRank path) const {
  return "its " + std::string(path_word(path)) + " path (" + comm_name(device, path) + ")";
}

std::string Teller::why_unusable(DeviceId device, PathRank path) const {
  if (path.value < 1 || path.value > rules().of(device).paths.size()) {
    return "it has no path " + std::to_string(path.value) + ", only 1 to " +
           std::to_string(rules().of(device).paths.size());
  }
  const CommState state = comm_.lines_[rules().line_at(device, path)].state;
  if (state != CommState::ok) {
    return "comm device " + comm_name(device, path) + " is " + std::string(state_word(state));
  }
  if (path != primary && !rules().path(device, path).available) {
    return "its " + std::string(path_word(path)) + " path is marked as not available";
  }
  return "";
}

std::string Teller::why_failed_over(DeviceId device, const Failure& failure, Instant now) const {
  const DeviceState& state = state_of(device);
  const PathRule& path = rules().path(device, state.active);
  const PathState& path_now = state.paths[state.active.value - 1u];
  const bool last = state.active.value == state.paths.size();
  std::string text = "a message failed (" + failure.text + ")";
  if (!last && path_now.unproven) {
    if (path.subsequent_fail == Duration::zero()) return text + " and subsequent fail is 0";
    return text + " and nothing succeeded there in the " + duration_words(now - path_now.entered) +
           " since it came back (subsequent fail: " + duration_words(path.subsequent_fail) + ")";
  }
  if (path.initial_fail == Duration::zero()) return text + " and initial fail is 0";
  return text + " and the last success was " + duration_words(now - state.last_ok) +
         " ago (initial fail: " + duration_words(path.initial_fail) + ")";
}

std::string Teller::why_failed_back(DeviceId device) const {
  const Duration retry = comm_.hold_down(device);
  std::string text = "retry primary (" + duration_words(retry) + ") is over";
  if (rules().guarded(device)) {
    const int probes = state_of(device).probe_successes;
    text += " and primary answered " + std::to_string(probes) +
            (probes == 1 ? " probe" : " probes in a row");
  }
  return text;
}

Notice Teller::moved(DeviceId device, const LastMove& move) const {
  Notice notice = about(device, NoticeKind::path_changed, Severity::info);
  switch (move.cause) {
    case MoveCause::fail:
    case MoveCause::forced:
    case MoveCause::crowd:
    case MoveCause::sweep: notice.severity = Severity::warning; break;
    case MoveCause::failback:
    case MoveCause::manual: break;
  }
  notice.message = name(device) + " is now polled over " + path_phrase(device, move.to) +
                   " instead of " + path_phrase(device, move.from) + ": " + move.why + ".";
  notice.details = {{"from", std::to_string(move.from.value)},
                    {"to", std::to_string(move.to.value)},
                    {"cause", std::string(to_string(move.cause))},
                    {"from_comm", comm_name(device, move.from)},
                    {"to_comm", comm_name(device, move.to)}};
  return notice;
}

Notice Teller::refused(DeviceId device, PathRank path, const std::string& why) const {
  Notice notice = about(device, NoticeKind::path_refused, Severity::warning);
  notice.message = name(device) + " stays on " + path_phrase(device, state_of(device).active) +
                   " although an operator selected path " + std::to_string(path.value) + ": " +
                   why + ".";
  notice.details = {{"from", std::to_string(state_of(device).active.value)},
                    {"to", std::to_string(path.value)},
                    {"why", why}};
  return notice;
}

Notice Teller::failing(DeviceId device, PathRank path, const std::string& text) const {
  Notice notice = about(device, NoticeKind::poll_failed, Severity::warning);
  notice.message =
      "A poll of " + name(device) + " over " + path_phrase(device, path) + " failed: " + text + ".";
  notice.details = {
      {"path", std::to_string(path.value)}, {"comm", comm_name(device, path)}, {"error", text}};
  return notice;
}

Notice Teller::without_data(DeviceId device, PathRank path) const {
  const std::string error = state_of(device).paths[path.value - 1u].last_error.text();
  Notice notice = about(device, NoticeKind::poll_failed, Severity::warning);
  notice.message = name(device) + " answers over " + path_phrase(device, path) +
                   " with an error instead of data: " + error + ".";
  notice.details = {
      {"path", std::to_string(path.value)}, {"comm", comm_name(device, path)}, {"error", error}};
  return notice;
}

Notice Teller::data_again(DeviceId device, PathRank path) const {
  Notice notice = about(device, NoticeKind::poll_failed, Severity::info);
  notice.message = name(device) + " gives data again over " + path_phrase(device, path) + ".";
  notice.details = {{"path", std::to_string(path.value)}, {"comm", comm_name(device, path)}};
  return notice;
}

Notice Teller::answering(DeviceId device, PathRank path, Instant now) const {
  const PathState& state = state_of(device).paths[path.value - 1u];
  Notice notice = about(device, NoticeKind::poll_failed, Severity::info);
  notice.message = name(device) + " answers again over " + path_phrase(device, path);
  if (state.failed_at) {
    notice.message +=
        ", " + duration_words(now - *state.failed_at) + " after its last failure there";
  }
  notice.message += ".";
  notice.details = {{"path", std::to_string(path.value)},
                    {"comm", comm_name(device, path)},
                    {"recovered", "true"}};
  return notice;
}

Notice Teller::comm_state(CommId comm) const {
  const CommState state = comm_.lines_[comm.value].state;
  const std::size_t devices = rules().devices_of(comm).size();
  Notice notice = about_line(comm.value, NoticeKind::comm_state,
                             state == CommState::ok ? Severity::info : Severity::warning);
  notice.message = "Comm device " + notice.subject + " is " + std::string(state_word(state)) +
                   "; " + std::to_string(devices) +
                   (devices == 1 ? " device has" : " devices have") + " a path over it.";
  notice.details = {{"state", std::string(to_string(state))}};
  return notice;
}

Notice Teller::retry_in_progress(std::uint32_t poll, PathRank to) const {
  const DeviceId device = comm_.polls_[poll].device;
  const bool fresh =
      comm_.polls_[poll].purpose == PollPurpose::order && !comm_.order_of(poll).in_doubt;
  Notice notice = about(device, NoticeKind::path_changed, Severity::warning);
  notice.message = "Retry in progress: a control message to " + name(device) + " did not " +
                   (fresh ? "get out" : "end") + ", and is sent again over " +
                   path_phrase(device, to) +
                   (fresh ? "." : " because retry_control_on_failover allows it.");
  notice.details = {{"event", "retry_in_progress"},
                    {"to", std::to_string(to.value)},
                    {"to_comm", comm_name(device, to)}};
  return notice;
}

}  // namespace nightwatt::core
