#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "config/config.h"
#include "io/hub/device_sockets.h"
#include "io/modbus/modbus_driver.h"
#include "io/mqtt/mqtt_driver.h"
#include "io/nut/nut_driver.h"
#include "io/snmp/snmp_driver.h"
#include "ports/clock.h"
#include "ports/device_link.h"

namespace nightwatt::app {

// One driver for each protocol, all on the sockets of one hub.
class Drivers {
 public:
  // `io` and `clock` outlive the drivers and their links.
  Drivers(boost::asio::io_context& io, const ports::Clock& clock, ports::EventSink sink);

  // One link for each comm device of the configuration. Opens no connection.
  std::vector<std::shared_ptr<ports::DeviceLink>> open_links(const config::Config& config);
  const std::shared_ptr<io::DeviceSockets>& sockets() const { return sockets_; }

 private:
  std::shared_ptr<ports::DeviceLink> open(const std::string& name,
                                          const config::CommEndpoint& endpoint, ports::LinkUse use);

  std::shared_ptr<io::DeviceSockets> sockets_;
  io::NutDriver nut_;
  io::ModbusDriver modbus_;
  io::SnmpDriver snmp_;
  io::MqttDriver mqtt_;
};

}  // namespace nightwatt::app
