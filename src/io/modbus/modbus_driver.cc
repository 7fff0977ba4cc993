#include "io/modbus/modbus_driver.h"

#include <utility>

#include "io/modbus/modbus_link.h"

namespace nightwatt::io {
namespace {

// A link that was never used is no more than its target: a failover path may wait for years, and a
// site has thousands of them.
class StandbyLink final : public ports::DeviceLink {
 public:
  StandbyLink(std::shared_ptr<ModbusShared> shared, ModbusTarget target)
      : shared_(std::move(shared)), target_(std::make_unique<ModbusTarget>(std::move(target))) {}
  void send(const SendMessage& message, const ports::Request& request) override {
    if (!link_) {
      link_ = std::make_shared<ModbusLink>(shared_, std::move(*target_));
      target_.reset();
    }
    link_->send(message, request);
  }
  void cancel(Transaction transaction) override {
    if (link_) link_->cancel(transaction);
  }
  void close() override {
    if (link_) link_->close();
  }
  ports::LinkStats stats() const override { return link_ ? link_->stats() : ports::LinkStats{}; }

 private:
  std::shared_ptr<ModbusShared> shared_;
  std::unique_ptr<ModbusTarget> target_;  // until the link exists
  std::shared_ptr<ModbusLink> link_;
};

}  // namespace

ModbusDriver::ModbusDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<ModbusShared>(std::move(sockets), std::move(sink))) {}

std::shared_ptr<ports::DeviceLink> ModbusDriver::open(ModbusTarget target) {
  return std::make_shared<StandbyLink>(shared_, std::move(target));
}

}  // namespace nightwatt::io
