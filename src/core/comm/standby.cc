#include <algorithm>
#include <chrono>

#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Guarded: the heartbeat of paths that stand by (comm-failover, section 5, item 2). Each device
// tries its idle paths in turn, so that a dead alternate is known before it is needed and is not
// chosen while another one is known to answer.
namespace nightwatt::core {

namespace {

constexpr std::uint64_t order_guard = std::uint64_t{3} << 62;  // after all else of its instant

// 0 to 999, always the same for one path of one device.
Duration::rep scatter(DeviceId device, PathRank path) {
  const std::uint64_t mixed = (device.value * 8ull + path.value) * 0x9e3779b97f4a7c15u;
  return static_cast<Duration::rep>((mixed >> 33) % 1'000);
}

}  // namespace

bool Comm::has_heartbeat(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  return rules_.guarded(device) && state.automatic && state.paths.size() > 1 &&
         rules_.of(device).probe_interval > Duration::zero();
}

// What a new device looks at first is spread over the whole interval.
void Comm::start_heartbeat(DeviceId device, Instant now) {
  if (!has_heartbeat(device)) return;
  const Duration interval = rules_.of(device).probe_interval;
  devices_[device.value].standby_at = now + interval * scatter(device, primary) / 1'000;
  plan_guard(device);
}

// The device's own next look at itself: a heartbeat, or the end of a freeze.
void Comm::plan_guard(DeviceId device) {
  const DeviceState& state = devices_[device.value];
  std::optional<Instant> at = state.frozen_until;
  if (has_heartbeat(device)) at = at ? std::min(*at, state.standby_at) : state.standby_at;
  if (at) {
    agenda_.set(rules_.guard_slot(device), std::max(*at, now_), order_guard | device.value);
  } else {
    agenda_.clear(rules_.guard_slot(device));
  }
}

void Comm::guard_due(DeviceId device, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  if (state.frozen_until && *state.frozen_until <= now) thaw(device, now, out);
  if (has_heartbeat(device) && state.standby_at <= now) beat(device, now);
  plan_guard(device);
}

// The next idle path in turn that somebody should look at. Primary has its own probes as soon as
// retry primary is over, and a dead device tries all its paths by itself.
std::optional<PathRank> Comm::next_standby(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  if (state.dead) return std::nullopt;
  std::uint32_t asked = background_paths(device) | bit_of(state.active);
  const auto probe = agenda_.at(rules_.probe_slot(device));
  if (probe && *probe <= now + rules_.of(device).probe_interval) asked |= bit_of(primary);
  const std::size_t count = state.paths.size();
  for (std::size_t i = 0; i < count; ++i) {
    const PathRank path{static_cast<std::uint8_t>((state.standby_turn + i) % count + 1)};
    if ((asked & bit_of(path)) != 0 || !usable(device, path)) continue;
    if (!rules_.path(device, path).metered && first_asked_on(rules_.of(device), path)) return path;
  }
  return std::nullopt;
}

// A comm device takes so many heartbeats per second and no more: who comes too early takes the next
// free place and is woken once again.
void Comm::beat(DeviceId device, Instant now) {
  DeviceState& state = devices_[device.value];
  const auto path = next_standby(device, now);
  const Duration interval = rules_.of(device).probe_interval;
  if (!path) {
    state.standby_at = now + interval;
    return;
  }
  const std::uint32_t line = rules_.line_at(device, *path);
  const Duration spacing =
      std::max(Duration(1'000) / std::max(rules_.of_line(line).probes_per_second, 1),
               lines_[line].heartbeat_gap);
  Instant& free_at = lines_[line].heartbeat_at;
  if (!state.standby_place) {
    const Instant place = std::max(free_at, now);
    if (place > now + interval) {  // a busy line: perhaps in the next turn
      state.standby_at = now + interval;
      return;
    }
    free_at = place + spacing;
    if (place > now) {
      state.standby_place = true;
      state.standby_at = place;
      return;
    }
  }
  state.standby_place = false;
  state.standby_turn = path->value;
  const auto idle = static_cast<Duration::rep>(std::max<std::size_t>(state.paths.size() - 1, 1));
  const Duration turn = interval / idle;
  state.standby_at = now + turn * (900 + scatter(device, *path) / 5) / 1'000;
  add_background(device, *path, PollPurpose::heartbeat, PollPriority::low);
}

void Comm::beat_ended(DeviceId device, PathRank path, bool answered, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  PathState& it = path_state(device, path);
  if (answered) {
    it.standby_missed = 0;
    if (it.standby_bad) out.tell(teller().standby(device, path, true));
    it.standby_bad = false;
    return;
  }
  if (path == state.active || !usable(device, path)) return;
  if (it.standby_missed < standby_misses_max) ++it.standby_missed;
  if (it.standby_missed < standby_misses_max) {
    state.standby_turn = static_cast<std::uint8_t>(path.value - 1u);
    state.standby_at = std::min(state.standby_at, now + standby_repeat);
    plan_guard(device);
  } else if (!it.standby_bad && !it.failing) {  // failing: they were told when it was left
    it.standby_bad = true;
    out.tell(teller().standby(device, path, false));
  }
}

// A device that nobody polls fails back between polls, or it never would.
void Comm::fail_back_idle(DeviceId device, Instant now, CommOut& out) {
  const DeviceState& state = devices_[device.value];
  const auto in_front = [](const Poll& poll) { return !poll.background(); };
  if (polls_.any_of_device(state.first_poll, in_front)) return;
  const PathState& here = state.paths[state.active.value - 1u];
  const Instant answered = here.last_ok.value_or(state.since);
  const Instant failed = here.failed_at.value_or(state.since);
  if (now - std::max({answered, failed, state.since}) < idle_after) return;
  if (!retry_due(device, now)) return;
  const std::string why = teller().why_failed_back(device) + ", and nobody polls it";
  if (held_back(device, primary, MoveCause::failback, why, now, out)) return;
  move(device, primary, MoveCause::failback, why, no_poll, now, out);
}

}  // namespace nightwatt::core
