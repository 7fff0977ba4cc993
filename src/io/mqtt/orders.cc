#include "io/mqtt/orders.h"

#include <algorithm>
#include <utility>

#include "wire/mqtt/payload.h"

namespace nightwatt::io {
namespace {

constexpr auto owed_for = std::chrono::minutes(1);

MessageFailed ended(const MqttOrder& order, MessageFailure failure, std::string why) {
  return {order.transaction, failure, std::move(why), !order.message};
}

}  // namespace

MqttOrder* Orders::next() {
  return orders_.empty() || orders_.front().message ? nullptr : &orders_.front();
}

void Orders::broker_has(int message, std::vector<Event>& out) {
  if (orders_.empty() || orders_.front().message != message) return;
  MqttOrder& order = orders_.front();
  order.broker_has_it = true;
  if (!order.acknowledged_on.empty()) return;
  out.push_back(
      ended(order, MessageFailure::timed_out,
            "the broker has " + order.topic +
                ", and nobody says whether the device obeyed (no acknowledgement topic)"));
  orders_.pop_front();
}

void Orders::heard(std::string_view topic, std::string_view payload, Time now,
                   std::vector<Event>& out) {
  if (const auto owed = owed_.find(topic); owed != owed_.end()) {
    const bool late = now < owed->second.until && owed->second.count > 0;
    if (!late || --owed->second.count == 0) owed_.erase(owed);
    if (late) return;
  }
  if (orders_.empty() || !orders_.front().message) return;
  const MqttOrder& order = orders_.front();
  if (order.acknowledged_on != topic) return;
  if (wire::mqtt::says_ok(payload)) {
    out.push_back(MessageReplied{order.transaction, {}});
  } else {
    out.push_back(MessageRefused{order.transaction, wire::mqtt::quotable(payload)});
  }
  orders_.pop_front();
}

void Orders::give_up_overdue(Time now, std::vector<Event>& out) {
  std::erase_if(orders_, [&](const MqttOrder& order) {
    if (order.give_up > now) return false;
    std::string why = "no session with the broker in time";
    if (order.message) {
      why = order.broker_has_it ? "no acknowledgement on " + order.acknowledged_on
                                : "the broker does not confirm " + order.topic;
      owe(order, now);
    }
    out.push_back(ended(order, MessageFailure::timed_out, std::move(why)));
    return true;
  });
}

void Orders::connection_lost(MessageFailure failure, const std::string& why, Time now,
                             std::vector<Event>& out) {
  for (const MqttOrder& order : orders_) {
    out.push_back(ended(order, failure, why));
    if (order.message) owe(order, now);
  }
  orders_.clear();
}

bool Orders::cancel(Transaction transaction, Time now) {
  const auto found = std::ranges::find(orders_, transaction, &MqttOrder::transaction);
  if (found == orders_.end()) return false;
  if (found->message) owe(*found, now);
  orders_.erase(found);
  return true;
}

void Orders::refuse_next(MessageFailure failure, const std::string& why, std::vector<Event>& out) {
  out.push_back(ended(orders_.front(), failure, why));
  orders_.pop_front();
}

std::optional<Orders::Time> Orders::next_time() const {
  if (orders_.empty()) return std::nullopt;
  return std::ranges::min(orders_, {}, &MqttOrder::give_up).give_up;
}

void Orders::owe(const MqttOrder& order, Time now) {
  if (order.acknowledged_on.empty()) return;
  Owed& owed = owed_[order.acknowledged_on];
  if (now >= owed.until) owed.count = 0;
  ++owed.count;
  owed.until = now + owed_for;
}

}  // namespace nightwatt::io
