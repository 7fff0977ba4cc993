#include "io/mqtt/mqtt_link.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "io/hub/socket_error.h"
#include "wire/mqtt/payload.h"
#include "wire/mqtt/topic.h"

namespace nightwatt::io {
namespace {

// Before the engine gives a message up, so that it learns what was missing.
constexpr Duration early_min{20};
constexpr Duration early_max{500};

Duration patience_of(Duration timeout) {
  const Duration early = std::clamp(timeout / 10, early_min, early_max);
  return std::max(timeout - early, Duration::zero());
}

}  // namespace

MqttLink::MqttLink(std::shared_ptr<MqttShared> shared, MqttTarget target)
    : shared_(std::move(shared)),
      target_(std::move(target)),
      deadline_(shared_->sockets->deadlines, *this),
      rng_(std::hash<std::string>()(target_.name + target_.broker.client_id)) {}

MqttLink::~MqttLink() { close(); }

// --- what the engine asks for -------------------------------------------------------------------

void MqttLink::send(const SendMessage& message, const ports::Request& request) {
  comm_ = message.comm;
  if (request.profile == nullptr || request.profile->protocol != profile::Protocol::mqtt) {
    report(message.transaction, MessageFailure::refused, "no profile for MQTT", true);
  } else if (message.order) {
    send_order(message, request);
  } else {
    send_read(message, request);
  }
  deliver_later();
}

void MqttLink::send_read(const SendMessage& message, const ports::Request& request) {
  if (request.plan == nullptr)
    return report(message.transaction, MessageFailure::refused, "nothing is asked");
  if (const auto problem = Feed::problem(request.unit, *request.profile, *request.plan))
    return report(message.transaction, MessageFailure::refused, *problem);
  ++stats_.requests;
  Feed& feed = feeds_.of(request.unit, *request.profile, *request.plan);
  if (!may_wait(message.transaction)) return;
  reads_.push_back({message.transaction, &feed, Clock::now() + patience_of(message.timeout)});
  if (!session_is_up()) return rearm();
  subscribe_wanted();
  answer_reads();
  rearm();
}

void MqttLink::send_order(const SendMessage& message, const ports::Request& request) {
  const Transaction transaction = message.transaction;
  const ControlOrder& order = *message.order;
  const auto* command = profile::find_command(*request.profile, order.kind, order.name);
  if (command == nullptr || message.part >= command->steps.size())
    return report(transaction, MessageFailure::refused, "the profile has no " + order.name, true);
  const profile::WriteStep& step = command->steps[message.part];
  auto payload = wire::mqtt::command_payload(step, order.value);
  if (!payload) return report(transaction, MessageFailure::refused, payload.error(), true);
  MqttOrder out;
  out.transaction = transaction;
  out.topic =
      wire::mqtt::topic_below(request.unit, std::get<profile::MqttSource>(step.target).topic);
  out.payload = std::move(*payload);
  if (!step.acknowledged_on.empty())
    out.acknowledged_on = wire::mqtt::topic_below(request.unit, step.acknowledged_on);
  for (const std::string* topic : {&out.topic, &out.acknowledged_on}) {
    if (topic->empty() || wire::mqtt::is_topic_name(*topic)) continue;
    return report(transaction, MessageFailure::refused,
                  wire::mqtt::quotable(*topic) + " is no topic name", true);
  }
  out.give_up = Clock::now() + patience_of(message.timeout);
  if (!may_wait(transaction)) return;
  if (!out.acknowledged_on.empty()) feeds_.want(out.acknowledged_on);
  orders_.add(std::move(out));
  if (session_is_up()) {
    subscribe_wanted();
    publish_next();
  }
  rearm();
}

// Without a session a message waits for the attempt that runs. In the pause after a failed one it
// fails at once with that reason: nothing better would come of waiting.
bool MqttLink::may_wait(Transaction transaction) {
  if (pause_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(next_session_ - Clock::now());
    report(transaction, pause_->failure,
           pause_->text + "; next attempt in " + std::to_string(std::max<long>(left.count(), 0)) +
               " s",
           true);
    return false;
  }
  if (!client_) open_session();
  return true;
}

void MqttLink::cancel(Transaction transaction) {
  const auto same = [&](const Read& read) { return read.transaction == transaction; };
  stats_.cancels += static_cast<std::uint32_t>(std::erase_if(reads_, same));
  if (orders_.cancel(transaction, Clock::now())) {
    ++stats_.cancels;
    publish_next();
  }
  outbox_.forget(transaction);
  rearm();
  deliver_later();
}

// The session. What is subscribed is known with the first message.
void MqttLink::prepare() {
  if (client_ || pause_) return;
  open_session();
  rearm();
}

void MqttLink::close() {
  if (client_) client_->take_leave();
  client_.reset();
  reads_.clear();
  orders_.clear();
  feeds_.clear();
  asked_.clear();
  outbox_.clear();
  pause_.reset();
  deadline_.clear();
  news_ = spoke_ = was_up_ = false;
  stats_.connected = false;
}

ports::LinkStats MqttLink::stats() const { return stats_; }

// --- messages -----------------------------------------------------------------------------------

void MqttLink::answer_reads() {
  const Instant now = shared_->clock.now();
  std::erase_if(reads_, [&](const Read& read) {
    auto answer = read.feed->answer(now, target_.broker.freshness);
    if (!answer) return false;
    if (answer->reading) {
      ++stats_.replies;
      outbox_.add(MessageReplied{read.transaction, std::move(*answer->reading)});
    } else {
      report(read.transaction, answer->failure, std::move(answer->text));
    }
    return true;
  });
}

void MqttLink::publish_next() {
  if (!session_is_up()) return;
  std::vector<Event> ended;
  while (MqttOrder* order = orders_.next()) {
    if (!order->acknowledged_on.empty()) {
      const auto subscription = feeds_.find(order->acknowledged_on)->subscription;
      if (subscription == HeardTopic::Subscription::refused) {
        orders_.refuse_next(MessageFailure::unauthorised,
                            "the broker refuses the subscription of " + order->acknowledged_on,
                            ended);
        continue;
      }
      // Else the answer could be there before we listen.
      if (subscription != HeardTopic::Subscription::granted) break;
    }
    order->message = client_->publish(order->topic, order->payload, false);
    if (order->message) {
      ++stats_.requests;
      stats_.bytes_out += order->payload.size();
      break;
    }
    orders_.refuse_next(MessageFailure::unreachable, "the broker cannot be written to", ended);
  }
  take(std::move(ended));
}

void MqttLink::overdue() {
  const auto self = shared_from_this();
  const auto now = Clock::now();
  if (pause_ && next_session_ <= now) {
    pause_.reset();
    open_session();
  }
  const Instant instant = shared_->clock.now();
  std::erase_if(reads_, [&](const Read& read) {
    if (read.give_up > now) return false;
    if (session_is_up()) {
      report(read.transaction, MessageFailure::data_stale,
             read.feed->missing(instant, target_.broker.freshness));
    } else {
      report(read.transaction, MessageFailure::timed_out, "no session with the broker yet");
    }
    return true;
  });
  std::vector<Event> ended;
  orders_.give_up_overdue(now, ended);
  take(std::move(ended));
  publish_next();
  tell_news();
  rearm();
  deliver();
}

void MqttLink::rearm() {
  std::optional<Clock::time_point> first = orders_.next_time();
  const auto also = [&](Clock::time_point at) { first = first ? std::min(*first, at) : at; };
  for (const Read& read : reads_) also(read.give_up);
  if (pause_) also(next_session_);
  if (spoke_) also(quiet_until_);
  if (first) {
    deadline_.set(*first);
  } else {
    deadline_.clear();
  }
}

// --- telling ------------------------------------------------------------------------------------

void MqttLink::report(Transaction transaction, MessageFailure failure, std::string text,
                      bool not_sent) {
  ++stats_.failures;
  outbox_.add(MessageFailed{transaction, failure, prefix() + text, not_sent});
}

// What came of orders.
void MqttLink::take(std::vector<Event> events) {
  for (Event& event : events) {
    if (auto* failed = std::get_if<MessageFailed>(&event)) {
      report(failed->transaction, failed->failure, failed->text, failed->not_sent);
      continue;
    }
    ++stats_.replies;
    outbox_.add(std::move(event));
  }
}

// The sink may call send(), cancel() and close() on this very link: nothing of ours is half done.
void MqttLink::deliver() { outbox_.deliver(shared_->sink); }

void MqttLink::deliver_later() {
  if (outbox_.empty()) return;
  boost::asio::post(shared_->sockets->io, [self = weak_from_this()] {
    if (const auto link = self.lock()) link->deliver();
  });
}

std::string MqttLink::prefix() const {
  return target_.name + " (" + address_text(target_.host, target_.port) + "): ";
}

}  // namespace nightwatt::io
