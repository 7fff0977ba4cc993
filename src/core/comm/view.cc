#include "core/comm/view.h"

#include <algorithm>
#include <utility>

#include "core/comm/comm.h"
#include "core/comm/teller.h"
#include "core/comm/words.h"

namespace nightwatt::core {

// What people are shown of one device: its paths, and sentences about what comes next.
class DeviceViewer {
 public:
  DeviceViewer(const Comm& comm, Instant now) : comm_(comm), now_(now) {}
  PathView path(DeviceId device, PathRank path) const;
  void say_next(DeviceId device, DeviceView& view) const;

 private:
  void say_away(DeviceId device, DeviceView& view) const;
  void say_back(DeviceId device, DeviceView& view) const;
  bool shown_nowhere(DeviceId device) const;
  bool other_path_usable(DeviceId device) const;
  const Comm& comm_;
  Instant now_;
};

PathView DeviceViewer::path(DeviceId device, PathRank path) const {
  const PathRule& path_rule_ = comm_.rules_.path(device, path);
  const DeviceState& device_state = comm_.devices_[device.value];
  const PathState& state = device_state.paths[path.value - 1u];
  PathView view;
  view.rank = path;
  view.comm = path_rule_.comm;
  view.comm_name = comm_.teller().comm_name(device, path);
  view.unit = path_rule_.unit;
  view.active = path == device_state.active;
  view.usable = comm_.usable(device, path);
  if (!view.usable) view.why_unusable = comm_.teller().why_unusable(device, path);
  view.last_ok = state.last_ok;
  view.last_error = state.last_error.text();
  view.failed_at = state.failed_at;
  view.attempts = state.attempts;
  view.failures = state.failures;
  if (state.latency_ms >= 0) view.latency_ms = static_cast<double>(state.latency_ms);
  if (state.quality.p95_ms >= 0) view.latency_p95_ms = static_cast<double>(state.quality.p95_ms);
  view.loss_percent = 100.0 * static_cast<double>(state.quality.loss);
  view.failovers = state.failovers;
  view.unproven = state.unproven;
  if (!view.usable) {
    view.condition = PathCondition::unusable;
  } else if (state.failed_at > state.last_ok) {  // nothing compares smaller than any instant
    view.condition = PathCondition::failing;
  } else {
    view.condition = view.active ? PathCondition::active : PathCondition::standby;
  }
  return view;
}

// It answers something, but since a poll last showed how it is that failed on all paths.
bool DeviceViewer::shown_nowhere(DeviceId device) const {
  const DeviceState& state = comm_.devices_[device.value];
  if (!comm_.rules_.guarded(device) || comm_.rules_.of(device).schedules.empty()) return false;
  const auto failed = [&](PathRank path) {
    const auto& at = state.paths[path.value - 1u].failed_at;
    return at && *at > state.last_ok;
  };
  const auto others = comm_.targets(device, false);
  return failed(state.active) && !others.empty() && std::ranges::all_of(others, [&](PathRank path) {
           return failed(path) &&
                  state.paths[path.value - 1u].failed_at > state.paths[path.value - 1u].last_ok;
         });
}

bool DeviceViewer::other_path_usable(DeviceId device) const {
  const DeviceState& state = comm_.devices_[device.value];
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    if (PathRank{p} != state.active && comm_.usable(device, PathRank{p})) return true;
  }
  return false;
}

// Sentences about the future: away from here when polls fail, and back to primary.
void DeviceViewer::say_next(DeviceId device, DeviceView& view) const {
  const DeviceState& state = comm_.devices_[device.value];
  const bool dry_run = comm_.rules_.guarded(device) && comm_.rules_.of(device).failover_dry_run;
  if (!state.automatic) {
    view.what_next = "manual mode: only an operator moves it";
  } else if (comm_.frozen(device, now_)) {
    view.next_at = state.frozen_until;
    view.what_next =
        "frozen: it moves only by hand for " + duration_words(*state.frozen_until - now_);
  } else if (state.dead && !other_path_usable(device)) {
    view.what_next = "it does not answer, and no other path can be used: it stays";
  } else if (state.dead && comm_.nothing_answers(device)) {
    view.what_next = "no path answers: it stays, and whichever answers first will have it";
  } else if (shown_nowhere(device)) {
    view.what_next = "no path shows how it is: it stays, and goes where it is seen again";
  } else if (!comm_.usable(device, state.active)) {
    view.what_next = "it moves as soon as any of its paths can be used";
  } else {
    say_away(device, view);
    if (state.active != primary && state.left_primary) say_back(device, view);
  }
  if (state.automatic && dry_run && !comm_.frozen(device, now_)) {
    view.what_next =
        "it stays and only reports what it would do (dry run). Without that: " + view.what_next;
  }
}

void DeviceViewer::say_away(DeviceId device, DeviceView& view) const {
  const DeviceState& state = comm_.devices_[device.value];
  const auto away = comm_.targets(device, false);
  if (away.empty()) {
    view.what_next = "it stays: no other path can be used";
    return;
  }
  const PathState& here = state.paths[state.active.value - 1u];
  const auto [since, limit] = comm_.failure_clock(device);
  view.what_next = "it moves to " + comm_.teller().path_phrase(device, away.front());
  if (limit == Duration::zero()) {
    view.what_next += " when a poll fails";
  } else if (here.failing && since + limit >= now_) {
    view.next_at = since + limit;
    view.what_next += " when a poll still fails in " + duration_words(since + limit - now_);
  } else {
    view.what_next += " when polls fail for more than " + duration_words(limit);
  }
}

void DeviceViewer::say_back(DeviceId device, DeviceView& view) const {
  const DeviceState& state = comm_.devices_[device.value];
  if (!comm_.usable(device, primary)) {
    view.what_next += "; retry primary waits: " + comm_.teller().why_unusable(device, primary);
    return;
  }
  const Instant retry = *state.left_primary + comm_.hold_down(device);
  view.what_next += retry > now_ ? "; retry primary in " + duration_words(retry - now_)
                                 : std::string("; retry primary now");
  if (comm_.rules_.guarded(device) && state.probe_successes < comm_.rules_.of(device).rise) {
    const int more = comm_.rules_.of(device).rise - state.probe_successes;
    view.what_next += " after " + std::to_string(more) +
                      (state.probe_successes > 0 ? " more" : "") +
                      (more == 1 ? " good probe" : " good probes");
  } else {
    view.what_next += ", with the next poll";
  }
  if (!view.next_at || retry < *view.next_at) view.next_at = std::max(retry, now_);
}

LineView Comm::line(CommId comm) const {
  const Line& line = lines_[comm.value];
  LineView view;
  view.state = line.state;
  view.polls_waiting = line.queue.size;
  view.busy = line.flight.has_value();
  for (const auto& [at, device] : rules_.devices_of(comm)) {
    ++view.devices;
    if (rules_.line_at(device, devices_[device.value].active) == comm.value) ++view.active_devices;
  }
  return view;
}

DeviceView Comm::view(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  const auto count = static_cast<std::uint8_t>(state.paths.size());
  DeviceView view;
  view.name = rules_.of(device).name;
  view.mode = rules_.of(device).mode;
  view.automatic = state.automatic;
  view.active = state.active;
  view.active_comm = teller().comm_name(device, state.active);
  view.primary_comm = teller().comm_name(device, primary);
  if (count >= 2) view.secondary_comm = teller().comm_name(device, PathRank{2});
  if (count >= 3) view.tertiary_comm = teller().comm_name(device, PathRank{3});
  view.messages_hour = state.messages.last_hour(now);
  view.messages_day = state.messages.last_day(now);
  view.success_hour = view.messages_hour.percent();
  view.success_day = view.messages_day.percent();
  view.primary_failed_over = state.failed_over;
  view.since = state.since;
  view.last_ok = state.last_ok;
  view.last_reading = state.last_reading;
  view.polls_skipped = state.skipped_polls;
  view.dead = state.dead;
  view.alert = state.alert;
  view.flaps = state.flaps;
  if (frozen(device, now)) view.frozen_until = state.frozen_until;
  view.dry_run = rules_.guarded(device) && rules_.of(device).failover_dry_run;
  view.decisions = state.decisions;
  for (std::uint32_t at = state.first_poll; at != no_poll; at = polls_[at].next_of_device) {
    if (polls_[at].waiting && !polls_[at].background()) ++view.polls_waiting;
  }
  if (state.last_move) {
    view.moved_at = state.last_move->at;
    view.move_cause = state.last_move->cause;
  }
  view.why_here = "on " + teller().path_phrase(device, state.active) +
                  (state.last_move ? " because " + state.last_move->why : " since it was loaded");
  const DeviceViewer viewer(*this, now);
  viewer.say_next(device, view);
  for (std::uint8_t p = 1; p <= count; ++p) view.paths.push_back(viewer.path(device, PathRank{p}));
  return view;
}

}  // namespace nightwatt::core
