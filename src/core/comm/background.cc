#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "core/comm/comm.h"

// What the core polls of its own accord: schedules, probes of primary before failback, and sweeps
// (comm-failover, section 5, items 1, 11 and 12).
namespace nightwatt::core {

namespace {
constexpr Duration probe_interval_min = std::chrono::seconds(5);
constexpr std::uint64_t order_probe = std::uint64_t{3} << 62;  // after all else of its instant
}  // namespace

bool Comm::may_probe(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  // A dead device whose polls run looks at its other paths after each of them, and seldom; not at
  // those that could not say how it is.
  if (state.dead && rules_.messages_of(device, 0, primary) > 0 &&
      first_running_on(rules_.of(device), state.active)) {
    return false;
  }
  return state.automatic && state.active != primary && usable(device, primary) &&
         first_asked_on(rules_.of(device), primary).has_value();
}

Duration Comm::probe_pace(DeviceId device) const {
  const DeviceRule& rule = rules_.of(device);
  const DeviceState& state = devices_[device.value];
  const bool rest = state.dead && !state.alert && state.probe_successes == 0;
  const Duration seldom = rest ? rule.probe_interval.get() : Duration::zero();
  return std::max({rule.poll_interval.get(), probe_interval_min, seldom});
}

// Probes run while the device could fail back: not before retry primary is over, then at the pace
// of max(poll interval, 5 s), of a dead device that nothing is known of with its probe interval.
void Comm::plan_probe(DeviceId device, Instant now) {
  DeviceState& state = devices_[device.value];
  if (!rules_.guarded(device)) return;
  if (!may_probe(device)) {
    agenda_.clear(rules_.probe_slot(device));
    drop_background(device, PollPurpose::probe);
    state.probe_successes = 0;
    return;
  }
  if (state.probing || !state.left_primary) return;
  Instant at = *state.left_primary + hold_down(device);
  if (state.probe_asked) {
    at = std::max(at, *state.probe_asked + probe_pace(device));
  }
  agenda_.set(rules_.probe_slot(device), std::max(at, now), order_probe | device.value);
}

void Comm::probe_due(DeviceId device, Instant now) {
  DeviceState& state = devices_[device.value];
  if (!may_probe(device)) return;
  state.probing = true;
  state.probe_asked = now;
  add_background(device, primary, PollPurpose::probe, PollPriority::low);
}

// The set of paths that a probe, a sweep or a heartbeat asks at present.
std::uint8_t Comm::background_paths(DeviceId device) const {
  return polls_.paths_asked(devices_[device.value].first_poll,
                            [](const Poll& poll) { return poll.background(); });
}

// REQUIRES: the path has something to answer (a sweep: the first schedule).
void Comm::add_background(DeviceId device, PathRank path, PollPurpose purpose,
                          PollPriority priority) {
  Poll poll;
  poll.device = device;
  poll.purpose = purpose;
  poll.priority = priority;
  poll.path = path;
  poll.schedule =
      purpose == PollPurpose::sweep ? std::uint16_t{0} : *first_asked_on(rules_.of(device), path);
  if (purpose == PollPurpose::sweep) poll.messages = rules_.messages_of(device, 0, path);
  wait_in(rules_.line_at(device, path), polls_.add(poll, devices_[device.value].first_poll));
}

// Takes back what still waits; a message under way ends by itself.
void Comm::drop_background(DeviceId device, PollPurpose purpose) {
  DeviceState& state = devices_[device.value];
  for (std::uint32_t at = state.first_poll; at != no_poll;) {
    const std::uint32_t next = polls_[at].next_of_device;
    if (polls_[at].purpose == purpose && polls_[at].waiting) {
      take_from(rules_.line_at(device, polls_[at].path), at);
      remove_poll(at);
      if (purpose == PollPurpose::probe) state.probing = false;
    }
    at = next;
  }
}

// T5: a probe moves nothing but last_ok of its path, which the caller has set.
void Comm::background_ended(std::uint32_t poll, bool answered, Instant now, CommOut& out) {
  const DeviceId device = polls_[poll].device;
  DeviceState& state = devices_[device.value];
  const PollPurpose purpose = polls_[poll].purpose;
  const PathRank path = polls_[poll].path;
  remove_poll(poll);
  if (answered) state.quiet_until = now;  // a dead device has somewhere to go
  if (purpose == PollPurpose::heartbeat) beat_ended(device, path, answered, now, out);
  if (purpose != PollPurpose::probe) return;
  constexpr auto most = std::numeric_limits<std::uint8_t>::max();
  state.probe_successes =
      answered ? static_cast<std::uint8_t>(std::min<int>(state.probe_successes + 1, most)) : 0;
  state.probing = false;
  const Duration pace = probe_pace(device);
  // A probe that took longer than the pace must not occupy the line without a break.
  if (state.probe_asked && *state.probe_asked + pace <= now) state.probe_asked = now;
  plan_probe(device, now);
  if (answered) fail_back_idle(device, now, out);
}

// Those of which a sweep has not ended.
std::uint8_t Comm::swept_paths(DeviceId device) const {
  return polls_.paths_asked(devices_[device.value].first_poll,
                            [](const Poll& poll) { return poll.purpose == PollPurpose::sweep; });
}

bool Comm::swept_enough(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  return state.sweeps >= state.paths.size() - 1 + sweeps_again_max;
}

void Comm::sweep(DeviceId device, Instant now, CommOut&) {
  now_ = std::max(now_, now);
  DeviceState& state = devices_[device.value];
  if (!rules_.guarded(device) || !state.automatic) return;
  for (std::uint32_t at = state.first_poll; at != no_poll; at = polls_[at].next_of_device) {
    if (polls_[at].purpose != PollPurpose::sweep) continue;
    if (!polls_[at].waiting || polls_[at].priority != PollPriority::low) continue;
    const std::uint32_t line = rules_.line_at(device, polls_[at].path);
    take_from(line, at);
    polls_[at].priority = PollPriority::high;
    wait_in(line, at);
  }
  const std::uint8_t asked = swept_paths(device);
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathRank path{p};
    if (path == state.active || !usable(device, path) || (asked & bit_of(path)) != 0) continue;
    if (rules_.messages_of(device, 0, path) == 0) continue;  // it cannot say how the UPS is
    // Nothing compares smaller than any instant: never read means that one try is enough.
    if (state.paths[p - 1u].tried && state.paths[p - 1u].tried > state.last_reading) continue;
    if (swept_enough(device)) return;
    ++state.sweeps;
    // Above scheduled polls of a busy line: somebody may be about to decide blind.
    add_background(device, path, PollPurpose::sweep, PollPriority::high);
  }
}

// An error reply is a success of the path (T5), but no reason to go back where the device was left
// because nothing was seen of it.
void Comm::background_answered(std::uint32_t line, const Reading* reading, Instant now,
                               CommOut& out) {
  const Flight flight = *lines_[line].flight;
  Poll& poll = polls_[flight.poll];
  const DeviceId device = poll.device;
  ++poll.done;
  if (reading != nullptr && poll.done < poll.messages) {
    next_message(line, *reading, now, out);
    return;
  }
  const bool swept = poll.purpose == PollPurpose::sweep;
  std::optional<Reading> whole;
  if (swept && reading != nullptr) whole = whole_reading(flight.poll, *reading, flight.path, now);
  land(line);
  lines_[line].heartbeat_gap = Duration::zero();
  const auto& left = devices_[device.value].last_move;
  const bool was_blind = left && left->cause == MoveCause::sweep;
  const bool good = reading != nullptr || poll.purpose != PollPurpose::probe || !was_blind;
  background_ended(flight.poll, good, now, out);
  if (whole) sweep_answered(device, *whole, flight.sent_at, now, out);
}

// A message that was sent before the device's last reading says nothing new: no move then.
void Comm::sweep_answered(DeviceId device, const Reading& reading, Instant sent_at, Instant now,
                          CommOut& out) {
  DeviceState& state = devices_[device.value];
  if (state.last_reading && *state.last_reading >= sent_at) {
    path_state(device, reading.path).tried.reset();  // alive, and not looked over
    return;
  }
  state.last_reading = now;
  state.sweeps = 0;
  state.last_ok = now;
  device_answered(device, now, out);
  drop_background(device, PollPurpose::sweep);
  out.reports.push_back({device, reading.path, PollResult::ok, true, reading});
  const std::string why = "the device was unseen, and this path answered when all were tried";
  if (state.automatic && state.active != reading.path && usable(device, reading.path) &&
      !held_back(device, reading.path, MoveCause::sweep, why, now, out)) {
    move(device, reading.path, MoveCause::sweep, why, no_poll, now, out);
  }
  path_state(device, reading.path).unproven = false;
  if (reading.path == primary) state.failed_over = false;
}

bool Comm::starved(DeviceId device, Instant now) const {
  const auto& since = devices_[device.value].waits_since;
  return since && now - *since >= starved_after && !in_flight(device, 0);
}

void Comm::clock_gap(Instant now) {
  awake_since_ = now;
  for (DeviceState& device : devices_) {
    device.sweeps = 0;
    device.waits_since.reset();
    PathState& active = device.paths[device.active.value - 1u];
    const bool rests = device.dead && device.quiet_until > now;
    const OptionalInstant tried = rests ? active.tried : OptionalInstant();
    for (PathState& path : device.paths) path.tried.reset();
    active.tried = tried;
  }
}

bool Comm::every_usable_path_tried_since(DeviceId device, Instant since, Instant now) const {
  const DeviceState& state = devices_[device.value];
  for (std::uint8_t p = 1; p <= state.paths.size(); ++p) {
    const PathRank path{p};
    if (!usable(device, path) || (!state.automatic && path != state.active)) continue;
    if (rules_.messages_of(device, 0, path) == 0) continue;  // never swept, see sweep()
    if (state.paths[p - 1u].tried && *state.paths[p - 1u].tried > since) continue;
    const bool in_vain = path == state.active ? starved(device, now) : swept_enough(device);
    if (!in_vain || (swept_paths(device) & bit_of(path)) != 0) return false;
  }
  return true;
}

}  // namespace nightwatt::core
