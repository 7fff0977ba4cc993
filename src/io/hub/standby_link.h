#pragma once

#include <memory>
#include <utility>

#include "base/prefetch.h"
#include "ports/device_link.h"

namespace nightwatt::io {

// A link that was never used is no more than its target: a failover path may wait for years, and a
// site has thousands of them. `Link` is made from the driver's shared state and the target with the
// first message, or when its connection is to be made ahead.
template <class Link, class Shared, class Target>
class StandbyLink final : public ports::DeviceLink {
 public:
  StandbyLink(std::shared_ptr<Shared> shared, Target target)
      : shared_(std::move(shared)), target_(std::make_unique<Target>(std::move(target))) {}

  void send(const SendMessage& message, const ports::Request& request) override {
    link().send(message, request);
  }
  void cancel(Transaction transaction) override {
    if (link_) link_->cancel(transaction);
  }
  void prepare() override { link().prepare(); }
  void foresee_send(Ahead ahead) const override {
    if (!link_) return;
    if (ahead != Ahead::next) return prefetch_itself(*link_, ahead);
    link_->foresee_send(ahead);
  }
  void close() override {
    if (link_) link_->close();
  }
  ports::LinkStats stats() const override { return link_ ? link_->stats() : ports::LinkStats{}; }

 private:
  ports::DeviceLink& link() {
    if (!link_) {
      link_ = std::make_shared<Link>(shared_, std::move(*target_));
      target_.reset();
    }
    return *link_;
  }

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Target> target_;  // until the link exists
  std::shared_ptr<Link> link_;
};

template <class Link, class Shared, class Target>
std::shared_ptr<ports::DeviceLink> open_link(const std::shared_ptr<Shared>& shared, Target target,
                                             ports::LinkUse use) {
  if (use == ports::LinkUse::now) return std::make_shared<Link>(shared, std::move(target));
  return std::make_shared<StandbyLink<Link, Shared, Target>>(shared, std::move(target));
}

}  // namespace nightwatt::io
