#include "io/nut/nut_driver.h"

#include <utility>

#include "io/nut/nut_link.h"

namespace nightwatt::io {

NutShared::NutShared(boost::asio::io_context& context, ports::EventSink events)
    : io(context), sink(std::move(events)), names(std::make_shared<NameCache>(context)) {}

NutDriver::NutDriver(boost::asio::io_context& io, ports::EventSink sink)
    : shared_(std::make_shared<NutShared>(io, std::move(sink))) {}

NutDriver::~NutDriver() = default;

std::shared_ptr<ports::DeviceLink> NutDriver::open(NutTarget target) {
  return std::make_shared<NutLink>(shared_, std::move(target));
}

}  // namespace nightwatt::io
