#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "rack/nut_server.h"
#include "wire/nut/line_reader.h"
#include "wire/nut/request.h"

// The inside of NutServer: what its connections share, and one connection.
namespace nightwatt::rack {

class NutConnection;

struct NutServerState : std::enable_shared_from_this<NutServerState> {
  struct Served {
    const SimulatedUps* ups = nullptr;
    unsigned version = 0;    // of the cached list
    std::string asked_as{};  // the spelling in it
    std::string list{};      // a whole LIST VAR reply
  };

  NutServerState(boost::asio::io_context& context, NutServerSettings with);
  bool take_port();  // binds the acceptor, which does not listen yet
  bool listen();
  void go_down();
  void come_back();  // tries until the port is free
  void accept();
  void drop_all();
  void sweep();  // closes idle connections, as upsd's main loop does
  Served* find(std::string_view name);

  boost::asio::io_context& io;
  NutServerSettings settings;
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer sweeper;
  boost::asio::steady_timer again;
  std::uint16_t port = 0;
  std::map<std::string, Served, std::less<>> served;  // by lower-case name
  std::set<std::shared_ptr<NutConnection>> connections;
  Fault fault = Fault::none;
  NutServerStats stats;
  std::uint32_t epoch = 0;  // of the acceptor: a handler of a closed one does nothing
};

class NutConnection : public std::enable_shared_from_this<NutConnection> {
 public:
  NutConnection(NutServerState& server, boost::asio::ip::tcp::socket socket);

  void start() { read(); }
  void close(bool reset = false);
  bool idle_since(std::chrono::steady_clock::time_point limit) const {
    return last_request_ < limit;
  }

 private:
  void read();
  void received(std::size_t size);
  void answer(std::string_view line);
  void answer_request(const wire::nut::Request& request);
  void answer_login(const wire::nut::Request& request);
  void answer_about_ups(const wire::nut::Request& request);
  void append_list(const wire::nut::Request& request, NutServerState::Served& served);
  void spoil(std::size_t from, Fault fault);
  void write();
  void write_rest(std::size_t from);
  void pour();  // Fault::flood, Fault::long_line: until the client closes
  void drip(std::size_t from);

  NutServerState* server_;  // nullptr once closed
  boost::asio::ip::tcp::socket socket_;
  wire::nut::LineReader lines_;
  std::array<char, 512> in_;
  std::string out_;
  std::string user_;
  std::string password_;
  std::chrono::steady_clock::time_point last_request_;
  bool has_user_ = false;
  bool has_password_ = false;
  bool logged_in_ = false;
  bool close_after_ = false;
  bool silent_ = false;  // has sent half of something and will not go on
};

}  // namespace nightwatt::rack
