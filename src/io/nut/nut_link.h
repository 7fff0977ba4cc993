#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "base/prefetch.h"
#include "base/rare_list.h"
#include "io/hub/device_sockets.h"
#include "io/hub/name_and_host.h"
#include "io/hub/outbox.h"
#include "io/hub/spares.h"
#include "io/hub/tcp_connect.h"
#include "io/hub/time_out.h"
#include "io/hub/unsent_limit.h"
#include "io/nut/nut_driver.h"
#include "wire/nut/reply.h"

// The connection to one upsd, as a state machine:
//
//     closed ─► connecting ─► username ─► password ─► login ─► polling ◄─► idle
//                                                       └─► tracking ─► ordering ─► following ─►
//                                                       idle
//
// (username, password and login only when configured; tracking is asked for once per connection).
// Every failure leads back to closed and ends
// the message on the wire with its reason and the messages behind it as `cancelled`. The connection
// stays open between polls; what comes before a message has a little less time than the message
// itself, and is given up with the word that it was not sent. upsd closes it after 60 s without a
// request, which is noticed at once.
namespace nightwatt::io {

// One message of a link, from send() to its answer.
struct NutMessage {
  Transaction transaction{};
  TimeOut time{};
  std::string unit{};
  std::shared_ptr<const ControlOrder> order{};
  const profile::KeptNames* names = nullptr;
  ports::TextSink* sink = nullptr;
  DeviceId device{};
  Texts texts = Texts::none;
  bool reconnected = false;  // its kept connection had gone
  bool left = false;         // a byte of it may have reached the server
};

struct NutShared {
  NutShared(std::shared_ptr<DeviceSockets> all_sockets, ports::EventSink events);

  std::shared_ptr<DeviceSockets> sockets;
  ports::EventSink sink;
  Spares<wire::nut::ReplyReader> readers{};
  Spares<NutMessage> messages{};
};

class NutLink final : public ports::DeviceLink,
                      public std::enable_shared_from_this<NutLink>,
                      private SocketListener,
                      private TcpConnect::Caller,
                      private UnsentLimit::Owner {
 public:
  NutLink(std::shared_ptr<NutShared> shared, NutTarget target);
  ~NutLink() override;

  void send(const SendMessage& message, const ports::Request& request) override;
  void cancel(Transaction transaction) override;
  void prepare() override;
  void foresee_send(Ahead ahead) const override { prefetch_itself(*this, ahead); }
  void close() override;
  ports::LinkStats stats() const override;

 private:
  using Message = NutMessage;
  enum class State : std::uint8_t {
    closed,
    connecting,
    username,
    password,
    login,
    polling,
    tracking,
    ordering,
    following,
    idle
  };
  struct Account {
    std::string username{};
    std::string password{};
    bool login = false;
  };
  // An order that the server accepted and has not finished: asked for now and then.
  struct Following final : DeadlineListener {
    Following(NutLink& of, std::string tracking_id);
    void overdue() override;
    NutLink& link;
    std::string id;
    Deadline pause;
    std::chrono::milliseconds next_pause{20};
  };
  using Error = boost::system::error_code;

  // Making a connection.
  void connect(const TimeOut& time);
  void connected(TcpSocket socket) override;
  void not_connected(const ConnectFailure& failure) override;
  void limit_greeting();
  static const char* word_of(State state);
  void not_sent_in_time() override;

  // Talking.
  void start_next();
  void begin(Message message);
  void greet();
  void request(State next, const std::string& line);
  void ready(std::uint32_t events) override;
  void foresee_ready() const override { prefetch(this, sizeof *this); }
  void received(std::string_view bytes);
  void reply_done(bool surplus);
  void reply_failed(bool surplus);

  // Orders (nut_link_order.cc).
  void send_order();
  void accepted();
  void followed();
  void ask_tracking();
  bool order_failed();
  void end_order(Event event);

  void lost(const Error& ec);
  void disconnect();

  // Telling.
  void fail(MessageFailure failure, const std::string& why, bool with_unit = false);
  void fail_waiting();
  void report(const Message& message, MessageFailure failure, std::string text);
  void deliver();        // now, from a handler
  void deliver_later();  // from within a caller's call
  std::string prefix() const;

  std::shared_ptr<NutShared> shared_;
  NameAndHost peer_;
  Boxed<Account> account_;  // nothing: neither USERNAME nor PASSWORD is sent
  TcpSocket socket_;
  Spares<Message>::Loan current_;
  RareList<Message> waiting_;
  Outbox outbox_;
  std::unique_ptr<TcpConnect> attempt_;         // while a connection is being made
  Spares<wire::nut::ReplyReader>::Loan reply_;  // while a reply is awaited
  std::unique_ptr<Following> following_;
  std::unique_ptr<UnsentLimit> unsent_;  // while the server is greeted
  ports::LinkStats stats_;
  std::uint16_t port_;
  State state_ = State::closed;
  bool kept_ = false;            // the connection served a message before this one
  bool preparing_ = false;       // it is made ahead, and perhaps nobody waits for it
  bool logged_in_ = false;       // LOGIN is allowed once per connection
  bool tracking_asked_ = false;  // on this connection; upsd before 2.8 says no
};

}  // namespace nightwatt::io
