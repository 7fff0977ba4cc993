#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/compare/counts.h"

// The cheapest servers that a poller can be measured against: one epoll set, one recv and one send
// for each poll, replies that are made beforehand. A process of its own that serves every address
// of 127.0.0.0/8.
namespace nightwatt::bench {

// Who takes polls and answers none of them.
struct Mute {
  std::size_t hosts_below = 0;     // loopback_index() of the address that was connected to
  std::uint32_t units_from = ~0U;  // Modbus: unit numbers so high
};

class TcpResponder {
 public:
  enum class Protocol : std::uint8_t {
    modbus,  // function 3, any unit: each register holds 42
    nut,     // LIST VAR of any UPS: 18 variables
  };

  explicit TcpResponder(Protocol protocol, Mute mute = {});
  ~TcpResponder();
  TcpResponder(const TcpResponder&) = delete;
  TcpResponder& operator=(const TcpResponder&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  Counts& counts() const { return *counts_; }

 private:
  Counts* counts_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

// The reply to LIST VAR `ups`, as the NUT responder gives it.
std::string nut_reply(std::string_view ups);

}  // namespace nightwatt::bench
