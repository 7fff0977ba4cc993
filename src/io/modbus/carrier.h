#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "io/hub/tcp_connect.h"

namespace nightwatt::io {

// The bytes' way to the devices of one Modbus link: a TCP connection or a serial port. It knows no
// frames and keeps nothing.
class Carrier {
 public:
  // Called from the loop only, never from inside a call to the carrier. It may call the carrier and
  // destroy it.
  class User {
   public:
    virtual void opened() = 0;
    virtual void not_opened(const ConnectFailure& failure) = 0;
    virtual void received(std::span<const std::uint8_t> bytes) = 0;
    virtual void lost(const std::string& why) = 0;  // it is closed

   protected:
    ~User() = default;
  };

  virtual ~Carrier() = default;
  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // Answered later with opened() or not_opened(), unless close() comes first.
  virtual void open(const TimeOut& time) = 0;
  // This time-out instead, for the open() that runs.
  virtual void limit(const TimeOut& time) = 0;
  // How many bytes were taken, at once; fewer than given is as bad as an error. Leaves it open.
  virtual expected<std::size_t, std::string> write(std::span<const std::uint8_t> bytes) = 0;
  // No call follows.
  virtual void close() = 0;
  // Whether open() makes a connection, which takes its time.
  virtual bool connects() const = 0;

  // After so many messages in a row without a byte of answer, the last of them given up after
  // `waited`: is it time for another connection?
  virtual bool doubtful(int silent_messages, Duration waited) const = 0;
  virtual std::string address() const = 0;  // for people: "10.0.0.5:502", "/dev/ttyUSB0"
};

}  // namespace nightwatt::io
