#include "io/modbus/tcp_carrier.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/error.hpp>
#include <utility>

#include "io/hub/socket_error.h"

namespace nightwatt::io {
namespace {

constexpr Duration acknowledged_after{300};

}  // namespace

TcpCarrier::TcpCarrier(std::shared_ptr<DeviceSockets> shared, std::string host, std::uint16_t port,
                       User& user)
    : shared_(std::move(shared)), host_(std::move(host)), user_(user), port_(port) {}

void TcpCarrier::open(const TimeOut& time) {
  TcpConnect::Caller& caller = *this;
  attempt_ = std::make_unique<TcpConnect>(shared_, host_, port_, time, caller);
}

void TcpCarrier::limit(const TimeOut& time) {
  if (attempt_) attempt_->limit(time);
}

void TcpCarrier::connected(TcpSocket socket) {
  socket_ = std::move(socket);
  const auto error = socket_.settle(*this);
  attempt_.reset();
  if (error) {
    socket_.close();
    return user_.not_opened({MessageFailure::unreachable, describe(error)});
  }
  user_.opened();
}

void TcpCarrier::not_connected(const ConnectFailure& failure) {
  const ConnectFailure told = failure;
  attempt_.reset();
  user_.not_opened(told);
}

// One read each time: what is left is told again, and a reply is seldom more than one segment.
void TcpCarrier::ready(std::uint32_t /*events*/) {
  const auto got = socket_.read(shared_->buffer);
  if (got.error == boost::asio::error::would_block) return;
  if (got.error) {
    socket_.close();
    return user_.lost(describe(got.error));
  }
  user_.received({reinterpret_cast<const std::uint8_t*>(shared_->buffer.data()), got.bytes});
}

expected<std::size_t, std::string> TcpCarrier::write(std::span<const std::uint8_t> bytes) {
  const auto sent = socket_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (sent.error) return unexpected<std::string>(describe(sent.error));
  return sent.bytes;
}

void TcpCarrier::close() {
  attempt_.reset();
  socket_.close();
}

bool TcpCarrier::doubtful(int silent_messages, Duration waited) const {
  if (silent_messages >= 2) return true;
  if (waited < acknowledged_after) return false;
  int unacknowledged = 0;
  const bool told = ::ioctl(socket_.fd(), SIOCOUTQ, &unacknowledged) == 0;
  return !told || unacknowledged > 0;
}

std::string TcpCarrier::address() const { return address_text(host_, port_); }

}  // namespace nightwatt::io
