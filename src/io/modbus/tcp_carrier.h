#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/prefetch.h"
#include "io/hub/device_sockets.h"
#include "io/hub/tcp_connect.h"
#include "io/modbus/carrier.h"

namespace nightwatt::io {

// One TCP connection: to a device, a gateway or a serial device server.
class TcpCarrier final : public Carrier, private SocketListener, private TcpConnect::Caller {
 public:
  TcpCarrier(std::shared_ptr<DeviceSockets> shared, std::string host, std::uint16_t port,
             User& user);

  void open(const TimeOut& time) override;
  void limit(const TimeOut& time) override;
  expected<std::size_t, std::string> write(std::span<const std::uint8_t> bytes) override;
  void close() override;
  bool connects() const override { return true; }
  // When the host has not even acknowledged what we sent, it is gone; some take 200 ms for that.
  // When it has, one silence may be a device behind a gateway, whose other devices need the
  // connection.
  bool doubtful(int silent_messages, Duration waited) const override;
  std::string address() const override;

 private:
  void ready(std::uint32_t events) override;
  void foresee_ready() const override { prefetch(&user_, user_bytes); }
  void connected(TcpSocket socket) override;
  void not_connected(const ConnectFailure& failure) override;

  static constexpr std::size_t user_bytes = 512;  // most of a ModbusLink, which is our user

  std::shared_ptr<DeviceSockets> shared_;
  std::string host_;
  User& user_;
  std::unique_ptr<TcpConnect> attempt_;  // while a connection is being made
  TcpSocket socket_;
  std::uint16_t port_;
};

}  // namespace nightwatt::io
