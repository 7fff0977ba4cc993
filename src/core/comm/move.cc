#include <algorithm>
#include <utility>

#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Which path a device is on: the transitions T1 to T8 (comm-failover, section 2).
namespace nightwatt::core {

namespace {

// Connections made ahead: 500 a second, 100 of them at once.
constexpr Duration prepare_spacing{2};
constexpr Duration prepare_ahead{200};

// The old path gave trouble, as opposed to a person or a timer having chosen another one.
bool left_in_trouble(MoveCause cause) {
  switch (cause) {
    case MoveCause::fail:
    case MoveCause::forced:
    case MoveCause::crowd:
    case MoveCause::sweep: return true;
    case MoveCause::failback:
    case MoveCause::manual: return false;
  }
  return false;
}

}  // namespace

// Since when a failing path is counted, and how long it has (R2, R3, R6); grace on entry in guarded
// mode.
std::pair<Instant, Duration> Comm::failure_clock(DeviceId device) const {
  const DeviceState& state = devices_[device.value];
  const PathRule& rule = rules_.path(device, state.active);
  const PathState& path = state.paths[state.active.value - 1u];
  const bool last = state.active.value == state.paths.size();
  if (!last && path.unproven) return {path.entered, rule.subsequent_fail};
  Instant since = state.last_ok;
  if (rules_.guarded(device) && state.active != primary) since = std::max(since, path.entered);
  return {since, rule.initial_fail};
}

bool Comm::expired(DeviceId device, Instant now) const {
  const auto [since, limit] = failure_clock(device);
  return limit == Duration::zero() || now - since > limit;
}

// R15; in guarded mode primary must have answered `rise` probes in a row besides.
bool Comm::retry_due(DeviceId device, Instant now) const {
  const DeviceState& state = devices_[device.value];
  if (!state.automatic || state.active == primary || !usable(device, primary)) return false;
  if (rules_.guarded(device) && state.probe_successes < rules_.of(device).rise) return false;
  const Duration retry = hold_down(device);
  return retry == Duration::zero() || (state.left_primary && now - *state.left_primary > retry);
}

// Guarded: what is known dead, or leads over a suspect comm device, comes last.
std::vector<PathRank> Comm::targets(DeviceId device, bool forced) const {
  std::vector<PathRank> found = candidates(device, forced);
  if (rules_.guarded(device) && found.size() > 1) {
    std::ranges::stable_partition(found, [&](PathRank path) {
      return !known_dead(device, path, now_) && !suspect(rules_.line_at(device, path), now_);
    });
  }
  return found;
}

std::vector<PathRank> Comm::candidates(DeviceId device, bool forced) const {
  const DeviceState& state = devices_[device.value];
  const auto count = static_cast<std::uint8_t>(state.paths.size());
  const std::uint8_t active = state.active.value;
  const bool back = forced || rules_.of(device).failback_on_failure;
  const bool jump = rules_.of(device).sequence == FailoverSequence::jump_to_last_good;
  std::vector<PathRank> candidates;
  for (int p = active + 1; p <= count; ++p) {
    candidates.push_back(PathRank{static_cast<std::uint8_t>(p)});
  }
  for (std::uint8_t p = 1; p < active; ++p) {
    if (back || (jump && p != 1)) candidates.push_back(PathRank{p});
  }
  std::erase_if(candidates, [&](PathRank p) { return !usable(device, p); });
  if (jump) {
    // Newest success first; nothing compares smaller than any instant, so unknown ones come last.
    std::stable_sort(candidates.begin(), candidates.end(), [&](PathRank a, PathRank b) {
      return state.paths[a.value - 1u].last_ok > state.paths[b.value - 1u].last_ok;
    });
  }
  return candidates;
}

// Make before break: the path that would be next is connected while this one is only in doubt.
void Comm::prepare(DeviceId device, CommOut& out) {
  if (!rules_.guarded(device) || !devices_[device.value].automatic) return;
  const auto next = targets(device, false);
  if (next.empty() || rules_.path(device, next.front()).metered) return;
  const Instant place = std::max(prepare_at_, now_);
  if (place >= now_ + prepare_ahead) return;  // many at once: it connects when it gets there
  prepare_at_ = place + prepare_spacing;
  out.effects.push_back(PrepareLink{CommId{rules_.line_at(device, next.front())}});
}

// Where a device goes whose poll has failed. A dead one has been everywhere, and so has one that
// answers something else and says over no path how it is: it is polled on, but does not hunt.
std::optional<Way> Comm::way_on(DeviceId device, const Failure& failure, Instant now) const {
  const DeviceState& state = devices_[device.value];
  const bool may_be_blind = rules_.guarded(device) && !rules_.facts(device).plain;
  if (!state.automatic || ((state.dead || may_be_blind) && nothing_answers(device))) {
    return std::nullopt;
  }
  if (expired(device, now)) {
    const auto to = targets(device, false);
    if (to.empty()) return std::nullopt;
    return Way{to.front(), MoveCause::fail, teller().why_failed_over(device, failure, now)};
  }
  if (const auto to = way_out(device, now)) {
    return Way{*to, MoveCause::crowd, teller().why_crowd(rules_.line_at(device, state.active))};
  }
  return std::nullopt;
}

// R8: at most once per path.
bool Comm::may_forward(const Poll& poll, PathRank to) const {
  if ((poll.tried_paths & bit_of(to)) != 0) return false;
  if (poll.purpose == PollPurpose::scheduled && !rules_.runs_on(poll.device, poll.schedule, to))
    return false;
  if (poll.purpose == PollPurpose::order) return order_may_go_to(poll, to);
  return poll.kind == PollClass::read || rules_.of(poll.device).retry_control_on_failover;
}

void Comm::move(DeviceId device, PathRank to, MoveCause cause, std::string why,
                std::uint32_t forwarded, Instant now, CommOut& out) {
  DeviceState& state = devices_[device.value];
  const PathRank from = state.active;
  const auto& flight = lines_[rules_.line_at(device, from)].flight;
  if (flight && polls_[flight->poll].device == device && !polls_[flight->poll].background()) {
    lines_[rules_.line_at(device, from)].flight->detached = true;
  }
  state.waits_since.reset();
  note_decision(device, to, cause, DecisionOutcome::moved, now);
  count_departure(device, to, cause, now);
  carry_polls(device, from, cause, forwarded, now);
  wake_schedules(device, now);
  if (forwarded != no_poll && polls_[forwarded].kind == PollClass::control) {
    out.tell(teller().retry_in_progress(forwarded, to));
  }
  plan_probe(device, now);
  state.last_move = LastMove{now, from, to, cause, std::move(why)};
  out.tell(teller().moved(device, *state.last_move));
  Move moved{now, device, from, to, cause, false, {}};
  if (out.with_queues) {
    for (const std::uint32_t poll : polls_.in_order(lines_[rules_.line_at(device, to)].queue)) {
      if (polls_[poll].purpose == PollPurpose::asked) moved.queue_after.push_back(polls_[poll].tag);
    }
  }
  out.moves.push_back(std::move(moved));
}

void Comm::count_departure(DeviceId device, PathRank to, MoveCause cause, Instant now) {
  DeviceState& state = devices_[device.value];
  PathState& old = path_state(device, state.active);
  count_flap(device, to, cause, now);
  leave_crowd(device);
  count_here(device, false);
  if (left_in_trouble(cause)) {
    old.unproven = true;
    ++old.failovers;
    if (state.active == primary) state.failed_over = true;
  }
  if (state.active == primary) {
    state.left_primary = now;
    state.probe_asked.reset();
    state.probe_successes = 0;
  }
  if (to == primary) state.left_primary.reset();
  state.active = to;
  count_here(device, true);
  state.since = now;
  state.would_have = 0;
  ++state.changes;
  path_state(device, to).standby_missed = 0;
  path_state(device, to).standby_bad = false;
  path_state(device, to).entered = now;
}

// R9, R10: the forwarded poll enters first, the others behind it in the order they had.
void Comm::carry_polls(DeviceId device, PathRank from, MoveCause cause, std::uint32_t forwarded,
                       Instant now) {
  const DeviceState& state = devices_[device.value];
  std::vector<std::uint32_t> waiting;
  for (std::uint32_t at = state.first_poll; at != no_poll; at = polls_[at].next_of_device) {
    if (polls_[at].waiting && !polls_[at].background()) waiting.push_back(at);
  }
  std::sort(waiting.begin(), waiting.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::size_t class_a = queue_class(polls_[a]);
    const std::size_t class_b = queue_class(polls_[b]);
    return class_a != class_b ? class_a < class_b : polls_[a].order < polls_[b].order;
  });
  for (const std::uint32_t poll : waiting) take_from(rules_.line_at(device, from), poll);
  const std::uint32_t line = rules_.line_at(device, state.active);
  if (forwarded != no_poll) {
    polls_[forwarded].forwarded = true;
    adapt_to(forwarded, state.active);
    wait_in(line, forwarded);
  }
  const auto later = left_in_trouble(cause) ? must_wait(device, now) : std::nullopt;
  for (const std::uint32_t poll : waiting) {
    if (polls_[poll].purpose == PollPurpose::scheduled && put_off(poll, later)) continue;
    adapt_to(poll, state.active);
    wait_in(line, poll);
  }
}

// A scheduled poll of a device that has moved: its turn comes `later`, or when the device is on a
// path that its schedule runs on. False: neither, it goes along.
bool Comm::put_off(std::uint32_t poll, std::optional<Instant> later) {
  const DeviceId device = polls_[poll].device;
  const std::uint16_t schedule = polls_[poll].schedule;
  const std::uint32_t slot = rules_.schedule_slot(device, schedule);
  if (!rules_.runs_on(device, schedule, devices_[device.value].active)) {
    agenda_.clear(slot);  // wake_schedules() finds it
  } else if (later) {
    agenda_.set(slot, *later, 0);
  } else {
    return false;
  }
  remove_poll(poll);
  return true;
}

// T2. False: nothing to do, or nowhere to go.
bool Comm::force_off(DeviceId device, Instant now, CommOut& out) {
  const DeviceState& state = devices_[device.value];
  if (!state.automatic || usable(device, state.active)) return false;
  const auto candidates = targets(device, true);
  if (candidates.empty()) return false;
  std::string why = teller().why_unusable(device, state.active);
  if (held_back(device, candidates.front(), MoveCause::forced, why, now, out)) return false;
  const std::uint32_t forwarded = ground_flight(device, candidates.front(), now, out);
  move(device, candidates.front(), MoveCause::forced, std::move(why), forwarded, now, out);
  return true;
}

// R13: the message under way on the unusable comm device is given up. Returns the poll that goes
// along to the next path; a control that may not be repeated ends here, its outcome unknown.
std::uint32_t Comm::ground_flight(DeviceId device, PathRank to, Instant now, CommOut& out) {
  const PathRank from = devices_[device.value].active;
  const std::uint32_t line = rules_.line_at(device, from);
  const auto& flight = lines_[line].flight;
  if (!flight || flight->detached || polls_[flight->poll].background() ||
      polls_[flight->poll].device != device) {
    return no_poll;
  }
  give_up(line, out);
  const std::uint32_t poll = land(line).poll;
  if (may_forward(polls_[poll], to)) return poll;
  end_poll(poll, PollResult::failed, from, nullptr, now, out);
  return no_poll;
}

void Comm::comm_state(CommId comm, CommState state, Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  Line& line = lines_[comm.value];
  if (line.state == state) return;
  line.state = state;
  follow_state(comm, now, out);
}

void Comm::set_comms(std::span<const std::pair<CommId, CommState>> states, Instant now,
                     CommOut& out) {
  now_ = std::max(now_, now);
  for (const auto& [comm, state] : states) {
    lines_[comm.value].by_hand = state != CommState::ok;
    lines_[comm.value].state = state;
  }
  for (const auto& [comm, state] : states) follow_state(comm, now, out);
}

void Comm::follow_state(CommId comm, Instant now, CommOut& out) {
  Line& line = lines_[comm.value];
  const CommState state = line.state;
  out.tell(teller().comm_state(comm));
  if (state != CommState::ok && line.flight && polls_[line.flight->poll].background()) {
    give_up(comm.value, out);
    background_ended(land(comm.value).poll, false, now, out);
  }
  for (const auto& each : rules_.devices_of(comm)) {
    DeviceState& device = devices_[each.second.value];
    device.quiet_until = now;
    if (device.dead) device.probe_asked.reset();
    force_off(each.second, now, out);
    plan_probe(each.second, now);
  }
  if (state != CommState::ok &&
      line.flight) {  // nowhere to go, manual mode, or left behind by hand
    give_up(comm.value, out);
    const Flight flight = land(comm.value);
    end_poll(flight.poll, PollResult::failed, flight.path, nullptr, now, out);
  }
  make_ready(comm.value);
}

expected<std::string, std::string> Comm::select_path(DeviceId device, std::optional<PathRank> path,
                                                     Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  const std::string& name = rules_.of(device).name;
  if (!path) {
    set_auto(device, true, now, out);
    return name + " chooses its path by itself again; it is on " +
           teller().path_phrase(device, devices_[device.value].active) + " now";
  }
  const PathRank from = devices_[device.value].active;
  if (!usable(device, *path)) {
    std::string why = teller().why_unusable(device, *path);
    out.moves.push_back(Move{now, device, from, *path, MoveCause::manual, true, {}});
    out.tell(teller().refused(device, *path, why));
    return unexpected<std::string>(name + " stays on " + teller().path_phrase(device, from) + ": " +
                                   why);
  }
  if (*path == from) return name + " is on " + teller().path_phrase(device, from) + " already";
  move(device, *path, MoveCause::manual, "an operator selected it", no_poll, now, out);
  return name + " moved from " + teller().path_phrase(device, from) + " to " +
         teller().path_phrase(device, *path);
}

}  // namespace nightwatt::core
