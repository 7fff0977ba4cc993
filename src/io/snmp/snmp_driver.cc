#include "io/snmp/snmp_driver.h"

#include <utility>

#include "io/snmp/snmp_link.h"

namespace nightwatt::io {
namespace {

// A link that was never used is no more than its target: a failover path may wait for years, and a
// site has thousands of them.
class StandbyLink final : public ports::DeviceLink {
 public:
  StandbyLink(std::shared_ptr<SnmpShared> shared, SnmpTarget target)
      : shared_(std::move(shared)), target_(std::make_unique<SnmpTarget>(std::move(target))) {}
  void send(const SendMessage& message, const ports::Request& request) override {
    if (!link_) {
      link_ = std::make_shared<SnmpLink>(shared_, std::move(*target_));
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
  std::shared_ptr<SnmpShared> shared_;
  std::unique_ptr<SnmpTarget> target_;  // until the link exists
  std::shared_ptr<SnmpLink> link_;
};

}  // namespace

SnmpDriver::SnmpDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<SnmpShared>(std::move(sockets), std::move(sink))) {}

SnmpDriver::~SnmpDriver() = default;

std::shared_ptr<ports::DeviceLink> SnmpDriver::open(SnmpTarget target) {
  return std::make_shared<StandbyLink>(shared_, std::move(target));
}

}  // namespace nightwatt::io
