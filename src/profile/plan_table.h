#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/ids.h"
#include "profile/profile.h"

namespace nightwatt::profile {

// The PathPlan of each path of each device. Many devices are of one kind, so a plan is kept once
// and a path costs two bytes.
class PlanTable {
 public:
  using Plan = std::shared_ptr<const PathPlan>;  // null: a NUT path, which needs none

  // Devices are added in the order of their ids. One that was not added has NUT paths only.
  void add_device(std::span<const Plan> paths);
  const PathPlan* at(DeviceId device, PathRank path) const;
  // The same plan object, for the link that must outlive a change of configuration.
  const Plan& shared(DeviceId device, PathRank path) const;
  std::size_t devices() const { return first_.size(); }

 private:
  std::vector<Plan> plans_{nullptr};
  std::vector<std::uint32_t> first_{};  // of the device's paths in which_
  std::vector<std::uint16_t> which_{};  // index into plans_
};

}  // namespace nightwatt::profile
