#include <utility>

#include "io/mqtt/mqtt_link.h"

// What the session with the broker tells the link.
namespace nightwatt::io {
namespace {

// A device that flaps does not make the engine poll faster than this.
constexpr auto spoke_gap = std::chrono::seconds(1);

}  // namespace

void MqttLink::open_session() {
  MqttClient::Owner& owner = *this;
  client_ = std::make_unique<MqttClient>(shared_->sockets, target_, owner);
}

void MqttLink::session_up() {
  const auto self = shared_from_this();
  ++stats_.connects;
  if (was_up_) ++stats_.reconnects;
  was_up_ = true;
  stats_.connected = true;
  subscribe_wanted();
  turn_over();
}

// The broker may restart a hundred clients at once: they come back spread over a quarter of the
// interval.
void MqttLink::session_over(MessageFailure failure, std::string text) {
  const auto self = shared_from_this();
  if (stats_.connected) {
    feeds_.connection_lost();
  } else {
    ++stats_.connect_failures;
  }
  stats_.connected = false;
  asked_.clear();
  client_.reset();
  const Duration interval = target_.broker.reconnect_interval;
  next_session_ = Clock::now() + interval + Duration(rng_.between(0, interval.count() / 4));
  pause_ = SessionEnd{failure, std::move(text)};
  for (const Read& read : std::exchange(reads_, {}))
    report(read.transaction, failure, pause_->text);
  std::vector<Event> ended;
  orders_.connection_lost(failure, pause_->text, Clock::now(), ended);
  take(std::move(ended));
  rearm();
  deliver();
}

void MqttLink::subscribe_wanted() {
  while (true) {
    auto topics = feeds_.take_wanted(subscribe_topics_max);
    if (topics.empty()) return;
    // If it cannot be written the session is about to end, and all is wanted again in the next.
    const auto request = client_->subscribe(topics);
    if (!request) return;
    asked_[*request] = std::move(topics);
  }
}

void MqttLink::subscribed(int request, std::size_t index, bool granted) {
  const auto found = asked_.find(request);
  if (found == asked_.end() || index >= found->second.size()) return;
  feeds_.granted(found->second[index], granted, shared_->clock.now());
  if (index + 1 == found->second.size()) asked_.erase(found);
  news_ = true;
}

void MqttLink::heard(std::string_view topic, std::string_view payload, bool retained) {
  stats_.bytes_in += payload.size();
  news_ = true;
  if (feeds_.heard(topic, payload, retained, shared_->clock.now())) spoke_ = true;
  if (retained) return;
  std::vector<Event> ended;
  orders_.heard(topic, payload, Clock::now(), ended);
  take(std::move(ended));
}

void MqttLink::broker_has(int message) {
  std::vector<Event> ended;
  orders_.broker_has(message, ended);
  take(std::move(ended));
}

void MqttLink::turn_over() {
  const auto self = shared_from_this();
  if (std::exchange(news_, false)) answer_reads();
  publish_next();
  tell_news();
  rearm();
  deliver();
}

// A device that says something else than before is polled now and not at its next turn.
void MqttLink::tell_news() {
  const auto now = Clock::now();
  if (!spoke_ || now < quiet_until_) return;
  spoke_ = false;
  quiet_until_ = now + spoke_gap;
  outbox_.add(DeviceSpoke{comm_});
}

}  // namespace nightwatt::io
