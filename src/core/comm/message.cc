#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Messages: how polls start, run through their attempts, and end.
namespace nightwatt::core {

namespace {

// Ties of one instant: schedules are events of the timeline, then time-outs in the order of
// sending, then what starts.
constexpr std::uint64_t order_timeout = std::uint64_t{1} << 62;
constexpr std::uint64_t order_delay = std::uint64_t{2} << 62;

// Guarded: whether the poll shows that the path is good for what its device is polled for.
bool proves(const Poll& poll, const DeviceRule& device, PathRank path) {
  if (!device.is_ups || poll.purpose != PollPurpose::scheduled) return true;
  return poll.schedule == first_running_on(device, path);
}

}  // namespace

void Comm::advance(Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  for (;;) {
    const auto planned = agenda_.next();
    if (const auto slot = agenda_.pop_due(now_)) {
      foresee_due();
      due(*slot, *planned, now_, out);
    } else if (!ready_.empty()) {
      start_ready(now_, out);
    } else {
      return;
    }
  }
}

void Comm::due(std::uint32_t slot, Instant planned, Instant now, CommOut& out) {
  if (slot >= rules_.order_slot(0)) {
    order_due(static_cast<std::uint8_t>(slot - rules_.order_slot(0)), now, out);
  } else if (slot >= rules_.guard_slot(DeviceId{0})) {
    guard_due(DeviceId{slot - rules_.guard_slot(DeviceId{0})}, now, out);
  } else if (slot >= rules_.probe_slot(DeviceId{0})) {
    // Polls first: one that starts now may bring the device back by itself.
    while (!ready_.empty()) start_ready(now, out);
    probe_due(DeviceId{slot - rules_.probe_slot(DeviceId{0})}, now);
  } else if (slot >= lines_.size()) {
    schedule_due(slot - static_cast<std::uint32_t>(lines_.size()), planned, now);
  } else if (lines_[slot].flight->transaction) {
    const Flight& flight = *lines_[slot].flight;
    const Duration timeout = rules_.facts(polls_[flight.poll].device, flight.path).timeout;
    out.effects.push_back(CancelMessage{*flight.transaction, CommId{slot}});
    attempt_failed(
        slot,
        {MessageFailure::timed_out, "no answer within " + std::to_string(timeout.count()) + " ms"},
        now, out);
  } else {
    send(slot, now, out);
  }
}

void Comm::start_ready(Instant now, CommOut& out) {
  starting_.clear();
  starting_.swap(ready_);
  std::sort(starting_.begin(), starting_.end());
  for (const std::uint32_t line : starting_) lines_[line].ready = false;
  for (const std::uint32_t line : starting_) start_next(line, now, out);
}

void Comm::start_next(std::uint32_t line, Instant now, CommOut& out) {
  while (!lines_[line].flight) {
    const std::uint32_t poll = polls_.front(lines_[line].queue);
    if (poll == no_poll || start_or_move(line, poll, now, out)) return;
  }
}

// True: it runs. False: it went elsewhere or ended, look at the next one.
bool Comm::start_or_move(std::uint32_t line, std::uint32_t poll, Instant now, CommOut& out) {
  const DeviceId device = polls_[poll].device;
  DeviceState& state = devices_[device.value];
  if (polls_[poll].background()) {
    take_from(line, poll);
    const PathRank path = polls_[poll].path;
    if (usable(device, path)) {
      begin_message(line, poll, path, now, out);
      return true;
    }
    background_ended(poll, false, now, out);
    return false;
  }
  NW_CHECK(rules_.line_at(device, state.active) == line);
  if (!usable(device, state.active)) {
    if (force_off(device, now, out)) return false;
    take_from(line, poll);
    note_failing(device, state.active, teller().why_unusable(device, state.active), out);
    if (polls_[poll].purpose == PollPurpose::order) {
      order_of(poll).failure = teller().why_unusable(device, state.active);
    }
    end_poll(poll, PollResult::comm_unusable, state.active, nullptr, now, out);
    return false;
  }
  if (!polls_[poll].forwarded && retry_due(device, now)) {
    const std::string why = teller().why_failed_back(device);
    if (!held_back(device, primary, MoveCause::failback, why, now, out)) {
      move(device, primary, MoveCause::failback, why, no_poll, now, out);
      return false;
    }
  }
  take_from(line, poll);
  if (polls_[poll].purpose == PollPurpose::order &&
      !order_may_start(poll, state.active, now, out)) {
    return false;
  }
  begin_message(line, poll, state.active, now, out);
  return true;
}

void Comm::begin_message(std::uint32_t line, std::uint32_t poll, PathRank path, Instant now,
                         CommOut& out) {
  Flight flight;
  flight.poll = poll;
  flight.path = path;
  Poll& it = polls_[poll];
  it.tried_paths |= bit_of(path);
  if (it.purpose == PollPurpose::scheduled && it.schedule == 0) {
    devices_[it.device.value].waits_since.reset();
  }
  lines_[line].flight = flight;
  begin_attempt(line, now, out);
}

void Comm::begin_attempt(std::uint32_t line, Instant now, CommOut& out) {
  Flight& flight = *lines_[line].flight;
  flight.transaction.reset();
  const Duration delay = rules_.facts(polls_[flight.poll].device, flight.path).delay;
  if (delay > Duration::zero()) {
    agenda_.set(line, now + delay, order_delay | ++sent_);
  } else {
    send(line, now, out);
  }
}

void Comm::send(std::uint32_t line, Instant now, CommOut& out) {
  Flight& flight = *lines_[line].flight;
  const Poll& poll = polls_[flight.poll];
  if (poll.purpose == PollPurpose::order && poll.kind == PollClass::control &&
      now >= order_of(flight.poll).order.expires) {
    order_is_timely(land(line).poll, now, out);
    return;
  }
  const DeviceId device = poll.device;
  const Duration timeout = rules_.facts(device, flight.path).timeout;
  flight.transaction = Transaction{(++sent_ << line_bits) | line};
  flight.sent_at = now;
  count_one(path_state(device, flight.path).attempts);
  agenda_.set(line, now + timeout, order_timeout | sent_);
  out.effects.push_back(SendMessage{.transaction = *flight.transaction,
                                    .comm = CommId{line},
                                    .device = device,
                                    .path = flight.path,
                                    .timeout = timeout,
                                    .schedule = poll.schedule,
                                    .part = static_cast<std::uint16_t>(poll.done),
                                    .order = carried_by(flight.poll, flight.path)});
}

// Takes the message off the line, which is then free.
Flight Comm::land(std::uint32_t line) {
  const Flight flight = *lines_[line].flight;
  lines_[line].flight.reset();
  agenda_.clear(line);
  make_ready(line);
  return flight;
}

void Comm::give_up(std::uint32_t line, CommOut& out) {
  const Flight& flight = *lines_[line].flight;
  if (!flight.transaction) return;
  out.effects.push_back(CancelMessage{*flight.transaction, CommId{line}});
  if (polls_[flight.poll].purpose == PollPurpose::order) {
    order_missed(flight.poll, {MessageFailure::cancelled, "given up on its way", false});
    turn_to_reading(flight.poll);
  }
}

// A poll of several messages has tried the path when it has ended; an answered order, or a schedule
// that does not say how a UPS is, has not tried it at all. An answered heartbeat or probe says that
// the path is alive, and nobody saw what it said of the device: there is reason to look again.
void Comm::note_tried(const Poll& poll, const Reading* reading, PathState& path,
                      Instant now) const {
  if (only_asks(poll.purpose)) {
    path.tried.reset();
    return;
  }
  const bool tells = poll.purpose != PollPurpose::order && poll.schedule == 0;
  const bool ended = reading == nullptr || poll.done + 1 >= poll.messages;
  if (ended && (tells || !rules_.facts(poll.device).is_ups)) path.tried = now;
}

// What was sent before a suspend says nothing of the path after it.
void Comm::note_tried_in_vain(PathState& path, const Flight& flight, Instant now) const {
  if (flight.sent_at >= awake_since_) path.tried = now;
}

// T5. No reading: a valid error reply. What counts in favour of a path when one decides whether to
// leave it is a message in compat mode. In guarded mode it is a whole poll, of a UPS the one that
// decisions look at: a network that lets small answers through and loses large ones would hold a
// device for ever where it gives no reading.
void Comm::answered(std::uint32_t line, const Reading* reading, Instant now, CommOut& out) {
  const Flight flight = *lines_[line].flight;
  const DeviceId device = polls_[flight.poll].device;
  PathState& path = path_state(device, flight.path);
  path.answered(static_cast<float>((now - flight.sent_at).count()), now);
  note_tried(polls_[flight.poll], reading, path, now);
  line_answered(line, now, out);
  if (polls_[flight.poll].background()) {
    background_answered(line, reading, now, out);
    return;
  }
  Poll& poll = polls_[flight.poll];
  const bool order = poll.purpose == PollPurpose::order;
  const bool whole = order || reading == nullptr || poll.done + 1 >= poll.messages;
  devices_[device.value].messages.add(true, now);
  if (!rules_.guarded(device) || (whole && proves(poll, rules_.of(device), flight.path))) {
    devices_[device.value].last_ok = now;
    if (path.unproven) ++devices_[device.value].changes;
    path.unproven = false;
    if (flight.path == primary) devices_[device.value].failed_over = false;
  }
  if (whole || !rules_.guarded(device)) device_answered(device, now, out);
  if (whole && std::exchange(path.failing, false)) {
    out.tell(teller().answering(device, flight.path, now));
  }
  if (order) {
    order_answered(line, reading, now, out);
    return;
  }
  ++poll.done;
  if (!whole) {
    next_message(line, *reading, now, out);
    return;
  }
  land(line);
  if (reading == nullptr) {
    poll_without_data(flight.poll, flight.path, now, out);
    return;
  }
  if (std::exchange(path.without_data, false)) out.tell(teller().data_again(device, flight.path));
  end_poll(flight.poll, PollResult::ok, flight.path, reading, now, out);
}

// Its last message got a valid error reply. That is a success of the path (T5), so nothing moves
// because of it: somebody must be told, or a wrong register of a profile would be silence.
void Comm::poll_without_data(std::uint32_t poll, PathRank path, Instant now, CommOut& out) {
  const DeviceId device = polls_[poll].device;
  if (!std::exchange(path_state(device, path).without_data, true)) {
    out.tell(teller().without_data(device, path));
  }
  const auto gathered = gathered_reading(poll, path, now);
  end_poll(poll, PollResult::protocol_exception, path, gathered ? &*gathered : nullptr, now, out);
}

void Comm::next_message(std::uint32_t line, const Reading& part, Instant now, CommOut& out) {
  const std::uint32_t poll = lines_[line].flight->poll;
  if (polls_[poll].kind == PollClass::read) keep_part(poll, part);
  lines_[line].flight->attempt = 1;
  begin_attempt(line, now, out);
}

// A control that was not answered may have taken effect. `compat` repeats it as R4 says; guarded
// mode never does by itself.
int Comm::attempts_allowed(std::uint32_t index, PathRank path) const {
  const Poll& poll = polls_[index];
  if (poll.purpose == PollPurpose::order) return order_attempts(index, path);
  if (poll.background()) return 1;
  if (poll.kind == PollClass::control && rules_.guarded(poll.device)) return 1;
  const bool by_hand = poll.priority == PollPriority::user || poll.priority == PollPriority::admin;
  if (devices_[poll.device.value].dead && !by_hand) return 1;
  return rules_.path(poll.device, path).poll_attempts;
}

void Comm::attempt_failed(std::uint32_t line, const Failure& failure, Instant now, CommOut& out) {
  Flight& flight = *lines_[line].flight;
  const Poll& poll = polls_[flight.poll];
  PathState& path = path_state(poll.device, flight.path);
  count_one(path.failures);
  path.quality.lost();
  note_tried_in_vain(path, flight, now);
  path.failed_at = now;
  path.last_error = failure.text;
  agenda_.clear(line);
  if (poll.purpose == PollPurpose::order) order_missed(flight.poll, failure);
  if (flight.attempt < attempts_allowed(flight.poll, flight.path)) {
    ++flight.attempt;
    begin_attempt(line, now, out);
    return;
  }
  message_failed(line, failure, now, out);
}

void Comm::message_failed(std::uint32_t line, const Failure& failure, Instant now, CommOut& out) {
  const std::uint64_t until = polls_.order();
  const Flight flight = land(line);
  const DeviceId device = polls_[flight.poll].device;
  note_message(line, device, failure, now);
  if (!polls_[flight.poll].background()) devices_[device.value].messages.add(false, now);
  if (polls_[flight.poll].background()) {
    lines_[line].heartbeat_gap = background_share * (now - flight.sent_at);
    background_ended(flight.poll, false, now, out);
  } else if (flight.detached) {
    end_poll(flight.poll, PollResult::failed, flight.path, nullptr, now, out);
  } else {
    poll_failed(flight.poll, flight.path, failure, now, out);
  }
  if (failure.kind == MessageFailure::timed_out &&
      (rules_.of_line(line).shared_fate || failure.not_sent)) {
    share_fate(line, flight, rules_.of(device).name + ": " + failure.text, until, now, out);
  }
}

// Told once per row of failures: a path that stays down must not fill the log.
void Comm::note_failing(DeviceId device, PathRank path, const std::string& text, CommOut& out) {
  if (std::exchange(path_state(device, path).failing, true)) return;
  out.tell(teller().failing(device, path, text));
}

// T3 and T4. The poll is in no queue; `path` is its device's active one.
void Comm::poll_failed(std::uint32_t poll, PathRank path, const Failure& failure, Instant now,
                       CommOut& out) {
  const DeviceId device = polls_[poll].device;
  if (!path_state(device, path).failing) prepare(device, out);
  note_failing(device, path, failure.text, out);
  if (rules_.guarded(device)) join_crowd(device, failure, now, out);
  turn_to_reading(poll);
  const auto way = way_on(device, failure, now);
  if (way && !held_back(device, way->to, way->cause, way->why, now, out)) {
    const bool forward = may_forward(polls_[poll], way->to);
    move(device, way->to, way->cause, way->why, forward ? poll : no_poll, now, out);
    if (forward) return;
  } else {
    poll_missed(device, failure, now, out);
  }
  if (reads_back_here(poll)) {
    wait_in(rules_.line_at(device, devices_[device.value].active), poll);
    return;
  }
  end_poll(poll, PollResult::failed, path, nullptr, now, out);
}

// The line's replies carry no ids, so that its connection went with the time-out; or there was none
// to be had. All that waited for it goes the same way. What entered the queue since then (`until`)
// waits for the next connection.
void Comm::share_fate(std::uint32_t line, const Flight& failed, const std::string& cause,
                      std::uint64_t until, Instant now, CommOut& out) {
  const Failure failure{MessageFailure::cancelled,
                        "given up with its connection after a time-out of " + cause, true};
  for (const std::uint32_t poll : polls_.in_order(lines_[line].queue)) {
    if (!polls_[poll].waiting || polls_[poll].order > until) continue;
    const DeviceId device = polls_[poll].device;
    const bool background = polls_[poll].background();
    const PathRank path = background ? polls_[poll].path : devices_[device.value].active;
    if (rules_.line_at(device, path) != line) continue;  // moved while we went through the list
    if (polls_[poll].purpose == PollPurpose::order) continue;  // never sent: nothing of it is lost
    take_from(line, poll);
    PathState& state = path_state(device, path);
    note_tried_in_vain(state, failed, now);
    state.failed_at = now;
    state.last_error = failure.text;
    if (background) {
      background_ended(poll, false, now, out);
      continue;
    }
    polls_[poll].tried_paths |= bit_of(path);
    devices_[device.value].messages.add(false, now);
    poll_failed(poll, path, failure, now, out);
  }
}

void Comm::end_poll(std::uint32_t poll, PollResult result, PathRank path, const Reading* reading,
                    Instant now, CommOut& out) {
  const Poll& ended = polls_[poll];
  if (ended.purpose == PollPurpose::order) {
    end_order(poll, result, now, out);
    return;
  }
  if (ended.purpose == PollPurpose::asked) out.results.push_back({ended.tag, result, path, now});
  if (ended.kind == PollClass::read) report_read(poll, result, path, reading, now, out);
  remove_poll(poll);
}

}  // namespace nightwatt::core
