#include <utility>

#include "core/comm/comm.h"
#include "core/comm/words.h"

// What people are told of guarded mode: once when it begins, once when it ends.
namespace nightwatt::core {

void Comm::tell_suspect(std::uint32_t line, CommOut& out) const {
  const Line& here = lines_[line];
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::comm_suspect;
  notice.subject = comm_rules()[line].name;
  notice.message = "Comm device " + notice.subject + " is suspect: polls of " +
                   std::to_string(here.crowd_size) + " of the " + std::to_string(here.polled_here) +
                   " devices polled over it failed within " +
                   duration_words(comm_rules()[line].crowd_within) +
                   ". Those that can go elsewhere leave it without waiting for their timers.";
  notice.details = {{"suspect", "true"},
                    {"failing", std::to_string(here.crowd_size)},
                    {"polled", std::to_string(here.polled_here)}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_trusted(std::uint32_t line, CommOut& out) const {
  Notice notice;
  notice.kind = NoticeKind::comm_suspect;
  notice.subject = comm_rules()[line].name;
  notice.message = "Comm device " + notice.subject + " answers again and is no longer suspect.";
  notice.details = {{"suspect", "false"}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_dead(DeviceId device, Duration interval, CommOut& out) const {
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::no_path;
  notice.subject = rule(device).name;
  const std::size_t paths = devices_[device.value].paths.size();
  notice.message = rule(device).name + " does not answer " +
                   (paths == 1 ? "over its only path" : "over any path it can use") +
                   ": it stays on " + path_phrase(device, devices_[device.value].active) +
                   " and is tried every " + duration_words(interval) + " until it answers.";
  notice.details = {{"path", std::to_string(devices_[device.value].active.value)},
                    {"interval_ms", std::to_string(interval.count())}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_alive(DeviceId device, CommOut& out) const {
  Notice notice;
  notice.kind = NoticeKind::no_path;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " answers again and is polled at its own pace.";
  notice.details = {{"recovered", "true"}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_standby(DeviceId device, PathRank path, bool healthy, CommOut& out) const {
  const DeviceState& state = devices_[device.value];
  bool other_alive = false;  // another alternate that answered when it was last tried
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathState& it = state.paths[p - 1u];
    if (PathRank{p} == path || PathRank{p} == state.active || !usable(device, PathRank{p}))
      continue;
    other_alive = other_alive || (it.last_ok && !(it.failed_at > it.last_ok));
  }
  Notice notice;
  notice.severity = healthy ? Severity::info : other_alive ? Severity::warning : Severity::alarm;
  notice.kind = NoticeKind::standby;
  notice.subject = rule(device).name;
  if (healthy) {
    notice.message = rule(device).name + " answers again over " + path_phrase(device, path) +
                     ", which stands by.";
  } else {
    notice.message = rule(device).name + " does not answer over " + path_phrase(device, path) +
                     ", which stands by: it could not take over now" +
                     (other_alive ? "." : ", and no other path is known to answer.");
  }
  notice.details = {{"path", std::to_string(path.value)},
                    {"comm", comm_name(device, path)},
                    {"healthy", healthy ? "true" : "false"}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_frozen(DeviceId device, Duration how_long, CommOut& out) const {
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::frozen;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " stays on " +
                   path_phrase(device, devices_[device.value].active) + " for " +
                   duration_words(how_long) + ", whatever happens: it was frozen.";
  notice.details = {{"seconds", std::to_string(how_long.count() / 1000)}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_thawed(DeviceId device, CommOut& out) const {
  Notice notice;
  notice.kind = NoticeKind::frozen;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " is not frozen any more and chooses its path by itself.";
  notice.details = {{"ended", "true"}};
  out.effects.push_back(std::move(notice));
}

void Comm::tell_held_back(DeviceId device, PathRank to, MoveCause cause, DecisionOutcome outcome,
                          const std::string& why, CommOut& out) const {
  const PathRank from = devices_[device.value].active;
  Notice notice;
  notice.severity = Severity::warning;
  notice.kind = NoticeKind::would_move;
  notice.subject = rule(device).name;
  notice.message = rule(device).name + " would have moved from " + path_phrase(device, from) +
                   " to " + path_phrase(device, to) + ", but " +
                   (outcome == DecisionOutcome::frozen ? "it is frozen" : "this is a dry run") +
                   ": " + why + ".";
  notice.details = {{"from", std::to_string(from.value)},
                    {"to", std::to_string(to.value)},
                    {"cause", std::string(to_string(cause))},
                    {"outcome", std::string(to_string(outcome))}};
  out.effects.push_back(std::move(notice));
}

}  // namespace nightwatt::core
