#include "io/hub/tcp_connect.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "io/hub/socket_error.h"

namespace nightwatt::io {

using boost::asio::ip::tcp;

namespace {

// How much of the time limit is left over, for the word to get to whoever keeps the same limit.
Duration spare(Duration timeout) { return std::min(timeout / 5, Duration(50)); }

}  // namespace

TcpConnect::TcpConnect(std::shared_ptr<DeviceSockets> shared, std::string host, std::uint16_t port,
                       Duration timeout, Caller& caller)
    : shared_(std::move(shared)),
      caller_(caller),
      host_(std::move(host)),
      port_(port),
      timeout_(timeout),
      until_(Clock::now() + timeout - spare(timeout)),
      deadline_(shared_->deadlines, *this) {
  addresses_ = shared_->names->known(host_);
  if (addresses_.empty()) {
    look_up();
  } else {
    try_next_address();
  }
}

void TcpConnect::look_up() {
  deadline_.set(until_);
  looking_up_ = std::make_shared<TcpConnect*>(this);
  shared_->names->look_up(host_, [attempt = std::weak_ptr(looking_up_)](
                                     const Error& ec, const NameCache::Addresses& addresses) {
    if (const auto alive = attempt.lock()) (*alive)->resolved(ec, addresses);
  });
}

void TcpConnect::resolved(const Error& ec, const NameCache::Addresses& addresses) {
  looking_up_.reset();
  if (addresses.empty()) {
    return give_up(MessageFailure::unreachable,
                   "name not found: " + (ec ? describe(ec) : "no address"));
  }
  addresses_ = addresses;
  try_next_address();
}

void TcpConnect::try_next_address() {
  const auto now = Clock::now();
  const auto left = std::max(until_ - now, Clock::duration::zero());
  const auto untried = static_cast<int>(addresses_.size() - next_);
  const tcp::endpoint peer(addresses_[next_++], port_);
  socket_.close();
  auto socket = TcpSocket::connect(shared_->hub, peer, *this);
  at_once_ = socket ? Error() : socket.error();
  if (socket) socket_ = std::move(*socket);
  deadline_.set(at_once_ ? now : now + left / untried);  // a failure is told later, as all are
}

void TcpConnect::ready(std::uint32_t) {
  if (const Error ec = socket_.connect_result()) return address_failed(ec);
  deadline_.clear();
  caller_.connected(std::move(socket_));
}

void TcpConnect::overdue() {
  if (looking_up_) {
    looking_up_.reset();
    return give_up(MessageFailure::timed_out, "name not found in " + limit_text());
  }
  address_failed(at_once_ ? at_once_ : Error(boost::asio::error::timed_out));
}

void TcpConnect::address_failed(const Error& ec) {
  if (next_ < addresses_.size()) return try_next_address();
  shared_->names->doubt(host_);
  if (ec == boost::asio::error::timed_out)
    return give_up(MessageFailure::timed_out, "no connection in " + limit_text());
  give_up(MessageFailure::unreachable, describe(ec));
}

void TcpConnect::give_up(MessageFailure failure, std::string text) {
  socket_.close();
  deadline_.clear();
  const ConnectFailure told{failure, std::move(text)};
  caller_.not_connected(told);
}

std::string TcpConnect::limit_text() const { return std::to_string(timeout_.count()) + " ms"; }

}  // namespace nightwatt::io
