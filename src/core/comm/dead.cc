#include <algorithm>
#include <limits>

#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Guarded: a device that no path reaches (comm-failover, section 5, items 6 and 7). It no longer
// hunts from path to path: it stays, is polled with one attempt at a longer interval, and after
// each such poll its other paths are tried once. Whichever answers first has it back within one
// interval, and its neighbours on a shared comm device keep their rate.
namespace nightwatt::core {

// Its last attempt failed, and not long ago. A path that was never tried is not dead.
bool Comm::known_dead(DeviceId device, PathRank path, Instant now) const {
  const PathState& state = devices_[device.value].paths[path.value - 1u];
  const Duration known = known_intervals * rules_.of(device).probe_interval;
  return state.failed_at && state.failed_at > state.last_ok && now - *state.failed_at < known;
}

// Everything that failover could choose has failed since the device last answered.
bool Comm::nothing_answers(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  const auto failed = [&](PathRank path) {
    const PathState& it = state.paths[path.value - 1u];
    return it.failed_at && *it.failed_at > state.last_ok && it.failed_at > it.last_ok;
  };
  if (!failed(state.active)) return false;
  return !state.automatic || std::ranges::all_of(targets(device, false), failed);
}

Duration Comm::dead_interval(DeviceId device, const Failure& failure) const {
  const DeviceState& state = devices_[device.value];
  const Duration interval =
      pace(device, first_running_on(rules_.of(device), state.active).value_or(0));
  const bool shared = rules_.devices_of(CommId{rules_.line_at(device, state.active)}).size() > 1;
  // A refusal comes at once. A time-out is what its neighbours wait for.
  const bool costly = shared && failure.kind == MessageFailure::timed_out;
  if (state.alert) return costly ? std::max(interval, dead_interval_alert) : interval;
  const Duration longest = std::max(interval, rules_.of(device).probe_interval.get());
  return costly ? longest : std::min(dead_interval_factor * interval, longest);
}

// A poll has failed and the device stays where it is.
void Comm::poll_missed(DeviceId device, const Failure& failure, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  if (!rules_.guarded(device) || rules_.of(device).probe_interval == Duration::zero()) return;
  constexpr auto most = std::numeric_limits<std::uint8_t>::max();
  state.missed_polls = static_cast<std::uint8_t>(std::min<int>(state.missed_polls + 1, most));
  if (state.missed_polls < missed_polls_max || !nothing_answers(device)) {
    state.quiet_until = now;
    return;
  }
  const Duration interval = dead_interval(device, failure);
  if (!state.dead) {
    state.dead = true;
    plan_probe(device, now);
    out.tell(teller().dead(device, interval));
  }
  // Its schedule goes on; the first instant of it that is not quiet is the next poll. One interval
  // of the schedule less, so that it comes no later than the longer interval.
  state.quiet_until =
      now + interval - pace(device, first_running_on(rules_.of(device), state.active).value_or(0));
  if (state.automatic) try_other_paths(device);
}

void Comm::try_other_paths(DeviceId device) {
  const DeviceState& state = devices_[device.value];
  const std::uint32_t asked = background_paths(device);
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathRank path{p};
    if (path == state.active || !usable(device, path) || (asked & bit_of(path)) != 0) continue;
    if (rules_.messages_of(device, 0, path) == 0) continue;  // it cannot say how the device is
    add_background(device, path, PollPurpose::sweep, PollPriority::low);
  }
}

// So long before its comm device fell silent a device that it took with it may have been answered
// there last.
Duration Comm::answer_age_max(DeviceId device, PathRank path) const {
  const DeviceState& state = devices_[device.value];
  if (path != state.active) {
    return 2 * static_cast<Duration::rep>(state.paths.size() - 1) *
           rules_.of(device).probe_interval.get();
  }
  const auto schedule = first_running_on(rules_.of(device), path);
  return 2 * rules_.interval_of(device, schedule.value_or(0));
}

// A comm device answers somebody, the first time since `before`: those that fell silent when it did
// are tried in their next turn. Once: where neighbours are answered, the dead cost them the least.
void Comm::ask_the_dead(std::uint32_t line, Instant before, Instant now) {
  for (const auto& [comm, device] : rules_.devices_of(CommId{line})) {
    DeviceState& state = devices_[device.value];
    if (!state.dead || state.quiet_until <= now) continue;
    for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
      const PathRank path{p};
      PathState& it = state.paths[p - 1u];
      if (rules_.line_at(device, path) != line || it.asked_again) continue;
      if (it.last_ok && *it.last_ok + answer_age_max(device, path) < before) continue;
      it.asked_again = true;
      state.quiet_until = now;
      if (path != primary || state.probing) continue;
      state.probe_asked.reset();
      plan_probe(device, now);
    }
  }
}

// It is there, whatever that says of its path.
void Comm::device_answered(DeviceId device, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  state.missed_polls = 0;
  if (state.would_have >> 4 != static_cast<unsigned>(MoveCause::failback)) state.would_have = 0;
  leave_crowd(device);
  if (!state.dead) return;
  state.dead = false;
  state.quiet_until = now;
  plan_probe(device, now);
  out.tell(teller().alive(device));
}

void Comm::set_alert(DeviceId device, bool alert, Instant now) {
  DeviceState& state = devices_[device.value];
  if (state.alert == alert) return;
  now_ = std::max(now_, now);
  state.alert = alert;
  set_haste(device, haste_of(device));
  if (alert) quicken(device, now);
}

}  // namespace nightwatt::core
