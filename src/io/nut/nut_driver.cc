#include "io/nut/nut_driver.h"

#include <utility>

#include "io/nut/nut_link.h"

namespace nightwatt::io {

NutShared::NutShared(std::shared_ptr<DeviceSockets> all_sockets, ports::EventSink events)
    : sockets(std::move(all_sockets)), sink(std::move(events)) {}

namespace {

// A link that was never used is no more than its target: a failover path may wait for years, and a
// site has thousands of them.
class StandbyLink final : public ports::DeviceLink {
 public:
  StandbyLink(std::shared_ptr<NutShared> shared, NutTarget target)
      : shared_(std::move(shared)), target_(std::make_unique<NutTarget>(std::move(target))) {}
  void send(const SendMessage& message, const ports::Request& request) override {
    if (!link_) {
      link_ = std::make_shared<NutLink>(shared_, std::move(*target_));
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
  std::shared_ptr<NutShared> shared_;
  std::unique_ptr<NutTarget> target_;  // until the link exists
  std::shared_ptr<NutLink> link_;
};

}  // namespace

NutDriver::NutDriver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink)
    : shared_(std::make_shared<NutShared>(std::move(sockets), std::move(sink))) {}

NutDriver::NutDriver(boost::asio::io_context& io, ports::EventSink sink)
    : NutDriver(std::make_shared<DeviceSockets>(io), std::move(sink)) {}

NutDriver::~NutDriver() = default;

std::shared_ptr<ports::DeviceLink> NutDriver::open(NutTarget target) {
  return std::make_shared<StandbyLink>(shared_, std::move(target));
}

}  // namespace nightwatt::io
