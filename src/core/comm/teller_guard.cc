#include "core/comm/teller.h"

#include "core/comm/comm.h"
#include "core/comm/words.h"

// Sentences of guarded mode.
namespace nightwatt::core {

std::string Teller::why_crowd(std::uint32_t line) const {
  return "comm device " + rules().of_line(line).name + " is suspect, polls of " +
         std::to_string(comm_.lines_[line].crowd_size) + " of the " +
         std::to_string(comm_.lines_[line].polled_here) + " devices polled over it fail";
}

Notice Teller::suspect(std::uint32_t line) const {
  const Line& here = comm_.lines_[line];
  Notice notice = about_line(line, NoticeKind::comm_suspect, Severity::warning);
  notice.message = "Comm device " + notice.subject + " is suspect: polls of " +
                   std::to_string(here.crowd_size) + " of the " + std::to_string(here.polled_here) +
                   " devices polled over it failed within " +
                   duration_words(rules().of_line(line).crowd_within) +
                   ". Those that can go elsewhere leave it without waiting for their timers.";
  notice.details = {{"suspect", "true"},
                    {"failing", std::to_string(here.crowd_size)},
                    {"polled", std::to_string(here.polled_here)}};
  return notice;
}

Notice Teller::trusted(std::uint32_t line) const {
  Notice notice = about_line(line, NoticeKind::comm_suspect, Severity::info);
  notice.message = "Comm device " + notice.subject + " answers again and is no longer suspect.";
  notice.details = {{"suspect", "false"}};
  return notice;
}

Notice Teller::dead(DeviceId device, Duration interval) const {
  Notice notice = about(device, NoticeKind::no_path, Severity::warning);
  const std::size_t paths = state_of(device).paths.size();
  notice.message = name(device) + " does not answer " +
                   (paths == 1 ? "over its only path" : "over any path it can use") +
                   ": it stays on " + path_phrase(device, state_of(device).active) +
                   " and is tried every " + duration_words(interval) + " until it answers.";
  notice.details = {{"path", std::to_string(state_of(device).active.value)},
                    {"interval_ms", std::to_string(interval.count())}};
  return notice;
}

Notice Teller::alive(DeviceId device) const {
  Notice notice = about(device, NoticeKind::no_path, Severity::info);
  notice.message = name(device) + " answers again and is polled at its own pace.";
  notice.details = {{"recovered", "true"}};
  return notice;
}

Notice Teller::standby(DeviceId device, PathRank path, bool healthy) const {
  const DeviceState& state = state_of(device);
  bool other_alive = false;  // another alternate that answered when it was last tried
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathState& it = state.paths[p - 1u];
    if (PathRank{p} == path || PathRank{p} == state.active || !comm_.usable(device, PathRank{p}))
      continue;
    other_alive = other_alive || (it.last_ok && !(it.failed_at > it.last_ok));
  }
  Notice notice = about(device, NoticeKind::standby,
                        healthy       ? Severity::info
                        : other_alive ? Severity::warning
                                      : Severity::alarm);
  if (healthy) {
    notice.message =
        name(device) + " answers again over " + path_phrase(device, path) + ", which stands by.";
  } else {
    notice.message = name(device) + " does not answer over " + path_phrase(device, path) +
                     ", which stands by: it could not take over now" +
                     (other_alive ? "." : ", and no other path is known to answer.");
  }
  notice.details = {{"path", std::to_string(path.value)},
                    {"comm", comm_name(device, path)},
                    {"healthy", healthy ? "true" : "false"}};
  return notice;
}

Notice Teller::frozen(DeviceId device, Duration how_long) const {
  Notice notice = about(device, NoticeKind::frozen, Severity::warning);
  notice.message = name(device) + " stays on " + path_phrase(device, state_of(device).active) +
                   " for " + duration_words(how_long) + ", whatever happens: it was frozen.";
  notice.details = {{"seconds", std::to_string(how_long.count() / 1000)}};
  return notice;
}

Notice Teller::thawed(DeviceId device) const {
  Notice notice = about(device, NoticeKind::frozen, Severity::info);
  notice.message = name(device) + " is not frozen any more and chooses its path by itself.";
  notice.details = {{"ended", "true"}};
  return notice;
}

Notice Teller::held_back(DeviceId device, PathRank to, MoveCause cause, DecisionOutcome outcome,
                         const std::string& why) const {
  const PathRank from = state_of(device).active;
  Notice notice = about(device, NoticeKind::would_move, Severity::warning);
  notice.message = name(device) + " would have moved from " + path_phrase(device, from) + " to " +
                   path_phrase(device, to) + ", but " +
                   (outcome == DecisionOutcome::frozen ? "it is frozen" : "this is a dry run") +
                   ": " + why + ".";
  notice.details = {{"from", std::to_string(from.value)},
                    {"to", std::to_string(to.value)},
                    {"cause", std::string(to_string(cause))},
                    {"outcome", std::string(to_string(outcome))}};
  return notice;
}

}  // namespace nightwatt::core
