#include "core/comm/order.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "core/comm/comm.h"
#include "core/comm/teller.h"

// Control orders: sent at most once unless their policy allows more, never after they expire, and
// always ended as ok, refused or unknown (comm-failover, section 5, item 5).
//
//     waits ──► acts ──answered──► ok, or refused by the device
//                 │ not sent: again, here or on the next path
//                 └─ no answer: in doubt ──► unknown
//                       idempotent: acts again      verify_then_retry: reads back ──► ok, acts
//                                                   once more, or unknown
namespace nightwatt::core {

Order& Comm::order_of(std::uint32_t poll) { return orders_[polls_[poll].order_place]; }
const Order& Comm::order_of(std::uint32_t poll) const { return orders_[polls_[poll].order_place]; }

std::size_t Comm::orders_pending() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(orders_, [](const Order& each) { return each.poll != no_poll; }));
}

void Comm::order(const ControlOrder& order, Instant now) {
  now_ = std::max(now_, now);
  auto free = std::ranges::find(orders_, no_poll, &Order::poll);
  if (free == orders_.end()) free = orders_.insert(free, Order{});
  const auto place = static_cast<std::uint8_t>(free - orders_.begin());
  NW_CHECK(place < orders_max);
  DeviceState& state = devices_[order.device.value];
  Poll poll;
  poll.device = order.device;
  poll.kind = PollClass::control;
  poll.purpose = PollPurpose::order;
  poll.priority = PollPriority::user;
  poll.order_place = place;
  *free = Order{};
  free->order = order;
  free->poll = polls_.add(poll, state.first_poll);
  agenda_.set(rules_.order_slot(place), order.expires, 0);
  // One after the other: what an order in doubt finds when it reads back must not be the work of
  // the next one.
  free->held = std::ranges::any_of(orders_, [&](const Order& each) {
    return each.poll != no_poll && &each != &*free && each.order.device == order.device;
  });
  if (!free->held) wait_in(rules_.line_at(order.device, state.active), free->poll);
}

void Comm::release_next(DeviceId device) {
  Order* next = nullptr;
  for (Order& each : orders_) {
    if (each.poll == no_poll || each.order.device != device) continue;
    if (!each.held) return;
    if (next == nullptr || each.order.id < next->order.id) next = &each;
  }
  if (next == nullptr) return;
  next->held = false;
  wait_in(rules_.line_at(device, devices_[device.value].active), next->poll);
}

// A select alone changes nothing.
bool Comm::acts(std::uint32_t index) const {
  const Poll& poll = polls_[index];
  if (poll.purpose != PollPurpose::order || poll.kind != PollClass::control) return false;
  return order_of(index).order.policy != ControlPolicy::select_before_operate ||
         poll.done + 1 >= poll.messages;
}

// Its turn has come on `path`. False: it ended.
bool Comm::order_may_start(std::uint32_t index, PathRank path, Instant now, CommOut& out) {
  Poll& poll = polls_[index];
  const Order& order = order_of(index);
  poll.done = 0;
  if (poll.kind == PollClass::read) {
    if (!rules_.can_read_back(order.order, path)) {
      finish_order(index, ControlOutcome::unknown,
                   "it was not answered, and cannot be read back over " +
                       teller().path_phrase(poll.device, path),
                   out);
      return false;
    }
    poll.schedule = rules_.control_path(order.order, path).verify_schedule;
    poll.messages = rules_.messages_of(poll.device, poll.schedule, path);
    return true;
  }
  poll.schedule = 0;
  poll.messages = rules_.control_path(order.order, path).steps;
  if (poll.messages > 0) return order_is_timely(index, now, out);
  order_of(index).failure = teller().path_phrase(poll.device, path) + " cannot carry it out";
  end_order(index, PollResult::failed, now, out);
  return false;
}

// Nothing operates late. False: it ended.
bool Comm::order_is_timely(std::uint32_t poll, Instant now, CommOut& out) {
  if (polls_[poll].kind == PollClass::read || now < order_of(poll).order.expires) return true;
  order_of(poll).failure = "expired before it was sent";
  end_order(poll, PollResult::failed, now, out);
  return false;
}

// The message that is about to leave carries this; null: a read.
std::shared_ptr<const ControlOrder> Comm::carried_by(std::uint32_t poll, PathRank path) {
  if (polls_[poll].purpose != PollPurpose::order || polls_[poll].kind != PollClass::control) {
    return nullptr;
  }
  Order& order = order_of(poll);
  if (acts(poll)) ++order.sent;
  order.path = path;
  return std::make_shared<const ControlOrder>(order.order);
}

// An attempt of the order ended without an answer.
void Comm::order_missed(std::uint32_t poll, const Failure& failure) {
  Order& order = order_of(poll);
  order.failure = failure.text;
  if (!acts(poll)) return;
  if (failure.not_sent) {
    if (--order.sent == 0) order.path = PathRank{};
  } else {
    order.in_doubt = true;
  }
}

// On one path, of the message under way.
int Comm::order_attempts(std::uint32_t poll, PathRank path) const {
  const Order& order = order_of(poll);
  const bool may_act_again =
      !order.in_doubt || order.order.policy == ControlPolicy::idempotent || !acts(poll);
  return may_act_again ? rules_.path(polls_[poll].device, path).poll_attempts : 1;
}

// A doubt that reading back can end.
void Comm::turn_to_reading(std::uint32_t index) {
  Poll& poll = polls_[index];
  if (poll.purpose != PollPurpose::order || poll.kind == PollClass::read) return;
  const Order& order = order_of(index);
  if (!order.in_doubt || order.order.policy != ControlPolicy::verify_then_retry) return;
  poll.kind = PollClass::read;
  poll.done = 0;
  poll.tried_paths = 0;
}

// It turned to reading back, and has not been read over the path where its device is now.
bool Comm::reads_back_here(std::uint32_t index) const {
  const Poll& poll = polls_[index];
  if (poll.purpose != PollPurpose::order || poll.kind != PollClass::read) return false;
  const std::uint8_t active = devices_[poll.device.value].active.value;
  return (poll.tried_paths >> (active - 1u) & 1u) == 0;
}

// R8 for orders, and section 5: both the policy and the device must allow a repetition.
bool Comm::order_may_go_to(const Poll& poll, PathRank to) const {
  const Order& order = orders_[poll.order_place];
  if (poll.kind == PollClass::read) return rules_.can_read_back(order.order, to);
  if (!rules_.can_act(order.order, to)) return false;
  if (!order.in_doubt) return true;
  return order.order.policy == ControlPolicy::idempotent &&
         rules_.of(poll.device).retry_control_on_failover;
}

void Comm::order_answered(std::uint32_t line, const Reading* reading, Instant now, CommOut& out) {
  const Flight flight = *lines_[line].flight;
  Poll& poll = polls_[flight.poll];
  if (reading != nullptr && poll.done + 1 < poll.messages) {
    if (poll.kind == PollClass::control && flight.detached) {  // selected on a path that was left
      land(line);
      wait_in(rules_.line_at(poll.device, devices_[poll.device.value].active), flight.poll);
      return;
    }
    ++poll.done;
    next_message(line, *reading, now, out);
    return;
  }
  land(line);
  if (poll.kind == PollClass::control || reading == nullptr) {
    if (reading == nullptr) {
      order_of(flight.poll).failure = path_state(poll.device, flight.path).last_error.text();
    }
    end_order(flight.poll, reading != nullptr ? PollResult::ok : PollResult::protocol_exception,
              now, out);
    return;
  }
  order_read_back(flight, whole_reading(flight.poll, *reading, flight.path, now), now, out);
}

// Nothing: the reading does not say.
std::optional<bool> Comm::applied(const ControlOrder& order, const Reading& reading) const {
  const auto& verify = rules_.control(order).verify;
  if (!verify) return std::nullopt;
  if (verify->variable == status_variable) {
    if (reading.status.bits == 0) return std::nullopt;
    return (reading.status.bits & verify->words.bits) == verify->words.bits;
  }
  const auto wanted = verify->number ? verify->number : parse_number(order.value);
  std::optional<double> found;
  if (verify->variable.value < variable_count) {
    found = reading.values.get(static_cast<Variable>(verify->variable.value));
  } else {
    const auto other = std::ranges::find(reading.others, verify->variable, &OtherValue::variable);
    if (other != reading.others.end()) found = other->number;
  }
  if (!wanted || !found) return std::nullopt;
  constexpr double rounding = 1e-6;  // readings are kept as float
  return std::abs(*wanted - *found) <= verify->tolerance + rounding * std::abs(*wanted);
}

void Comm::order_read_back(const Flight& flight, const Reading& reading, Instant now,
                           CommOut& out) {
  Poll& poll = polls_[flight.poll];
  Order& order = order_of(flight.poll);
  const auto seen = applied(order.order, reading);
  if (!seen || *seen) {
    const auto outcome = seen ? ControlOutcome::ok : ControlOutcome::unknown;
    finish_order(flight.poll, outcome,
                 seen ? "it was not answered, and read back as applied"
                      : "it was not answered, and what was read back does not show it",
                 out);
    return;
  }
  const bool here = flight.path == order.path && !flight.detached;
  const bool again = order.sent < 2 && now < order.order.expires &&
                     rules_.can_act(order.order, flight.path) &&
                     (here || rules_.of(poll.device).retry_control_on_failover);
  if (!again) {
    finish_order(flight.poll, ControlOutcome::unknown,
                 "it was not answered, and reading back shows that it has not been applied yet",
                 out);
    return;
  }
  order.in_doubt = false;
  order.read = true;
  poll.kind = PollClass::control;
  poll.tried_paths = 0;
  poll.done = 0;
  wait_in(rules_.line_at(poll.device, devices_[poll.device.value].active), flight.poll);
}

void Comm::end_order(std::uint32_t poll, PollResult result, Instant /*now*/, CommOut& out) {
  const Order& order = order_of(poll);
  if (result == PollResult::ok) {
    finish_order(poll, ControlOutcome::ok, "", out);
  } else if (order.in_doubt) {
    const std::string what = result == PollResult::protocol_exception
                                 ? "it was not answered, and its repetition was refused: "
                                 : "it was sent and not answered: ";
    finish_order(poll, ControlOutcome::unknown, what + order.failure, out);
  } else if (result == PollResult::protocol_exception) {
    finish_order(poll, ControlOutcome::refused, order.failure, out);
  } else {
    const std::string what =
        order.read ? "it was not applied, and not sent again: " : "never carried out: ";
    finish_order(poll, ControlOutcome::refused, what + order.failure, out);
  }
}

void Comm::finish_order(std::uint32_t poll, ControlOutcome outcome, std::string text,
                        CommOut& out) {
  const std::uint8_t place = polls_[poll].order_place;
  const Order& order = orders_[place];
  OrderResult result{order.order.id, outcome, order.path, "", std::move(text)};
  if (order.path != PathRank{}) result.where = teller().path_phrase(order.order.device, order.path);
  out.orders.push_back(std::move(result));
  const DeviceId device = order.order.device;
  agenda_.clear(rules_.order_slot(place));
  orders_[place] = Order{};
  remove_poll(poll);
  release_next(device);
}

// The line where the poll is under way.
std::optional<std::uint32_t> Comm::line_under_way(std::uint32_t poll) const {
  for (const PathRule& path : rules_.of(polls_[poll].device).paths) {
    const auto& flight = lines_[path.comm.value].flight;
    if (flight && flight->poll == poll) return path.comm.value;
  }
  return std::nullopt;
}

void Comm::order_due(std::uint8_t place, Instant now, CommOut& out) {
  const Order& order = orders_[place];
  const std::uint32_t poll = order.poll;
  const Poll& carrier = polls_[poll];
  const Instant last = order.order.expires + read_back_grace;
  const bool acting = carrier.kind == PollClass::control;
  if (carrier.waiting && (acting || now >= last)) {
    take_from(rules_.line_at(carrier.device, devices_[carrier.device.value].active), poll);
    orders_[place].failure = acting ? "expired before it was sent" : "nobody could read it back";
    end_order(poll, PollResult::failed, now, out);
    return;
  }
  const auto line = line_under_way(poll);
  const bool delayed = line && acting && !lines_[*line].flight->transaction;
  if (order.held || delayed) {
    if (delayed) land(*line);
    orders_[place].failure = "expired before it was sent";
    end_order(poll, PollResult::failed, now, out);
    return;
  }
  agenda_.set(rules_.order_slot(place), std::max(last, now + Duration(1'000)), 0);
}

// What becomes of the orders under new rules: none goes on, for what they meant may have changed.
void Comm::orders_at_reload(CommOut& out) const {
  for (const Order& each : orders_) {
    if (each.poll == no_poll) continue;
    const auto line = line_under_way(each.poll);
    const bool lost = line && lines_[*line].flight->transaction && acts(each.poll);
    const bool unknown = each.in_doubt || lost;
    OrderResult result{each.order.id, unknown ? ControlOutcome::unknown : ControlOutcome::refused,
                       each.path, "",
                       unknown ? "it was sent, and the configuration was reloaded before an answer"
                               : "never carried out: the configuration was reloaded"};
    if (each.path != PathRank{}) result.where = teller().path_phrase(each.order.device, each.path);
    out.orders.push_back(std::move(result));
  }
}

void Comm::end_orders(const std::string& why, Instant now, CommOut& out) {
  now_ = std::max(now_, now);
  for (std::size_t place = 0; place < orders_.size(); ++place) {
    const std::uint32_t poll = orders_[place].poll;
    if (poll == no_poll) continue;
    if (polls_[poll].waiting) {
      const DeviceId device = polls_[poll].device;
      take_from(rules_.line_at(device, devices_[device.value].active), poll);
    } else if (const auto line = line_under_way(poll)) {
      give_up(*line, out);
      land(*line);
    }
    orders_[place].failure = why;
    end_order(poll, PollResult::failed, now, out);
  }
}

}  // namespace nightwatt::core
