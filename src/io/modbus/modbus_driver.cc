#include "io/modbus/modbus_driver.h"

#include <utility>

#include "io/hub/standby_link.h"
#include "io/modbus/modbus_link.h"

namespace nightwatt::io {

ModbusDriver::ModbusDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<ModbusShared>(std::move(sockets), std::move(sink))) {}

std::shared_ptr<ports::DeviceLink> ModbusDriver::open(ModbusTarget target) {
  return std::make_shared<StandbyLink<ModbusLink, ModbusShared, ModbusTarget>>(shared_,
                                                                               std::move(target));
}

}  // namespace nightwatt::io
