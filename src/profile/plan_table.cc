#include "profile/plan_table.h"

#include <algorithm>
#include <limits>
#include <utility>

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

void PlanTable::keep(DeviceId device, std::vector<KeptNames> of_schedules) {
  const auto same = [&](const auto& each) { return each && *each == of_schedules; };
  auto found = std::ranges::find_if(kept_, same);
  if (found == kept_.end()) {
    found = kept_.insert(kept_.end(),
                         std::make_shared<const std::vector<KeptNames>>(std::move(of_schedules)));
  }
  const auto index = found - kept_.begin();
  NW_CHECK(index <= std::numeric_limits<std::uint16_t>::max());
  if (kept_by_.size() <= device.value) kept_by_.resize(device.value + std::size_t{1});
  kept_by_[device.value] = static_cast<std::uint16_t>(index);
}

const KeptNames* PlanTable::kept_of(std::uint16_t which, std::uint16_t schedule) const {
  const auto& of_schedules = *kept_[which];
  if (schedule >= of_schedules.size() || of_schedules[schedule].empty()) return nullptr;
  return &of_schedules[schedule];
}

void PlanTable::show_all(DeviceId device) {
  if (shows_all_.size() <= device.value) shows_all_.resize(device.value + std::size_t{1});
  shows_all_[device.value] = true;
}

const PathPlan* PlanTable::at(DeviceId device, PathRank path) const {
  return shared(device, path).get();
}

}  // namespace nightwatt::profile
