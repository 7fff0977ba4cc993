#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/hub/device_sockets.h"
#include "model/endpoint.h"
#include "ports/device_link.h"

// The Modbus client: polls and commands devices over TCP, over a serial line, and over serial lines
// behind a device server (docs/wire/modbus.md).
//
//     ModbusDriver ──open()──► link "plc-1"  ──one TCP connection──► device, or gateway ── units
//                              link "line-1" ──/dev/ttyUSB0────────► RS-485 ── units
//
// A path's unit is the number of the device behind the link: 0 to 255 over TCP (empty: 255, the
// device itself), 1 to 247 on a line.
namespace nightwatt::io {

inline constexpr std::uint16_t modbus_port = 502;  // IANA

struct ModbusTarget {
  std::string name{};  // the comm device's id, heads every error text
  std::string host{};  // name or literal address; not with framing rtu
  std::uint16_t port = modbus_port;
  ModbusLine line{};
};

struct ModbusShared;  // what the links of one driver share

class ModbusDriver {
 public:
  ModbusDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink);

  // Opens no connection: the first message does, or prepare(). Releasing the last owner closes the
  // link silently. Links may outlive the driver.
  std::shared_ptr<ports::DeviceLink> open(ModbusTarget target,
                                          ports::LinkUse use = ports::LinkUse::now);

 private:
  std::shared_ptr<ModbusShared> shared_;
};

}  // namespace nightwatt::io
