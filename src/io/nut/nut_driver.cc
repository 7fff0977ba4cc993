#include "io/nut/nut_driver.h"

#include <utility>

#include "io/hub/standby_link.h"
#include "io/nut/nut_link.h"

namespace nightwatt::io {

NutShared::NutShared(std::shared_ptr<DeviceSockets> all_sockets, ports::EventSink events)
    : sockets(std::move(all_sockets)), sink(std::move(events)) {}

NutDriver::NutDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<NutShared>(std::move(sockets), std::move(sink))) {}

NutDriver::NutDriver(boost::asio::io_context& io, ports::EventSink sink)
    : NutDriver(std::make_shared<DeviceSockets>(io), std::move(sink)) {}

NutDriver::~NutDriver() = default;

std::shared_ptr<ports::DeviceLink> NutDriver::open(NutTarget target, ports::LinkUse use) {
  return open_link<NutLink>(shared_, std::move(target), use);
}

}  // namespace nightwatt::io
