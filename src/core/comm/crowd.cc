#include <algorithm>
#include <utility>

#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Guarded: devices that fail together (comm-failover, section 5, item 6). When many of those that
// are polled over one comm device fail within a short time, it is the comm device that failed: they
// leave it without each waiting for its timers. One that still answers stays.
namespace nightwatt::core {

namespace {
constexpr std::uint8_t mute_messages_max = 2;
constexpr Duration arrival_slot{50};  // polls that were put off share a wake-up
// Within any second lie the arrivals of a second and one slot; the first ones keep their rhythm,
// which may add a few polls.
constexpr std::int64_t arrival_second_us = 1'070'000;
}  // namespace

// Each message that failed here, of whatever kind. Two devices in a row without any answer between
// them are what tells a mute line from a mute device.
void Comm::note_message(std::uint32_t line, DeviceId device, const Failure& failure, Instant now) {
  Line& here = lines_[line];
  here.failed_at = now;
  if (failure.kind != MessageFailure::timed_out || here.mute_device == device.value) return;
  here.mute_device = device.value;
  if (here.mute_messages < mute_messages_max) ++here.mute_messages;
}

// A poll of the device failed on its active path.
void Comm::join_crowd(DeviceId device, const Failure& failure, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  const std::uint32_t line = rules_.line_at(device, state.active);
  Line& here = lines_[line];
  if (rules_.of_line(line).crowd_devices == 0) return;
  // Given up with somebody else's message: no failure of its own, unless the whole line is mute.
  if (failure.kind == MessageFailure::cancelled && here.mute_messages < mute_messages_max) return;
  // Grace on entry, here too: an alternate that needs a moment is not left by a crowd at once.
  const PathState& path = state.paths[state.active.value - 1u];
  const bool settled = path.last_ok && *path.last_ok >= path.entered;
  if (!settled && now - path.entered < rules_.of_line(line).crowd_within) return;
  leave_crowd(device);
  state.in_crowd = true;
  state.crowd_at = now;
  state.crowd_prev = here.crowd_tail;
  (here.crowd_tail == no_device ? here.crowd_head : devices_[here.crowd_tail].crowd_next) =
      device.value;
  here.crowd_tail = device.value;
  ++here.crowd_size;
  prune_crowd(line, now);
  if (here.suspect || !crowded(line, 1)) return;
  here.suspect = true;
  out.tell(teller().suspect(line));
  evacuate(line, device, now, out);
}

void Comm::leave_crowd(DeviceId device) {
  DeviceState& state = devices_[device.value];
  if (!state.in_crowd) return;
  Line& here = lines_[rules_.line_at(device, state.active)];
  (state.crowd_prev == no_device ? here.crowd_head : devices_[state.crowd_prev].crowd_next) =
      state.crowd_next;
  (state.crowd_next == no_device ? here.crowd_tail : devices_[state.crowd_next].crowd_prev) =
      state.crowd_prev;
  state.in_crowd = false;
  state.crowd_next = state.crowd_prev = no_device;
  --here.crowd_size;
}

void Comm::prune_crowd(std::uint32_t line, Instant now) {
  const Duration within = rules_.of_line(line).crowd_within;
  while (lines_[line].crowd_head != no_device) {
    const std::uint32_t oldest = lines_[line].crowd_head;
    if (now - devices_[oldest].crowd_at <= within) return;
    leave_crowd(DeviceId{oldest});
  }
}

// `share` 2: half of what makes it suspect.
bool Comm::crowded(std::uint32_t line, std::uint32_t share) const {
  const CommRule& rule = rules_.of_line(line);
  const std::uint64_t size = std::uint64_t{lines_[line].crowd_size} * share;
  if (lines_[line].crowd_size < 2) return false;
  return size >= rule.crowd_devices ||
         size * 100 >= std::uint64_t{lines_[line].polled_here} *
                           static_cast<std::uint32_t>(rule.crowd_percent);
}

bool Comm::suspect(std::uint32_t line, Instant now) const {
  return lines_[line].suspect && now - lines_[line].failed_at < suspect_max;
}

void Comm::line_answered(std::uint32_t line, Instant now, CommOut& out) {
  Line& here = lines_[line];
  here.mute_messages = 0;
  here.mute_device = no_device;
  const Instant before = std::exchange(here.answered_at, now);
  if (here.failed_at > before && now - before >= silence_min) ask_the_dead(line, before, now);
  if (!here.suspect) return;
  prune_crowd(line, now);
  if (crowded(line, 2)) return;
  here.suspect = false;
  out.tell(teller().trusted(line));
}

// Where a device may go with the crowd: to a path that is not known dead, over a comm device that
// is not suspect itself. Without one it stays and its own timers decide.
std::optional<PathRank> Comm::way_out(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  if (!rules_.guarded(device) || !state.automatic || !state.in_crowd || state.dead)
    return std::nullopt;
  if (!suspect(rules_.line_at(device, state.active), now)) return std::nullopt;
  for (const PathRank to : targets(device, false)) {
    if (suspect(rules_.line_at(device, to), now)) continue;
    const PathState& path = state.paths[to.value - 1u];
    if (known_dead(device, to, now) || (path.failed_at && *path.failed_at > state.last_ok))
      continue;
    return to;
  }
  return std::nullopt;
}

void Comm::evacuate(std::uint32_t line, DeviceId but, Instant now, CommOut& out) {
  std::vector<DeviceId> crowd;
  for (std::uint32_t at = lines_[line].crowd_head; at != no_device; at = devices_[at].crowd_next) {
    if (at != but.value) crowd.push_back(DeviceId{at});
  }
  const std::string why = teller().why_crowd(line);
  for (const DeviceId device : crowd) {
    const auto to = way_out(device, now);
    if (to && !held_back(device, *to, MoveCause::crowd, why, now, out)) {
      move(device, *to, MoveCause::crowd, why, no_poll, now, out);
    }
  }
}

// A crowd that arrives does not fire its polls in a burst: each device takes the next free place of
// its new comm device and is polled there then, whenever it would have been due. One on battery
// does not wait. Nothing: it is polled at once.
std::optional<Instant> Comm::must_wait(DeviceId device, Instant now) {
  const DeviceState& state = devices_[device.value];
  if (!rules_.guarded(device) || state.alert || rules_.interval_of(device, 0) <= Duration::zero())
    return std::nullopt;
  const std::uint32_t line = rules_.line_at(device, state.active);
  Line& here = lines_[line];
  const std::int64_t place_us =
      std::max<std::int64_t>(here.arrive_us, now.time_since_epoch().count() * 1'000);
  here.arrive_us =
      place_us + arrival_second_us / std::max(rules_.of_line(line).arrivals_per_second, 1);
  const Instant place{Duration(place_us / 1'000)};
  if (place < now + arrival_slot) return std::nullopt;
  const Instant slot = place - place.time_since_epoch() % arrival_slot;
  for (std::uint16_t schedule = 0; schedule < rules_.schedules_of(device); ++schedule) {
    const auto due = agenda_.at(rules_.schedule_slot(device, schedule));
    if (!due) continue;
    agenda_.set(rules_.schedule_slot(device, schedule), schedule == 0 ? slot : std::max(*due, slot),
                0);
  }
  return slot;
}

void Comm::count_polled() {
  for (Line& line : lines_) line.polled_here = 0, line.demand.calm = 0;
  for (std::uint32_t i = 0; i < devices_.size(); ++i) count_here(DeviceId{i}, true);
}

}  // namespace nightwatt::core
