#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "model/ids.h"
#include "ports/device_link.h"

// The NUT client: polls UPSes behind upsd servers (docs/wire/nut.md).
//
//     NutDriver ──open()──► link "nut-a1" ──one TCP connection──► upsd ── ups1, ups2, ...
//         │                 link "nut-a2" ──one TCP connection──► upsd
//         └ shared by all links: event sink, and the sockets of all drivers (io/hub/)
//
// Everything runs on the one thread that runs the io_context. A link is a state machine with
// callbacks and not a coroutine, because an idle connection then costs a few hundred bytes of ours.
namespace nightwatt::io {

inline constexpr std::uint16_t nut_port = 3493;  // IANA

struct NutTarget {
  std::string name{};  // the comm device's id, heads every error text
  std::string host{};  // name or literal IPv4/IPv6 address
  std::uint16_t port = nut_port;
  std::string username{};  // empty: neither USERNAME nor PASSWORD is sent
  std::string password{};
  // Attach with LOGIN <unit> once per connection. upsd checks the password only then; but it also
  // counts us as a machine that a primary upsmon waits for (HOSTSYNC), so this is off by default.
  bool login = false;
};

struct DeviceSockets;
struct NutShared;  // what the links of one driver share

class NutDriver {
 public:
  // The io_context of the sockets must be run by one thread and outlive the driver and its links.
  NutDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink);
  NutDriver(boost::asio::io_context& io, ports::EventSink sink);  // with sockets of its own
  ~NutDriver();
  NutDriver(const NutDriver&) = delete;
  NutDriver& operator=(const NutDriver&) = delete;

  // Opens no connection: the first message does, or prepare(). Releasing the last owner closes the
  // link silently. Links may outlive the driver.
  std::shared_ptr<ports::DeviceLink> open(NutTarget target,
                                          ports::LinkUse use = ports::LinkUse::now);

 private:
  std::shared_ptr<NutShared> shared_;
};

}  // namespace nightwatt::io
