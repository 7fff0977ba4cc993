#include "io/modbus/serial_carrier.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/modbus/serial_port.h"

namespace nightwatt::io {
namespace {

constexpr std::chrono::milliseconds first_pause{100};

}  // namespace

SerialCarrier::SerialCarrier(std::shared_ptr<DeviceSockets> shared, ModbusLine line, User& user)
    : shared_(std::move(shared)),
      line_(std::move(line)),
      user_(user),
      opening_(shared_->deadlines, *this) {}

void SerialCarrier::open(const TimeOut& /*time*/) { opening_.set(Deadlines::Clock::now()); }

void SerialCarrier::overdue() { try_open(); }

void SerialCarrier::try_open() {
  const auto now = std::chrono::steady_clock::now();
  if (now < not_before_) {
    return user_.not_opened({MessageFailure::unreachable, last_problem_});
  }
  auto port = open_serial_port(line_);
  std::string why = port ? "" : port.error();
  if (port) {
    auto watch = shared_->hub.add(port->get(), EPOLLIN, *this);
    if (watch) {
      watch_ = std::move(*watch);
    } else {
      why = watch.error().message();
    }
  }
  if (!why.empty()) {
    pause_ = std::clamp(2 * pause_, first_pause, reopen_pause_max);
    not_before_ = now + pause_;
    last_problem_ = std::move(why);
    return user_.not_opened({MessageFailure::unreachable, last_problem_});
  }
  pause_ = std::chrono::milliseconds::zero();
  port_ = std::move(*port);
  user_.opened();
}

void SerialCarrier::ready(std::uint32_t events) {
  auto& buffer = shared_->buffer;
  const ssize_t got = ::read(port_.get(), buffer.data(), buffer.size());
  if (got > 0) {
    return user_.received(
        {reinterpret_cast<const std::uint8_t*>(buffer.data()), static_cast<std::size_t>(got)});
  }
  const bool nothing = got == 0 || errno == EAGAIN || errno == EINTR;
  if (!nothing || (events & (EPOLLHUP | EPOLLERR)) != 0) gone("the port has gone");
}

expected<std::size_t, std::string> SerialCarrier::write(std::span<const std::uint8_t> bytes) {
  const ssize_t sent = ::write(port_.get(), bytes.data(), bytes.size());
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN) return 0u;
  return unexpected<std::string>("the port has gone");
}

void SerialCarrier::gone(const std::string& why) {
  close();
  user_.lost(why);
}

void SerialCarrier::close() {
  opening_.clear();
  watch_.reset();
  if (!port_) return;
  ::tcflush(port_.get(), TCIOFLUSH);  // or closing waits for a line that takes nothing
  port_ = Descriptor();
}

}  // namespace nightwatt::io
