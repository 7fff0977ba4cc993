#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/hub/name_cache.h"
#include "io/nut/nut_driver.h"
#include "wire/nut/reply.h"

// The connection to one upsd, as a state machine:
//
//     closed ─► resolving ─► connecting ─► username ─► password ─► login ─► polling ◄─► idle
//
// (username, password and login only when configured). Every failure leads back to closed and ends
// the message on the wire with its reason and the messages behind it as `cancelled`. The connection
// stays open between polls; upsd closes it after 60 s without a request, which is noticed at once.
namespace nightwatt::io {

struct NutShared {
  NutShared(boost::asio::io_context& context, ports::EventSink events);

  boost::asio::io_context& io;
  ports::EventSink sink;
  std::shared_ptr<NameCache> names;
  // One buffer for all links: a link reads when its socket is readable and is done with the bytes
  // before it returns, so that an idle connection holds none.
  std::array<char, 64 * 1024> buffer;
};

class NutLink final : public ports::DeviceLink, public std::enable_shared_from_this<NutLink> {
 public:
  NutLink(std::shared_ptr<NutShared> shared, NutTarget target);

  void send(const SendMessage& message, const ports::Request& request) override;
  void cancel(Transaction transaction) override;
  void close() override;
  ports::LinkStats stats() const override;

 private:
  enum class State : std::uint8_t {
    closed,
    resolving,
    connecting,
    username,
    password,
    login,
    polling,
    idle
  };
  struct Message {
    Transaction transaction{};
    Duration timeout{};
    std::string unit{};
    bool reconnected = false;  // its kept connection had gone
  };
  // Exists while a connection is being made.
  struct Attempt {
    boost::asio::steady_timer timer;
    std::chrono::steady_clock::time_point deadline{};
    NameCache::Addresses addresses{};
    std::size_t next = 0;
  };
  using Error = boost::system::error_code;
  // With the loop's own executor: the type-erased default costs time and memory for each operation.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  // Making a connection (nut_link_connect.cc).
  void connect();
  void resolved(const Error& ec, const NameCache::Addresses& addresses);
  void try_next_address();
  void address_failed(const Error& ec);
  void connected();
  void connect_failed(MessageFailure failure, const std::string& why);
  void limit_attempt(std::chrono::steady_clock::time_point until);

  // Talking (nut_link.cc).
  void start_next();
  void greet();
  void request(State next, const std::string& line);
  void wait_readable();
  void readable(const Error& ec);
  void received(std::string_view bytes);
  void reply_done(bool surplus);
  void reply_failed();
  void lost(const Error& ec);
  void disconnect();

  // Telling.
  void fail(MessageFailure failure, const std::string& why, bool with_unit = false);
  void fail_waiting();
  void report(Transaction transaction, MessageFailure failure, std::string text);
  void deliver();        // now, from a handler
  void deliver_later();  // from within a caller's call
  std::string prefix() const;

  std::shared_ptr<NutShared> shared_;
  NutTarget target_;
  Socket socket_;
  std::optional<Message> current_;
  std::vector<Message> waiting_;
  std::vector<Event> undelivered_;
  std::unique_ptr<Attempt> attempt_;
  wire::nut::ReplyReader reply_;
  ports::LinkStats stats_;
  std::uint32_t generation_ = 0;  // of the connection: a handler of an older one does nothing
  State state_ = State::closed;
  bool kept_ = false;       // the connection served a message before this one
  bool logged_in_ = false;  // LOGIN is allowed once per connection
};

}  // namespace nightwatt::io
