#include "rack/nut_server.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <utility>

#include "base/check.h"
#include "rack/nut_connection.h"
#include "rack/port_retry.h"

namespace nightwatt::rack {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::none: return "none";
    case Fault::down: return "down";
    case Fault::mute: return "mute";
    case Fault::stale: return "stale";
    case Fault::driver_gone: return "driver_gone";
    case Fault::unknown_ups: return "unknown_ups";
    case Fault::refuse_login: return "refuse_login";
    case Fault::reset_at_login: return "reset_at_login";
    case Fault::half_line: return "half_line";
    case Fault::cut_reply: return "cut_reply";
    case Fault::flood: return "flood";
    case Fault::long_line: return "long_line";
    case Fault::garbage: return "garbage";
    case Fault::lies: return "lies";
    case Fault::drip: return "drip";
    case Fault::wrong_ups: return "wrong_ups";
  }
  return "?";
}

NutServerState::NutServerState(asio::io_context& context, NutServerSettings with)
    : io(context), settings(std::move(with)), acceptor(context), sweeper(context), again(context) {}

bool NutServerState::take_port() {
  Error ec;
  const auto address = asio::ip::make_address_v4(settings.bind, ec);
  const tcp::endpoint here(address, port != 0 ? port : settings.port);
  if (!ec) acceptor.open(here.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(here, ec);
  if (!ec) port = acceptor.local_endpoint(ec).port();
  if (ec) {
    Error ignored;
    acceptor.close(ignored);
  }
  return !ec;
}

bool NutServerState::listen() {
  if (!acceptor.is_open() && !take_port()) return false;
  Error ec;
  acceptor.listen(4'096, ec);
  if (!ec) accept();
  return !ec;
}

void NutServerState::go_down() {
  ++epoch;
  Error ignored;
  acceptor.close(ignored);
  drop_all();
  take_port();  // bound but deaf: connections are refused, and nobody else gets the port
}

void NutServerState::come_back() {
  if (fault == Fault::down || listen()) return;
  // Somebody was quicker than go_down() to take the port. It is ours again when he lets it go.
  again.expires_after(come_back_retry);
  again.async_wait([self = weak_from_this(), now = epoch](const Error& ec) {
    const auto shared = self.lock();
    if (!ec && shared && shared->epoch == now) shared->come_back();
  });
}

void NutServerState::accept() {
  acceptor.async_accept(
      [self = weak_from_this(), now = epoch](const Error& ec, tcp::socket socket) {
        const auto shared = self.lock();
        if (!shared || shared->epoch != now || ec == asio::error::operation_aborted) return;
        if (!ec) {
          ++shared->stats.accepted;
          const auto connection = std::make_shared<NutConnection>(*shared, std::move(socket));
          shared->connections.insert(connection);
          connection->start();
        }
        shared->accept();
      });
}

void NutServerState::drop_all() {
  for (const auto& connection : std::exchange(connections, {})) connection->close();
}

void NutServerState::sweep() {
  const auto period = std::clamp(settings.idle_limit / 8, Duration(5), Duration(5'000));
  sweeper.expires_after(period);
  sweeper.async_wait([self = weak_from_this()](const Error& ec) {
    const auto shared = self.lock();
    if (ec || !shared) return;
    const auto limit = std::chrono::steady_clock::now() - shared->settings.idle_limit;
    for (auto it = shared->connections.begin(); it != shared->connections.end();) {
      const auto connection = *it++;  // close() takes it out of the set
      if (connection->idle_since(limit)) connection->close();
    }
    shared->sweep();
  });
}

NutServerState::Served* NutServerState::find(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found = served.find(lower);
  return found == served.end() ? nullptr : &found->second;
}

NutServer::NutServer(asio::io_context& io, NutServerSettings settings)
    : shared_(std::make_shared<NutServerState>(io, std::move(settings))) {
  NW_CHECK(shared_->listen());  // without its ports no test or demo means anything
  shared_->sweep();
}

NutServer::~NutServer() { shared_->drop_all(); }

void NutServer::add(const SimulatedUps& ups, std::string as) {
  if (as.empty()) as = ups.name();
  std::ranges::transform(as, as.begin(), [](unsigned char c) { return std::tolower(c); });
  shared_->served[as].ups = &ups;
}

std::uint16_t NutServer::port() const { return shared_->port; }
Fault NutServer::fault() const { return shared_->fault; }
void NutServer::drop_connections() { shared_->drop_all(); }

void NutServer::set_fault(Fault fault) {
  const Fault before = std::exchange(shared_->fault, fault);
  if (fault == Fault::down && before != Fault::down) shared_->go_down();
  if (fault != Fault::down && before == Fault::down) shared_->come_back();
}

NutServerStats NutServer::stats() const {
  NutServerStats out = shared_->stats;
  out.connections = shared_->connections.size();
  return out;
}

}  // namespace nightwatt::rack
