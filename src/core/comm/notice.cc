#include <utility>

#include "core/comm/comm.h"
#include "core/comm/words.h"

// What people are told, in sentences that name device, path and comm device.
namespace nightwatt::core {

const std::string& Comm::comm_name(DeviceId device, PathRank path) const {
  return comm_rules()[line_at(device, path)].name;
}

std::string Comm::path_phrase(DeviceId device, PathRank path) const {
  return "its " + std::string(path_word(path)) + " path (" + comm_name(device, path) + ")";
}

std::string Comm::why_unusable(DeviceId device, PathRank path) const {
  if (path.value < 1 || path.value > rule(device).paths.size()) {
    return "it has no path " + std::to_string(path.value) + ", only 1 to " +
           std::to_string(rule(device).paths.size());
  }
  const CommState state = lines_[line_at(device, path)].state;
  if (state != CommState::ok) {
    return "comm device " + comm_name(device, path) + " is " + std::string(state_word(state));
  }
  if (path != primary && !path_rule(device, path).available) {
    return "its " + std::string(path_word(path)) + " path is marked as not available";
  }
  return "";
}

std::string Comm::why_failed_over(DeviceId device, const Failure& failure, Instant now) const {
  const DeviceState& state = devices_[device.value];
  const PathRule& path = path_rule(device, state.active);
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

std::string Comm::why_failed_back(DeviceId device) const {
  const Duration retry = hold_down(device);
  std::string text = "retry primary (" + duration_words(retry) + ") is over";
  if (guarded(device)) {
    const int probes = devices_[device.value].probe_successes;
    text += " and primary answered " + std::to_string(probes) +
            (probes == 1 ? " probe" : " probes in a row");
  }
  return text;
}

void Comm::tell_moved(DeviceId device, const LastMove& move, CommOut& out) const {
  Notice notice;
  switch (move.cause) {
    case MoveCause::fail:
    case MoveCause::forced:
    case MoveCause::crowd:
    case MoveCause::sweep: notice.severity = Severity::warning; break;
    case MoveCause::failback:
    case MoveCause::manual: notice.severity = Severity::info; break;
  }
  notice.kind = NoticeKind::path_changed;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " is now polled over " + path_phrase(device, move.to) +
                   " instead of " + path_phrase(device, move.from) + ": " + move.why + ".";
  notice.details = {{"from", std::to_string(move.from.value)},
                    {"to", std::to_string(move.to.value)},
                    {"cause", std::string(to_string(move.cause))},
                    {"from_comm", comm_name(device, move.from)},
                    {"to_comm", comm_name(device, move.to)}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_refused(DeviceId device, PathRank path, const std::string& why,
                        CommOut& out) const {
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::path_refused;
  notice.subject = rule(device).name;
  notice.message =
      rule(device).name + " stays on " + path_phrase(device, devices_[device.value].active) +
      " although an operator selected path " + std::to_string(path.value) + ": " + why + ".";
  notice.details = {{"from", std::to_string(devices_[device.value].active.value)},
                    {"to", std::to_string(path.value)},
                    {"why", why}};
  out.effects.push_back(std::move(notice));
}

// Once per row of failures: a path that stays down must not fill the log.
void Comm::tell_failing(DeviceId device, PathRank path, const std::string& text, CommOut& out) {
  PathState& state = path_state(device, path);
  if (state.failing) return;
  state.failing = true;
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::poll_failed;
  notice.subject = rule(device).name;
  notice.message = "A poll of " + rule(device).name + " over " + path_phrase(device, path) +
                   " failed: " + text + ".";
  notice.details = {
      {"path", std::to_string(path.value)}, {"comm", comm_name(device, path)}, {"error", text}};
  out.effects.push_back(std::move(notice));
}

// A valid error reply is a success of the path (T5), so nothing moves because of it: somebody must
// be told, or a wrong register of a profile would be silence.
void Comm::tell_without_data(DeviceId device, PathRank path, CommOut& out) {
  PathState& state = path_state(device, path);
  if (state.without_data) return;
  state.without_data = true;
  out.effects.push_back(
      Notice{.severity = Severity::warning,
             .kind = NoticeKind::poll_failed,
             .subject = rule(device).name,
             .message = rule(device).name + " answers over " + path_phrase(device, path) +
                        " with an error instead of data: " + state.last_error.text() + ".",
             .details = {{"path", std::to_string(path.value)},
                         {"comm", comm_name(device, path)},
                         {"error", state.last_error.text()}}});
}

void Comm::tell_data_again(DeviceId device, PathRank path, CommOut& out) {
  PathState& state = path_state(device, path);
  if (!std::exchange(state.without_data, false)) return;
  out.effects.push_back(Notice{
      .severity = Severity::info,
      .kind = NoticeKind::poll_failed,
      .subject = rule(device).name,
      .message = rule(device).name + " gives data again over " + path_phrase(device, path) + ".",
      .details = {{"path", std::to_string(path.value)}, {"comm", comm_name(device, path)}}});
}

void Comm::tell_answering(DeviceId device, PathRank path, Instant now, CommOut& out) {
  PathState& state = path_state(device, path);
  if (!state.failing) return;
  state.failing = false;
  Notice notice;
  notice.kind = NoticeKind::poll_failed;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " answers again over " + path_phrase(device, path);
  if (state.failed_at) {
    notice.message +=
        ", " + duration_words(now - *state.failed_at) + " after its last failure there";
  }
  notice.message += ".";
  notice.details = {{"path", std::to_string(path.value)},
                    {"comm", comm_name(device, path)},
                    {"recovered", "true"}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_state(CommId comm, CommOut& out) const {
  const CommState state = lines_[comm.value].state;
  const std::size_t devices = devices_of(comm).size();
  Notice notice;
  notice.severity = state == CommState::ok ? Severity::info : Severity::warning;
  notice.kind = NoticeKind::comm_state;
  notice.subject = comm_rules()[comm.value].name;
  notice.message = "Comm device " + notice.subject + " is " + std::string(state_word(state)) +
                   "; " + std::to_string(devices) +
                   (devices == 1 ? " device has" : " devices have") + " a path over it.";
  notice.details = {{"state", std::string(to_string(state))}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_retry_in_progress(std::uint32_t poll, PathRank to, CommOut& out) const {
  const DeviceId device = polls_[poll].device;
  const bool fresh = polls_[poll].purpose == PollPurpose::order && !order_of(poll).in_doubt;
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::path_changed;
  notice.subject = rule(device).name;
  notice.message = "Retry in progress: a control message to " + rule(device).name + " did not " +
                   (fresh ? "get out" : "end") + ", and is sent again over " +
                   path_phrase(device, to) +
                   (fresh ? "." : " because retry_control_on_failover allows it.");
  notice.details = {{"event", "retry_in_progress"},
                    {"to", std::to_string(to.value)},
                    {"to_comm", comm_name(device, to)}};
  out.effects.push_back(std::move(notice));
}

}  // namespace nightwatt::core
