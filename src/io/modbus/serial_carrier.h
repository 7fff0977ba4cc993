#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "io/file_text.h"
#include "io/hub/device_sockets.h"
#include "io/modbus/carrier.h"
#include "model/endpoint.h"

namespace nightwatt::io {

// One serial port. It may go (a USB adapter is pulled) and come back: each open() looks for it by
// its name again, at most once in `reopen_pause_max` while it keeps failing.
class SerialCarrier final : public Carrier, private SocketListener, private DeadlineListener {
 public:
  static constexpr std::chrono::milliseconds reopen_pause_max{2'000};

  SerialCarrier(std::shared_ptr<DeviceSockets> shared, ModbusLine line, User& user);
  ~SerialCarrier() override { SerialCarrier::close(); }

  void open(const TimeOut& time) override;
  void limit(const TimeOut& /*time*/) override {}  // it is there at once or not
  expected<std::size_t, std::string> write(std::span<const std::uint8_t> bytes) override;
  void close() override;
  bool connects() const override { return false; }
  // A line has no connection that could be stale.
  bool doubtful(int /*silent_messages*/, Duration /*waited*/) const override { return false; }
  std::string address() const override { return line_.serial; }

 private:
  void ready(std::uint32_t events) override;
  void overdue() override;
  void try_open();
  void gone(const std::string& why);

  std::shared_ptr<DeviceSockets> shared_;
  ModbusLine line_;
  User& user_;
  Deadline opening_;  // due at once: open() never answers from inside
  Descriptor port_;
  SocketWatch watch_;
  std::string last_problem_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point not_before_{};
};

}  // namespace nightwatt::io
