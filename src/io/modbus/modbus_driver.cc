#include "io/modbus/modbus_driver.h"

#include <utility>

#include "io/hub/standby_link.h"
#include "io/modbus/modbus_link.h"

namespace nightwatt::io {

ModbusDriver::ModbusDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<ModbusShared>(std::move(sockets), std::move(sink))) {}

std::shared_ptr<ports::DeviceLink> ModbusDriver::open(ModbusTarget target, ports::LinkUse use) {
  return open_link<ModbusLink>(shared_, std::move(target), use);
}

}  // namespace nightwatt::io
