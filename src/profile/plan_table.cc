#include "profile/plan_table.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace nightwatt::profile {

void PlanTable::add_device(std::span<const Plan> paths) {
  first_.push_back(static_cast<std::uint32_t>(which_.size()));
  for (const Plan& plan : paths) {
    auto found = std::ranges::find(plans_, plan);
    if (found == plans_.end()) found = plans_.insert(plans_.end(), plan);
    const auto index = found - plans_.begin();
    NW_CHECK(index <= std::numeric_limits<std::uint16_t>::max());
    which_.push_back(static_cast<std::uint16_t>(index));
  }
}

const PlanTable::Plan& PlanTable::shared(DeviceId device, PathRank path) const {
  NW_CHECK(path.value >= 1);
  if (device.value >= first_.size()) return plans_.front();
  return plans_[which_.at(first_[device.value] + path.value - 1u)];
}

const PathPlan* PlanTable::at(DeviceId device, PathRank path) const {
  return shared(device, path).get();
}

}  // namespace nightwatt::profile
