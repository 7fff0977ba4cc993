#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/hub/device_sockets.h"
#include "io/mqtt/mqtt_driver.h"
#include "io/mqtt/session_end.h"
#include "io/mqtt/tls_context.h"
#include "model/comm.h"

struct mosquitto;

// One session with a broker: the name, each of its addresses in turn, TLS, CONNECT, until it ends.
//
//     resolving ─► connecting (TCP, TLS, CONNACK) ─► up ─► over
//
// libmosquitto speaks the protocol; it never waits for anything here. It is given literal addresses
// only, its socket is watched by the hub, and its own loop, threads and reconnects are not used.
// A session that is over is thrown away: the next one begins with nothing of it.
namespace nightwatt::io {

// Topics of one SUBSCRIBE.
inline constexpr std::size_t subscribe_topics_max = 64;

class MqttClient final : private SocketListener, private DeadlineListener {
 public:
  // Called from the loop, never from inside a call to the client.
  class Owner {
   public:
    // Heard while libmosquitto is at work: no call to the client, no end of it.
    virtual void heard(std::string_view topic, std::string_view payload, bool retained) = 0;
    virtual void broker_has(int message) = 0;                                   // PUBACK
    virtual void subscribed(int request, std::size_t index, bool granted) = 0;  // SUBACK
    // After these anything may be done, also to the client: it is the last that it does.
    virtual void session_up() = 0;
    virtual void session_over(MessageFailure failure, std::string text) = 0;  // once
    virtual void turn_over() = 0;  // something may have been heard

   protected:
    ~Owner() = default;
  };

  // The whole way to `up` has the broker's connection_timeout.
  MqttClient(std::shared_ptr<DeviceSockets> sockets, const MqttTarget& target, Owner& owner);
  // Leaves without a word: the broker publishes our last will.
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  bool up() const { return state_ == State::up; }

  // REQUIRES: up. Nothing: libmosquitto did not take it, and none of it left us.
  // At most 64 topics at once, QoS 0; publish: QoS 1.
  std::optional<int> subscribe(std::span<const std::string> topics);
  std::optional<int> publish(const std::string& topic, std::string_view payload, bool retained);
  // Withdraws the last will in words ("offline") and takes leave, as far as that goes at once.
  void take_leave();

 private:
  enum class State : std::uint8_t { resolving, connecting, up, over };
  using Clock = Deadlines::Clock;
  using Error = boost::system::error_code;
  struct LibraryEnd {
    void operator()(mosquitto* client) const;
  };

  void ready(std::uint32_t events) override;
  void overdue() override;

  void look_up();
  void resolved(const Error& ec, const NameCache::Addresses& addresses);
  void try_next_address();
  std::optional<SessionEnd> begin(const boost::asio::ip::address& address);
  bool prepare();
  void hear_library();
  void watch();
  int read_some();
  std::size_t unread() const;
  void after_library(int result, int problem, std::uint32_t events);
  void accepted();
  void failed(SessionEnd why);
  void end(SessionEnd why);
  void rearm();

  std::shared_ptr<DeviceSockets> sockets_;
  const MqttTarget& target_;
  Owner& owner_;
  TlsContext tls_{};  // outlives the library's client
  std::unique_ptr<mosquitto, LibraryEnd> library_{};
  SocketWatch watch_{};
  Deadline deadline_;
  Clock::time_point until_;    // of the whole attempt
  Clock::time_point share_{};  // of the present address
  Clock::time_point misc_{};   // up: the library looks at its keepalive
  NameCache::Addresses addresses_{};
  std::size_t next_ = 0;
  std::shared_ptr<MqttClient*> looking_up_{};  // the look-up may answer after our end
  std::optional<SessionEnd> at_once_{};        // a failure that is told at the next turn
  std::string library_error_{};                // its last log line of that kind
  std::optional<int> answer_{};                // of CONNACK
  State state_ = State::resolving;
  bool at_work_ = false;     // libmosquitto is on the stack
  bool more_later_ = false;  // the budget of one turn was not enough
};

}  // namespace nightwatt::io
