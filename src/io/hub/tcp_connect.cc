#include "io/hub/tcp_connect.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "io/hub/socket_error.h"

namespace nightwatt::io {

using boost::asio::ip::tcp;

TcpConnect::TcpConnect(std::shared_ptr<DeviceSockets> shared, std::string host, std::uint16_t port,
                       const TimeOut& time, Caller& caller)
    : shared_(std::move(shared)),
      caller_(caller),
      host_(std::move(host)),
      port_(port),
      time_(time),
      deadline_(shared_->deadlines, *this) {
  addresses_ = shared_->names->known(host_);
  if (addresses_.empty()) {
    look_up();
  } else {
    try_next_address();
  }
}

void TcpConnect::limit(const TimeOut& time) {
  time_ = time;
  if (looking_up_) return deadline_.set(time_.unsent_until());
  if (!at_once_) set_share(addresses_.size() - (next_ - 1));
}

void TcpConnect::look_up() {
  deadline_.set(time_.unsent_until());
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
  const std::size_t untried = addresses_.size() - next_;
  const tcp::endpoint peer(addresses_[next_++], port_);
  socket_.close();
  auto socket = TcpSocket::connect(shared_->hub, peer, *this);
  at_once_ = socket ? Error() : socket.error();
  if (socket) socket_ = std::move(*socket);
  if (at_once_) return deadline_.set(Clock::now());  // a failure is told later, as all are
  set_share(untried);
}

void TcpConnect::set_share(std::size_t untried) {
  const auto now = Clock::now();
  const auto left = std::max(time_.unsent_until() - now, Clock::duration::zero());
  deadline_.set(now + left / static_cast<int>(untried));
}

void TcpConnect::ready(std::uint32_t) {
  if (const Error ec = socket_.connect_result()) return address_failed(ec);
  deadline_.clear();
  caller_.connected(std::move(socket_));
}

void TcpConnect::overdue() {
  if (looking_up_) {
    looking_up_.reset();
    return give_up(MessageFailure::timed_out, "name not found in " + time_.text());
  }
  address_failed(at_once_ ? at_once_ : Error(boost::asio::error::timed_out));
}

void TcpConnect::address_failed(const Error& ec) {
  if (next_ < addresses_.size()) return try_next_address();
  shared_->names->doubt(host_);
  if (ec == boost::asio::error::timed_out)
    return give_up(MessageFailure::timed_out, "no connection in " + time_.text());
  give_up(MessageFailure::unreachable, describe(ec));
}

void TcpConnect::give_up(MessageFailure failure, std::string text) {
  socket_.close();
  deadline_.clear();
  const ConnectFailure told{failure, std::move(text)};
  caller_.not_connected(told);
}

}  // namespace nightwatt::io
