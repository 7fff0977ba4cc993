#include "io/snmp/snmp_driver.h"

#include <utility>

#include "io/hub/standby_link.h"
#include "io/snmp/snmp_link.h"

namespace nightwatt::io {

SnmpDriver::SnmpDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<SnmpShared>(std::move(sockets), std::move(sink))) {}

SnmpDriver::~SnmpDriver() = default;

std::shared_ptr<ports::DeviceLink> SnmpDriver::open(SnmpTarget target, ports::LinkUse use) {
  return open_link<SnmpLink>(shared_, std::move(target), use);
}

}  // namespace nightwatt::io
