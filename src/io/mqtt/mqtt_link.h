#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "io/hub/device_sockets.h"
#include "io/hub/outbox.h"
#include "io/mqtt/feeds.h"
#include "io/mqtt/mqtt_client.h"
#include "io/mqtt/mqtt_driver.h"
#include "io/mqtt/orders.h"

// One comm device of MQTT: a client of its broker, what its devices have said, and who waits for
// it.
//
//     unused ──first message──► session ──lost──► pause (reconnect_interval) ──► session ...
//
// A read is answered from what was heard; one that finds nothing fresh waits for it, and says what
// is missing shortly before the engine would give it up. While there is no session a message waits
// for the attempt that runs, or fails at once with the reason of the last one.
namespace nightwatt::io {

struct MqttShared {
  std::shared_ptr<DeviceSockets> sockets;
  const ports::Clock& clock;
  ports::EventSink sink;
};

class MqttLink final : public ports::DeviceLink,
                       public std::enable_shared_from_this<MqttLink>,
                       private MqttClient::Owner,
                       private DeadlineListener {
 public:
  MqttLink(std::shared_ptr<MqttShared> shared, MqttTarget target);
  ~MqttLink() override;

  void send(const SendMessage& message, const ports::Request& request) override;
  void cancel(Transaction transaction) override;
  void prepare() override;
  void close() override;
  ports::LinkStats stats() const override;

 private:
  using Clock = Deadlines::Clock;
  struct Read {
    Transaction transaction{};
    const Feed* feed = nullptr;
    Clock::time_point give_up{};
  };

  // The session.
  void open_session();
  void session_up() override;
  void session_over(MessageFailure failure, std::string text) override;
  void heard(std::string_view topic, std::string_view payload, bool retained) override;
  void broker_has(int message) override;
  void subscribed(int request, std::size_t index, bool granted) override;
  void turn_over() override;
  void subscribe_wanted();
  bool session_is_up() const { return client_ && client_->up(); }

  // Messages.
  void send_read(const SendMessage& message, const ports::Request& request);
  void send_order(const SendMessage& message, const ports::Request& request);
  void answer_reads();
  void publish_next();
  bool may_wait(Transaction transaction);
  void overdue() override;
  void rearm();

  // Telling.
  void tell_news();
  void report(Transaction transaction, MessageFailure failure, std::string text,
              bool not_sent = false);
  void take(std::vector<Event> events);
  void deliver();
  void deliver_later();
  std::string prefix() const;

  std::shared_ptr<MqttShared> shared_;
  MqttTarget target_;
  std::unique_ptr<MqttClient> client_{};
  Feeds feeds_{};
  Orders orders_{};
  std::vector<Read> reads_{};  // that wait
  Outbox outbox_;
  std::map<int, std::vector<std::string>> asked_{};  // topics of each SUBSCRIBE without an answer
  Deadline deadline_;
  Rng rng_;
  Clock::time_point next_session_{};   // while pausing
  std::optional<SessionEnd> pause_{};  // why
  Clock::time_point quiet_until_{};    // no further DeviceSpoke before
  CommId comm_{};                      // ours, as messages name it
  ports::LinkStats stats_{};
  bool news_ = false;    // something was heard in this turn
  bool spoke_ = false;   // something that decides, and nobody was told
  bool was_up_ = false;  // there has been a session
};

}  // namespace nightwatt::io
